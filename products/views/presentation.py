"""How the catalogue's pages say things: the chips of a filter, a history as sentences, a conflict as choices."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.policy import Action, can
from accounts.templatetags.ui import money
from products.filters import DEFAULT_SORT, ProductFilter
from products.forms import ProductForm
from products.models import Category, ChangeSet, Product
from products.models.stock import Kind
from products.services import changes, history, undo, versions
from site_config.lib.paging import Sort

NOTHING = "\u2014"


# --- The list's filters ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    without: str  # the address without this filter


@dataclass(frozen=True)
class Tab:
    label: str
    query: str
    current: bool


def without(query: QueryDict, *names: str) -> str:
    rest = query.copy()
    for name in (*names, "cursor"):
        rest.pop(name, None)
    return "?" + rest.urlencode()


def chips(filters: ProductFilter, query: QueryDict) -> list[Chip]:
    """The filters in force, as words; the search has its own field."""
    form, made = filters.form, []
    form.is_valid()
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if name == "q" or value in (None, ""):
            continue
        shown = dict(field.choices).get(value, value) if name in ("status", "stock") else value
        made.append(Chip(str(field.label), str(shown), without(query, name)))
    return made


def api_query(filters: ProductFilter, query: QueryDict, sort: Sort) -> dict[str, str]:
    """What asks the API for this list: its filters have the same names, and the sort is called `ordering`."""
    asked = {name: str(query[name]) for name in filters.filters if name in query}
    return asked | ({"ordering": sort.key} if sort.key != DEFAULT_SORT else {})


def level_tabs(person: User, query: QueryDict) -> list[Tab]:
    """The ways of looking at the list that everybody needs."""
    views = [(_("All products"), ""), (_("Low stock"), "stock=low"), (_("Out of stock"), "stock=out")]
    if can(person, Action.PRODUCT_EDIT):
        views.append((_("Drafts"), "status=draft"))
    now = "&".join(f"{name}={query[name]}" for name in ("stock", "status") if name in query)
    return [Tab(label, f"?{address}", now == address) for label, address in views]


# --- History ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One change set as a product's timeline shows it."""

    change_set: ChangeSet
    who: str
    initials: str
    what: str
    diffs: list[tuple[str, str, str]]
    notes: list[str]
    undo: Any  # the policy's decision, or False where there is nothing to undo


def timeline(entries: list[history.Entry], reader: User) -> list[Line]:
    people, categories = related(entries, "owner_id", User), related(entries, "category_id", Category)
    return [line(entry, reader, {**people, **categories}) for entry in entries]


def related(entries: list[history.Entry], field: str, model: type[models.Model]) -> dict[tuple[str, Any], str]:
    """The names behind a foreign key's old and new values, in one query."""
    keys = {value for e in entries for d in e.diffs if d.name == field for value in (d.old, d.new) if value}
    found = model._default_manager.in_bulk(keys) if keys else {}
    return {(field, key): str(found.get(key, f"#{key}")) for key in keys}


def line(entry: history.Entry, reader: User, names: dict[tuple[str, Any], str]) -> Line:
    change_set = entry.change_set
    who = change_set.actor_name
    return Line(
        change_set=change_set,
        who=who,
        initials="".join(word[0] for word in who.split()[:2]).upper(),
        what=sentence(entry),
        diffs=[(label(d.name), shown(d.name, d.old, names), shown(d.name, d.new, names)) for d in entry.diffs],
        notes=[m.note_label for m in entry.movements if m.note] + ([change_set.reason] if change_set.reason else []),
        undo=not entry.undone and undo.may_undo(reader, change_set),
    )


MOVED = {
    Kind.RECEIVED: gettext_lazy("received {}"),
    Kind.SOLD: gettext_lazy("sold {}"),
    Kind.RETURNED: gettext_lazy("took back {}"),
    Kind.DAMAGED: gettext_lazy("wrote off {} damaged"),
    Kind.CORRECTION: gettext_lazy("corrected stock by {}"),
}


def sentence(entry: history.Entry) -> str:
    """What happened, after the name of who did it."""
    kind, fields = entry.change_set.kind, [diff.name for diff in entry.diffs]
    if kind == "product.bulk_edited":  # of many products at once; of this one it was a single act
        kind = "product.created" if entry.created else "product.edited"
        kind = "product.trashed" if fields == ["trashed_at"] else kind
    if kind == "product.edited":
        if len(fields) == 1:
            return _("changed {}").format(label(fields[0]).lower())
        return ngettext("changed {} field", "changed {} fields", len(fields)).format(len(fields))
    if kind == "stock.adjusted" and entry.movements:
        return ", ".join(moved(m.kind, m.delta) for m in entry.movements)
    if kind == "stock.counted" and entry.movements:
        return _("counted {}").format(entry.movements[0].balance)
    return {
        "product.created": _("created this product"),
        "product.imported": _("imported this product"),
        "product.trashed": _("moved it to the trash"),
        "product.restored": _("restored it from the trash"),
        "product.handed_over": _("handed it over"),
        "changes.undone": _("undid a change"),
    }.get(kind, kind)


def moved(kind: str, delta: int) -> str:
    number = f"{delta:+d}".replace("-", "\u2212") if kind == Kind.CORRECTION else str(abs(delta))
    return str(MOVED.get(Kind(kind), "{}")).format(number)


def label(column: str) -> str:
    names = {
        "stock": _("Stock"),
        "trashed_at": _("In the trash"),
        "archived_at": _("Archived"),
        "is_public": _("Public"),
    }
    if column in names:
        return names[column]
    if column == "low_stock_threshold":
        return _("Reorder at")
    name = str(getattr(Product._meta.get_field(column), "verbose_name", column))
    return name[0].upper() + name[1:]


def shown(column: str, value: Any, names: dict[tuple[str, Any], str]) -> str:
    """A stored value as people read it."""
    if column.endswith("_at"):
        return _("Yes") if value else _("No")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value in (None, ""):
        return NOTHING
    if column in ("price", "cost"):
        return money(value)
    return names.get((column, value), str(value))


# --- A save that met another -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """A field that two people set differently."""

    name: str
    label: str
    before: str
    theirs: str
    yours: str


def clash_rows(stale: versions.StaleSave, form: ProductForm) -> list[Choice]:
    rows = []
    for clash in stale.clashes:
        name = clash.name.removesuffix("_id")
        names = key_names(clash) if clash.name.endswith("_id") else {}
        values = [shown(clash.name, changes.to_json(v), names) for v in (clash.base, clash.theirs, clash.yours)]
        rows.append(Choice(name, str(form.fields[name].label), *values))
    return rows


def key_names(clash: versions.Clash) -> dict[tuple[str, Any], str]:
    model: Any = User if clash.name == "owner_id" else Category
    found = model.objects.in_bulk([key for key in (clash.base, clash.theirs, clash.yours) if key])
    return {(clash.name, key): str(row) for key, row in found.items()}


def keep_choices(posted: QueryDict, product: Product, person: User) -> QueryDict:
    """The form's data with what the person decided to take from the others: `keep-price=theirs`."""
    names = [
        key.removeprefix("keep-") for key, value in posted.items() if key.startswith("keep-") and value == "theirs"
    ]
    return with_stored(posted, product, person, names)


def take_theirs(posted: QueryDict, product: Product, person: User, merged: list[str]) -> QueryDict:
    """The form's data on top of the version as it is now, with the fields that only others changed."""
    data = with_stored(posted, product, person, [name.removesuffix("_id") for name in merged])
    data["version"] = str(product.version)
    return data


def with_stored(posted: QueryDict, product: Product, person: User, names: list[str]) -> QueryDict:
    data, form = posted.copy(), ProductForm(instance=product, person=person)
    for name in names:
        if name not in form.fields:
            continue
        value = form[name].value()
        data.pop(name, None)
        if value not in (None, False):
            data[name] = "on" if value is True else str(value)
    return data
