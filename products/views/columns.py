"""Which columns the list shows and how close together: kept with a view, or else in a cookie of the browser."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.decorators import PageRequest, allow
from accounts.models import User
from accounts.policy import Action, can
from products.models import SavedView
from products.services import exports
from products.views.exports import SHOWN

COLUMNS, DENSITY = "list_columns", "list_density"
COMPACT = "compact"
A_YEAR = 365 * 24 * 3600
NONE = "none"  # a list of names and nothing else
ALL = "all"  # the list without a view, where a role begins with one


@allow(Action.PRODUCT_VIEW, methods=("POST",))
def choose(request: PageRequest) -> HttpResponse:
    """Takes the choice along: into the address of a list that shows a view, else into the cookie."""
    place, asked = urlsplit(list_address(request)), request.POST.getlist("column")
    keys = [key for key in offered(request.user) if key in asked] or [NONE]
    query = QueryDict(place.query, mutable=True)
    query.pop("columns", None)
    in_view = query.get("view", query.get("base", ALL)) != ALL
    if in_view:
        query["columns"] = ",".join(keys)
    answer = redirect(f"{place.path}?{query.urlencode()}" if query else place.path)
    if not in_view:
        remember(answer, COLUMNS, ".".join(keys))
    remember(answer, DENSITY, COMPACT if request.POST.get("density") == COMPACT else "")
    return answer


def remember(answer: HttpResponse, name: str, value: str) -> None:
    answer.set_cookie(
        name, value, max_age=A_YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, path="/"
    )


def list_address(request: PageRequest) -> str:
    """The list that the choice is for: the page around the fragment, or the one that the form names."""
    here = reverse("products:catalogue-list")
    given = request.POST.get("next") or request.GET.get("next")
    target = (request.htmx.current_url_abs_path if request.htmx else given) or ""
    ours = url_has_allowed_host_and_scheme(target, None) and urlsplit(target).path == here
    return target if ours else here


# --- What a list shows -----------------------------------------------------------------------------------------------


def offered(reader: User) -> list[str]:
    """The columns that exist for the reader, beside the name and the SKU."""
    return [key for key in exports.keys_for(reader) if key not in exports.ALWAYS]


def chosen(request: PageRequest, query: QueryDict, view: SavedView | None) -> list[str]:
    """In this order: what the address says, what the view keeps, what the browser keeps, what everybody begins with."""
    kept = request.COOKIES.get(COLUMNS, "").split(".")
    given: Iterable[str] = str(query.get("columns") or "").split(",")
    for keys in (given, view.columns if view else [], kept):
        if known := [key for key in (*offered(request.user), NONE) if key in keys]:
            return [key for key in known if key != NONE]
    # Whoever sees only their own products need not read whose they are.
    mine = not can(request.user, Action.PRODUCT_VIEW_PUBLIC)
    return [key for key in SHOWN if not (mine and key == "owner")]


def choice(request: PageRequest, query: QueryDict, view: SavedView | None) -> dict[str, Any]:
    """What the chooser offers."""
    keys = chosen(request, query, view)
    labels = {key: exports.COLUMNS[key].label for key in offered(request.user)}
    return {
        "columns": [(key, label, key in keys) for key, label in labels.items()],
        "is_compact": request.COOKIES.get(DENSITY) == COMPACT,
    }
