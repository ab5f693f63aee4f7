"""What a list's address asks for: the view that it begins with, what is changed of it, and the tabs above it."""

from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django_htmx.http import replace_url, reswap, retarget

from accounts.decorators import PageRequest
from accounts.models import User
from products.models import SavedView
from products.services import exports, views_saved
from products.views.columns import ALL, choice, chosen
from products.views.presentation import level_tabs
from site_config.lib.errors import DomainError


@dataclass
class Asked:
    """`query` is complete: what the view holds is in it, and `base` names the view that it began with."""

    query: QueryDict
    view: SavedView | None = None
    above: list[SavedView] = field(default_factory=list)
    default: SavedView | None = None
    refusal: DomainError | None = None

    @property
    def address(self) -> str:
        """Of this list, without its place in it."""
        here, query = reverse("products:catalogue-list"), self.query.copy()
        if not query and self.default:
            query["view"] = ALL
        return f"{here}?{query.urlencode()}" if query else here


def asked(request: PageRequest) -> Asked:
    """`?view=` opens a saved view, with whatever else is in the address on top of it; a bare address the role's default.

    The links of such a list carry the whole query and `base`, so that a filter of the view can be taken away too.
    """
    given = QueryDict(mutable=True)
    given.update({key: values[-1] for key, values in request.GET.lists() if values[-1].strip()})
    found = Asked(given)
    if not request.htmx or not given:
        found.above = views_saved.shown_to(reader=request.user)
        found.default = views_saved.default_of(reader=request.user, views=found.above)
    slug = str(given.get("view", ""))
    if slug and slug != ALL:
        open_view(request.user, found, there(request.user, slug))
    elif "base" in given:
        found.view = SavedView.objects.visible_to(request.user).filter(slug=str(given["base"])[:80]).first()
    elif not request.GET and found.default:
        open_view(request.user, found, found.default)
    return found


def there(reader: User, slug: str) -> SavedView:
    try:
        return views_saved.named(reader=reader, slug=slug)
    except DomainError as error:
        raise Http404 from error


def open_view(reader: User, found: Asked, view: SavedView) -> None:
    found.view = view
    try:
        found.query = views_saved.applied(reader=reader, view=view, given=found.query)
    except DomainError as error:
        found.refusal = error
        return
    found.query["base"] = view.slug


# --- The tabs --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tab:
    """`key` is what its count is called; empty where none is shown."""

    key: str
    label: str
    address: str
    current: bool
    query: str = ""


def tabs(reader: User, found: Asked) -> list[Tab]:
    """The levels that everybody needs, then the saved views that fit, and the one that is open."""
    here = reverse("products:catalogue-list")
    made = []
    for level in level_tabs(reader, found.query):
        query = level.query.removeprefix("?")
        address = f"{here}?{query}" if query else f"{here}?view={ALL}" if found.default else here
        made.append(Tab(query.rpartition("=")[2], level.label, address, level.current and not found.view, query))
    views = list(found.above)
    if found.view and found.view.pk not in [view.pk for view in views]:
        views.append(found.view)
    now = found.view.pk if found.view else None
    return made + [Tab(v.slug, v.name, f"{here}?view={v.slug}", v.pk == now, v.query) for v in views]


def context(request: PageRequest, found: Asked) -> dict[str, Any]:
    """What a page says about its view, its columns and its tabs."""
    keys = chosen(request, found.query, found.view)
    made: dict[str, Any] = {"keys": keys, "view": found.view, "address": found.address}
    made["bare_address"] = Asked(QueryDict(mutable=True), default=found.default).address
    made |= choice(request, found.query, found.view)
    made["export_columns"] = ",".join(keys or exports.ALWAYS)
    made["kept"] = [(name, found.query[name]) for name in ("base", "columns") if name in found.query]
    if found.view and not found.refusal:
        made["view_changed"] = views_saved.is_changed(view=found.view, query=found.query)
        made["may_change_view"] = views_saved.may_change(request.user, found.view)
        made["view_query"] = found.query.urlencode()
    if not request.htmx:
        made["tabs"] = tabs(request.user, found)
    return made


def settle(request: PageRequest, response: HttpResponse, found: Asked) -> None:
    """Where a fragment goes, whoever was led to it, and the tidy address of what it shows."""
    if request.htmx.target != "rows":
        retarget(reswap(response, "outerHTML"), "#rows")
    if "cursor" not in found.query:
        replace_url(response, found.address)
