"""The list's cells. What all rows of a page share (words, addresses, rights) is made once; a row only fills in values.

A page shows hundreds of cells: rendered by a template, tag by tag, they would be most of what the list costs.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can
from accounts.templatetags.ui import ago, icon, money
from products.templatetags.gauge import PATTERN as GAUGE
from products.templatetags.gauge import measures

register = template.Library()

# The columns of a row that each cell is made of; what is not shown is not asked for.
NEEDS: dict[str, tuple[str, ...]] = {
    "name": ("name", "sku"),
    "status": ("is_public", "archived_at"),
    "category": ("category__name",),
    "tags": ("tags",),
    "barcode": ("barcode",),
    "stock": ("stock", "low_stock_threshold"),
    "threshold": ("low_stock_threshold",),
    "price": ("price",),
    "cost": ("cost",),
    "margin": ("price", "cost"),
    "owner": ("owner__name", "owner__username"),
    "changed": ("updated_at",),
    "added": ("created_at",),
}
TONES = {"out": "bad-t strong", "low": "warn-t strong", "": ""}
TIME = '<time datetime="{%(key)s_iso}" title="{%(key)s_full}">{%(key)s_ago}</time>'


def words(text: str, *names: str, **others: str) -> str:
    """A sentence as a part of a pattern: escaped, with a place for each name; `others` are called otherwise in it."""
    places = {**{name: name for name in names}, **others}
    return conditional_escape(text % {name: f"{{{key}}}" for name, key in places.items()})


def address(name: str) -> str:
    """The address of a product's page as a part of a pattern."""
    return reverse(f"products:{name}", args=[0]).replace("/0/", "/{pk}/")


class Cells:
    """The patterns of one page, and the values that a row puts into them."""

    def __init__(
        self,
        reader: User,
        keys: Iterable[str] | None = None,
        *,
        fresh: bool = False,
        picks: bool = False,
        carry: str = "",
        waiting: dict[int, list[str]] | None = None,
    ) -> None:
        self.edits, self.adjusts = bool(can(reader, Action.PRODUCT_EDIT)), bool(can(reader, Action.STOCK_ADJUST))
        self.now = timezone.localtime()
        # A cell that comes back from its form takes the focus, and shows that it was saved.
        self.saved, self.focus = (" saved", " data-focus") if fresh else ("", "")
        named = {"": _("Draft"), "ok": _("Active"), "archived": _("Archived")}
        self.badges = {kind: (badge(kind, word), word) for kind, word in named.items()}
        self.keys, self.picks, self.waiting = tuple(keys or ()), picks, waiting
        self.carry = carry  # what is behind a product's address, percent-encoded: nothing of it needs escaping
        # What is archived is neither active nor a draft: there is nothing to choose in its cell.
        self.patterns = {archived: self.whole_row(archived) for archived in (False, True)} if keys is not None else {}

    def row(self, row: Any) -> SafeString:
        values: dict[str, Any] = {"pk": row.pk, "name": row.name, "sku": row.sku}
        for key in self.keys:
            values |= VALUES[key](self, row)
        if self.waiting is not None:
            asked = ((text,) for text in self.waiting.get(row.pk, ()))
            values["waiting"] = format_html_join(" ", '<span class="badge warn">{}</span>', asked)
        return format_html(self.patterns[values.get("status") is self.badges["archived"][0]], **values)

    def one(self, key: str, product: Any) -> SafeString:
        """The cell alone, as it comes back after an edit."""
        values = {"pk": product.pk, "name": product.name, **VALUES[key](self, product)}
        archived = key == "status" and product.archived_at is not None
        return format_html(self.inside(key, archived), **values)

    # --- Patterns -----------------------------------------------------------------------------------------------------

    def whole_row(self, archived: bool) -> str:
        parts = ['<tr role="row" id="p{pk}">']
        if self.picks:
            parts += (
                '<td role="cell" class="sel fit"><label class="hit"><input class="pick" type="checkbox" name="ids"',
                f' value="{{pk}}" form="bulk" aria-label="{words(_("Select %(product)s"), product="name")}"></label></td>',
            )
        parts += (
            '<td role="cell" class="lead"><div class="item"><span class="thumb" aria-hidden="true">',
            f'{icon("box")}</span><div><a class="trunc" href="{address("catalogue-detail")}{self.carry}">{{name}}</a>',
            '<span class="sku">{sku}</span></div></div></td>',
        )
        for key in self.keys:
            label = f' data-l="{conditional_escape(LABELS[key]())}"' if key in LABELS else ""
            css = f' class="{CLASSES[key]}"' if CLASSES[key] else ""
            parts.append(f'<td role="cell"{css}{label}>{self.inside(key, archived)}</td>')
        if self.waiting is not None:
            parts.append('<td role="cell">{waiting}</td>')
        parts += (
            '<td role="cell" class="more fit"><button class="btn quiet icon" type="button" popovertarget="m-row"',
            f' hx-get="{address("rows-menu")}" hx-target="#m-row"',
            f' aria-label="{words(_("Actions for %(person)s"), person="name")}">',
            f"{icon('more')}</button></td></tr>",
        )
        return "".join(parts)

    def inside(self, key: str, archived: bool) -> str:
        if key == "stock":
            return self.stock()
        if self.edits and key in EDITED and not (archived and key == "status"):
            return self.edited(key)
        return TIME % {"key": key} if key in ("changed", "added") else f"{{{key}}}"

    def edited(self, key: str) -> str:
        """A value that becomes its form at a click, or at E."""
        word, label = EDITED[key]
        where, start = address(f"{word}-edit"), " start" if key == "status" else ""
        return (
            f'<a class="cell{start}{self.saved}" data-edit="{word}" href="{where}" hx-get="{where}" hx-swap="outerHTML"'
            f'{self.focus} aria-label="{words(label(), "name", "price", "threshold", "status_word")}">{{{key}}}</a>'
        )

    def stock(self) -> str:
        number = '<span class="{tone}">{n}</span>'
        if self.adjusts:
            where = address("stock-adjust")
            label = words(_("Stock of %(name)s: %(n)s. Adjust"), "name", "n")
            number = (
                f'<a class="cell {{tone}}" href="{where}" hx-get="{where}?inline=1" hx-target="#dialog"{self.focus}'
                f' aria-label="{label}">{{n}}</a>'
            )
        return f'<span class="stock" id="stock-{{pk}}">{GAUGE}{number}</span>'

    # --- Values -------------------------------------------------------------------------------------------------------

    def status(self, row: Any) -> dict[str, Any]:
        shown, word = self.badges["archived" if row.archived_at else "ok" if row.is_public else ""]
        return {"status": shown, "status_word": word}

    def level(self, row: Any) -> dict[str, Any]:
        measured = measures(row.stock, row.low_stock_threshold)
        return {"n": row.stock, "tone": TONES[measured["level"]], **measured}

    def moment(self, key: str, at: datetime) -> dict[str, Any]:
        local = timezone.localtime(at)
        full = f"{local:%Y-%m-%d %H:%M}"
        return {f"{key}_iso": local.isoformat(), f"{key}_full": full, f"{key}_ago": ago(local, self.now)}


def badge(kind: str, word: str) -> SafeString:
    return format_html('<span class="badge {}">{}</span>', "ok" if kind == "ok" else "hollow", word)


def margin(row: Any) -> str:
    """Share of the price that is not cost."""
    if not row.price or row.cost is None:
        return ""
    return f"{(row.price - row.cost) / row.price * 100:.1f}%".replace("-", "\u2212")


VALUES: dict[str, Callable[[Cells, Any], dict[str, Any]]] = {
    "status": Cells.status,
    "category": lambda cells, row: {"category": row.category__name or ""},
    "tags": lambda cells, row: {"tags": ", ".join(row.tags)},
    "barcode": lambda cells, row: {"barcode": row.barcode},
    "stock": Cells.level,
    "threshold": lambda cells, row: {"threshold": row.low_stock_threshold},
    "price": lambda cells, row: {"price": money(row.price)},
    "cost": lambda cells, row: {"cost": money(row.cost)},
    "margin": lambda cells, row: {"margin": margin(row)},
    "owner": lambda cells, row: {"owner": row.owner__name or row.owner__username},
    "changed": lambda cells, row: cells.moment("changed", row.updated_at),
    "added": lambda cells, row: cells.moment("added", row.created_at),
}
# By container width the ones of p3 leave first, then those of p2; .n are numbers.
CLASSES = {
    **dict.fromkeys(("category", "tags"), "p3"),
    "barcode": "p3 mono",
    **dict.fromkeys(("changed", "added"), "p3 muted"),
    **dict.fromkeys(("stock", "price"), "n"),
    **dict.fromkeys(("threshold", "cost", "margin"), "n p2"),
    "owner": "p2",
    "status": "",
}
# Said beside the value where a row is shown as a card.
LABELS: dict[str, Callable[[], str]] = {
    "stock": lambda: _("Stock"),
    "price": lambda: _("Price"),
}
# The word of the page behind each cell that is swapped for a form and back, and what it says of itself.
EDITED: dict[str, tuple[str, Callable[[], str]]] = {
    "price": ("price", lambda: _("Price of %(name)s: %(price)s. Edit")),
    "threshold": ("threshold", lambda: _("Reorder level of %(name)s: %(threshold)s. Edit")),
    "status": ("visibility", lambda: _("Visibility of %(name)s: %(status_word)s. Edit")),
}


@register.simple_tag
def cell(key: str, product: Any, reader: User, fresh: bool = False) -> SafeString:
    return Cells(reader, fresh=fresh).one(key, product)
