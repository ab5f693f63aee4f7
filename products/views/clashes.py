"""A save that met another: what each of the two wants, as choices in the form, and what was kept of the other's."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.models import User
from products.forms import ProductForm
from products.models import Category, ChangeSet, Product
from products.services import changes, versions
from products.views.timeline import shown
from site_config.lib import diff

# Fields of words: what differs in them is marked, and what is the same for long is cut short.
WORDED = ("name", "description", "note", "tags")


@dataclass(frozen=True)
class Choice:
    """A field that two people set differently; `theirs` and `yours` as pieces that mark what differs from before."""

    name: str
    label: str
    who: str
    rival: ChangeSet
    before: str
    theirs: list[diff.Piece]
    yours: list[diff.Piece]


@dataclass(frozen=True)
class Kept:
    """A field that only others changed, as it is now."""

    label: str
    value: str
    who: str


def clash_rows(stale: versions.StaleSave, form: ProductForm, writers: dict[str, ChangeSet]) -> list[Choice]:
    return [choice(clash, str(form.fields[plain(clash.name)].label), writers[clash.name]) for clash in stale.clashes]


def choice(clash: versions.Clash, label: str, rival: ChangeSet) -> Choice:
    names = key_names(clash.name, (clash.base, clash.theirs, clash.yours))
    before, theirs, yours = (
        shown(clash.name, changes.to_json(value), names) for value in (clash.base, clash.theirs, clash.yours)
    )
    who = rival.actor_name
    if clash.name not in WORDED:
        same = diff.SAME
        pieces = [diff.Piece(same, theirs)], [diff.Piece(same, yours)]
        return Choice(plain(clash.name), label, who, rival, before, *pieces)
    mine = diff.pieces(before, yours)
    # Before is cut where yours is, so that the two are read side by side.
    then = "".join(piece.text for piece in mine if piece.kind != diff.NEW)
    return Choice(plain(clash.name), label, who, rival, then, diff.pieces(before, theirs), mine)


def kept(product: Product, form: ProductForm, writers: dict[str, ChangeSet], names: Iterable[str]) -> list[Kept]:
    """What others changed of the form's fields, in the form's order."""
    rows = []
    for name in sorted(names, key=lambda column: [*form.fields].index(plain(column))):
        value = getattr(product, name)
        told = shown(name, changes.to_json(value), key_names(name, (value,)))
        rows.append(Kept(str(form.fields[plain(name)].label), told, writers[name].actor_name))
    return rows


def kept_after(product: Product, form: ProductForm, since: int | None) -> list[Kept]:
    """What a save that succeeded left as others had set it meanwhile."""
    if since is None:
        return []
    own = changes.written_now(product)
    writers = {
        name: writer
        for name, writer in versions.writers(product, since).items()
        if plain(name) in form.fields and (own is None or writer.pk != own.pk)
    }
    return kept(product, form, writers, writers)


def said(rows: list[Kept]) -> str:
    """Whose changes were kept, and of what: "Ada Okafor and Jo changed price, category meanwhile: kept"."""
    people = get_text_list(list(dict.fromkeys(row.who for row in rows)), _("and"))
    return _("kept what {who} changed meanwhile: {fields}").format(
        who=people, fields=", ".join(row.label.lower() for row in rows)
    )


def plain(column: str) -> str:
    return column.removesuffix("_id")


def key_names(name: str, values: Iterable[Any]) -> dict[tuple[str, Any], str]:
    """The names behind a foreign key's values, in one query."""
    if not name.endswith("_id"):
        return {}
    model: Any = User if name == "owner_id" else Category
    found = model.objects.in_bulk([key for key in values if key])
    return {(name, key): str(row) for key, row in found.items()}


def keep_choices(posted: QueryDict, product: Product, person: User) -> QueryDict:
    """The form's data with what the person decided to take from the others: `keep-price=theirs`."""
    names = [
        key.removeprefix("keep-") for key, value in posted.items() if key.startswith("keep-") and value == "theirs"
    ]
    return with_stored(posted, product, person, names)


def take_theirs(posted: QueryDict, product: Product, person: User, merged: list[str]) -> QueryDict:
    """The form's data on top of the version as it is now, with the fields that only others changed."""
    data = with_stored(posted, product, person, [plain(name) for name in merged])
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
