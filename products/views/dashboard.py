"""The overview: what staff and admins begin their day with."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.services import dashboard
from products.views import charts
from products.views.timeline import deeds

MOST_BARS = 8


@allow(Action.PRODUCT_VIEW_PUBLIC)
def show(request: PageRequest) -> HttpResponse:
    """Every figure leads to the list behind it."""
    board = dashboard.of(request.user)
    bars = charts.bars(board.categories)
    context = {
        "board": board,
        "totals": board.totals,
        "moves": charts.moves(board.totals.days),
        "bars": bars[:MOST_BARS],
        "more_bars": bars[MOST_BARS:],
        "lines": deeds(board.changes, request.user),
        "here": "dashboard",
    }
    return render(request, "products/dashboard/show.html", context)
