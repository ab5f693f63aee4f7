"""The prices of a product over time, as a table and as steps that the server draws."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.services import prices
from products.views.catalogue import visible
from site_config.lib import paging
from site_config.lib.errors import DomainError

PAGE_SIZE = 25
NEWEST = paging.Sort("-id", "id")
WIDTH, HEIGHT = 600, 120


@dataclass(frozen=True)
class Step:
    """An amount for as long as it held."""

    line: prices.Line
    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True)
class Chart:
    steps: list[Step]
    top: Decimal
    first: prices.Line
    last: prices.Line
    lowest: Decimal
    highest: Decimal
    until: datetime

    width, height = WIDTH, HEIGHT


@allow(Action.PRODUCT_VIEW)
def list_(request: PageRequest, pk: int) -> HttpResponse:
    """Price by price, the newest first; `?of=cost` for who may see it."""
    product, amount = visible(request, pk), request.GET.get("of", "price")
    if amount not in prices.offered(request.user):
        raise Http404
    rows = prices.of(product=product, amount=amount, reader=request.user)
    try:
        page = paging.page(rows, sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:prices-list", pk)
    lines = [prices.line(row, amount) for row in page.rows]
    now = timezone.now() if page.previous is None else lines[0].change_set.at
    words = {"price": (_("Price"), _("Prices")), "cost": (_("Cost"), _("Costs"))}
    context: dict[str, Any] = {"product": product, "page": page, "lines": lines, "chart": chart(lines, now)}
    context |= {"amount": amount, "word": words[amount][0], "here": "products"}
    context["tabs"] = [(name, words[name][1]) for name in prices.offered(request.user)]
    return render(request, "products/prices/list.html", context)


def chart(lines: list[prices.Line], until: datetime) -> Chart | None:
    """The lines as steps from the oldest one on; None where there are fewer than two amounts to compare."""
    known = [line for line in reversed(lines) if line.new is not None]
    if len(known) < 2:
        return None
    amounts = [line.new or Decimal(0) for line in known]
    top = max(amounts) or Decimal(1)
    begin = known[0].change_set.at
    span = max((until - begin).total_seconds(), 1)
    places = [(line.change_set.at - begin).total_seconds() / span * WIDTH for line in known] + [float(WIDTH)]
    steps = [
        step(line, amount / top, left, right)
        for line, amount, left, right in zip(known, amounts, places, places[1:], strict=False)
    ]
    return Chart(steps, top, known[0], known[-1], min(amounts), max(amounts), until)


def step(line: prices.Line, share: Decimal, left: float, right: float) -> Step:
    height = float(share) * HEIGHT
    return Step(line, f"{left:.1f}", f"{max(right - left, 0.5):.1f}", f"{HEIGHT - height:.1f}", f"{height:.1f}")
