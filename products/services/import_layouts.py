"""The layouts an import recognises by their header, and how a row of each reads in the words of our own spreadsheet."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from site_config.lib.errors import DomainError
from site_config.lib.html_text import from_html

Cells = dict[str, str]
Warn = Callable[[str], None]

# Our own words, each with the headers it goes by; the first that a file has is taken.
SPREADSHEET: dict[str, tuple[str, ...]] = {
    "name": ("name", "title", "product name", "product title", "product", "item name", "item"),
    "sku": ("sku", "product code", "item code", "stock code", "article number", "item number", "part number", "code"),
    "barcode": ("barcode", "gtin", "gtin 13", "gtin13", "ean", "ean 13", "ean13", "upc", "isbn"),
    "description": ("description", "product description", "desc", "details"),
    "note": ("note", "notes", "internal note", "internal notes", "remark", "remarks", "comment", "comments"),
    "price": ("price", "selling price", "sales price", "retail price", "unit price", "list price", "rrp"),
    "cost": ("cost", "cost price", "unit cost", "cost per item", "purchase price", "buying price"),
    "stock": ("stock", "stock level", "quantity", "qty", "on hand", "quantity on hand", "in stock", "inventory"),
    "low_stock_threshold": ("low stock threshold", "low stock", "reorder level", "reorder point", "minimum stock"),
    "category": ("category", "categories", "product category", "product type", "type", "department", "group"),
    "tags": ("tags", "tag", "keywords", "labels"),
    "is_public": ("is public", "public", "published", "visible", "active"),
}
OPTIONS = ("option1", "option2", "option3")
SHOPIFY: dict[str, tuple[str, ...]] = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "body": ("body", "description"),
    "type": ("type",),
    "tags": ("tags",),
    "taxonomy": ("product category", "google shopping google product category"),
    "published": ("published", "published on online store"),
    "status": ("status",),
    **{name: (f"{name} value",) for name in OPTIONS},
    "sku": ("variant sku", "sku"),
    "barcode": ("variant barcode", "barcode"),
    "price": ("variant price", "price"),
    "cost": ("cost per item",),
    "stock": ("variant inventory qty", "inventory quantity"),
}
ATTRIBUTES = tuple(f"attribute {number} value" for number in range(1, 10))
WOOCOMMERCE: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "type": ("type",),
    "sku": ("sku",),
    "barcode": ("gtin upc ean or isbn",),
    "name": ("name",),
    "published": ("published",),
    "description": ("description",),
    "summary": ("short description",),
    "price": ("regular price",),
    "cost": ("cost of goods", "meta wc cog cost"),
    "stock": ("stock",),
    "low_stock_threshold": ("low stock amount",),
    "categories": ("categories",),
    "tags": ("tags",),
    "parent": ("parent",),
    **{name: (name,) for name in ATTRIBUTES},
}


class Skipped(Exception):
    """Says what the row is instead of a product."""


@dataclass(frozen=True)
class Layout:
    """`shared` is what a row tells about others, and the names they call it by; `family` is how a row names its own."""

    label: str | Promise
    columns: dict[str, tuple[str, ...]]
    needs: tuple[str, ...]
    translate: Callable[[Cells, Cells | None, Warn], Cells]
    shared: Callable[[Cells], tuple[list[str], Cells]]
    family: Callable[[Cells], str]


def bare(text: str) -> str:
    """Words without case and punctuation."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def positions(layout: Layout, header: list[str]) -> dict[str, int]:
    """Where each of the layout's columns stands; what a header has in brackets, a unit or currency, is not compared."""
    words = [bare(re.sub(r"\([^()]*\)", " ", cell[:100])) for cell in header]
    return {
        column: words.index(next(spelling for spelling in spellings if spelling in words))
        for column, spellings in layout.columns.items()
        if any(spelling in words for spelling in spellings)
    }


def recognise(header: list[str]) -> tuple[Layout, dict[str, int]]:
    """The first layout whose needed columns are all there; raises DomainError that says what was looked for."""
    for layout in LAYOUTS:
        found = positions(layout, header)
        if all(column in found for column in layout.needs):
            return layout, found
    needs = [(layout.label, ", ".join(layout.columns[name][0] for name in layout.needs)) for layout in LAYOUTS]
    looked_for = "; ".join(f"{label} ({names})" for label, names in needs)
    seen = ", ".join(cell[:40] for cell in header[:12])
    sentence = _("The header is none that we know. Looked for {}. Found: {}.").format(looked_for, seen)
    raise DomainError(sentence, code="unknown_layout")


# --- A spreadsheet in our own words ----------------------------------------------------------------------------------


def speaks_for_nobody(cells: Cells) -> tuple[list[str], Cells]:
    return [], {}


def from_spreadsheet(cells: Cells, shared: Cells | None, warn: Warn) -> Cells:
    return cells


# --- Shopify ---------------------------------------------------------------------------------------------------------


def shopify_shared(cells: Cells) -> tuple[list[str], Cells]:
    """The first row of a handle speaks for its variants."""
    if not cells["title"]:
        return [], {}
    taxonomy = "" if cells["taxonomy"].isdigit() else cells["taxonomy"]
    return [cells["handle"]] if cells["handle"] else [], {
        "name": cells["title"],
        "description": from_html(cells["body"]),
        "category": cells["type"] or taxonomy,
        "tags": cells["tags"],
        "is_public": cells["published"] if cells["status"].lower() in ("", "active") else "no",
    }


def from_shopify(cells: Cells, shared: Cells | None, warn: Warn) -> Cells:
    options = [cells[name] for name in OPTIONS if cells[name] not in ("", "Default Title")]
    if not (options or cells["title"] or cells["sku"] or cells["price"]):
        raise Skipped(_("another picture of a product"))
    shared = shared or shopify_shared(cells)[1]
    if not shared:
        raise DomainError(_("No row of “{}” has a title.").format(cells["handle"][:60]))
    own = {name: cells[name] for name in ("sku", "barcode", "price", "cost", "stock")}
    return {**shared, **own, "name": shared["name"] + (" – " + ", ".join(options) if options else "")}


# --- WooCommerce -----------------------------------------------------------------------------------------------------


def kinds(cells: Cells) -> set[str]:
    return {kind.strip() for kind in cells["type"].lower().split(",")}


def woocommerce_shared(cells: Cells) -> tuple[list[str], Cells]:
    """A product with variations speaks for them; they name it by its SKU or its id."""
    if "variable" not in kinds(cells):
        return [], {}
    names = [f"id:{cells['id']}"] + ([cells["sku"].lower()] if cells["sku"] else [])
    return names, {
        "name": cells["name"],
        "description": woocommerce_text(cells),
        "categories": cells["categories"],
        "tags": cells["tags"],
        "stock": cells["stock"],
    }


def woocommerce_text(cells: Cells) -> str:
    """The description, or else the short one; the export writes a line break as backslash and n."""
    return from_html((cells["description"] or cells["summary"]).replace("\\n", "\n"))


def woocommerce_category(categories: str, warn: Warn) -> str:
    """The first path of "A > B, C", or where it goes on: "A, A > B"; a comma inside a name has a backslash."""
    paths = [path.strip() for path in re.split(r"(?<!\\),", categories)]
    kept = max((path for path in paths if f"{path} >".startswith(f"{paths[0]} >")), key=len)
    if any(not f"{kept} >".startswith(f"{path} >") for path in paths):
        warn(_("It is in several categories; only “{}” is kept.").format(kept[:80]))
    return unescape(kept.replace("\\,", ","))


def variation_name(cells: Cells, shared: Cells) -> str:
    """The name with every attribute that it does not hold already."""
    name = cells["name"] or shared.get("name", "")
    held = f" {bare(name)} "
    missing = [cells[a] for a in ATTRIBUTES if cells[a] and f" {bare(cells[a])} " not in held]
    return name + (" – " + ", ".join(missing) if missing else "")


def from_woocommerce(cells: Cells, shared: Cells | None, warn: Warn) -> Cells:
    kind = kinds(cells)
    if "variable" in kind:
        raise Skipped(_("the parent of variations, which are imported"))
    if "grouped" in kind:
        raise Skipped(_("a group of products, without a price of its own"))
    if "variation" in kind and shared is None:
        warn(_("Its parent is not in the file, so nothing is taken from it."))
    shared = shared or {}
    stock = cells["stock"]
    if stock.lower() == "parent":
        warn(
            _("Its parent keeps the stock of all variations ({}): imported with 0.").format(shared.get("stock") or "?")
        )
        stock = ""
    own = {name: cells[name] for name in ("sku", "barcode", "price", "cost", "low_stock_threshold")}
    return {
        **own,
        "name": variation_name(cells, shared) if "variation" in kind else cells["name"],
        "description": woocommerce_text(cells) or shared.get("description", ""),
        "category": woocommerce_category(cells["categories"] or shared.get("categories", ""), warn),
        "tags": unescape(cells["tags"] or shared.get("tags", "")),
        "stock": stock,
        "is_public": "no" if cells["published"] == "-1" else cells["published"],
    }


LAYOUTS = (
    Layout(
        gettext_lazy("a Shopify product export"),
        SHOPIFY,
        ("handle", "title", "price"),
        from_shopify,
        shopify_shared,
        lambda cells: cells["handle"],
    ),
    Layout(
        gettext_lazy("a WooCommerce product export"),
        WOOCOMMERCE,
        ("type", "name", "price"),
        from_woocommerce,
        woocommerce_shared,
        lambda cells: cells["parent"].lower(),
    ),
    Layout(
        gettext_lazy("a spreadsheet"),
        SPREADSHEET,
        ("name", "price"),
        from_spreadsheet,
        speaks_for_nobody,
        lambda cells: cells["name"],
    ),
)
