"""Saved views: the list's search, filters, order and columns under a name, for oneself, for everybody, or to begin with.

A view is a query and nothing more: who opens it sees what they would see if they had typed it.
"""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, When
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Action, can
from products.filters import DEFAULT_SORT, SORTS, offered, selected
from products.models import SavedView
from products.services import exports
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError, NotAllowed

MOST = 100
LONGEST_NAME, LONGEST_QUERY, LONGEST_SLUG = 60, 2000, 80
# What stands in a list's address beside its query: its place, its view and how it is shown.
BESIDE = frozenset({"cursor", "view", "base", "columns"})
# The list without a view, the pages beside a view's own, and the tabs that are there always.
RESERVED = frozenset({"all", "add", "counts", "low", "out", "draft"})
TRIES = 5
TABS = 8


def names_for(reader: User) -> frozenset[str]:
    """What a list's query may hold for this person: the filters that exist for them, and the order."""
    return offered(reader) | {"sort"}


def plain(query: QueryDict) -> dict[str, str]:
    """What a query asks for: nothing empty, nothing beside it; the usual order is none."""
    asked = {name: str(query[name]) for name in query if name not in BESIDE and str(query[name]).strip()}
    return asked if asked.get("sort") != DEFAULT_SORT else {name: asked[name] for name in asked if name != "sort"}


# --- Opening one -----------------------------------------------------------------------------------------------------


def named(*, reader: User, slug: str) -> SavedView:
    """The view of this slug; raises DomainError `does_not_exist` where there is none for the reader."""
    view = None if "\0" in slug else SavedView.objects.visible_to(reader).filter(slug=slug).first()
    if view is None:
        raise DomainError(_("There is no such view."), field="view", code="does_not_exist")
    return view


def query_of(*, reader: User, view: SavedView) -> dict[str, str]:
    """The view's own query; raises NotAllowed where it narrows or sorts by what does not exist for the reader.

    Without that, the view of somebody who sees cost would tell a client which of their products cost less than five.
    """
    query = plain(QueryDict(view.query))
    if query.keys() - names_for(reader):
        sentence = _("This view uses a filter that your role does not include. Ask whoever made it for another.")
        raise NotAllowed(sentence, field="view", code="view_not_allowed")
    return query


def told_to(reader: User, query: str) -> str:
    """The query as this person may read it: a filter by what is hidden from them tells what others look out for."""
    asked = plain(QueryDict(query))
    seen = QueryDict(mutable=True)
    seen.update({name: value for name, value in asked.items() if name in names_for(reader)})
    return seen.urlencode()


def applied(*, reader: User, view: SavedView, given: QueryDict) -> QueryDict:
    """The view's query with what was given besides on top of it."""
    made = QueryDict(mutable=True)
    made.update(query_of(reader=reader, view=view))
    for name in given:
        if name != "view":
            made.setlist(name, given.getlist(name))
    return made


def opened(*, reader: User, given: QueryDict) -> QueryDict:
    """A script's query with the view that its `view` names taken in, if it names one: its filters, `sort` and `columns`."""
    if "view" not in given:
        return given
    view = named(reader=reader, slug=str(given["view"]))
    made = applied(reader=reader, view=view, given=given)
    if columns := [key for key in view.columns if key in exports.keys_for(reader)]:
        made.setdefault("columns", ",".join(columns))
    return made


def is_changed(*, view: SavedView, query: QueryDict) -> bool:
    """Whether a list that began with the view asks for something else by now, or shows other columns."""
    columns = str(query["columns"]).split(",") if query.get("columns") else view.columns
    return plain(query) != plain(QueryDict(view.query)) or columns != view.columns


def default_of(*, reader: User, views: Sequence[SavedView]) -> SavedView | None:
    """The view that the reader's role begins with, if there is one and it can still be shown to them."""
    view = next((each for each in views if each.default_for == reader.role), None)
    if view is None:
        return None
    try:
        query_of(reader=reader, view=view)
        selected(reader, view.query)
    except DomainError:  # its category was deleted, say; nobody should begin at a refusal
        return None
    return view


def shown_to(*, reader: User) -> list[SavedView]:
    """The views that fit above the list: the one that the reader's role begins with, their own, then shared ones."""
    mine = Case(When(default_for=reader.role, then=0), When(owner=reader, then=1), default=2)
    return list(SavedView.objects.visible_to(reader).order_by(mine, "name", "pk")[:TABS])


def count(*, reader: User, query: str) -> paging.Count | None:
    """How many products a list holds, bounded; None where it cannot be shown to the reader."""
    try:
        if QueryDict(query).keys() - names_for(reader):
            return None
        return paging.count(selected(reader, query))
    except DomainError:
        return None


# --- Keeping one -----------------------------------------------------------------------------------------------------


def may_change(person: User, view: SavedView) -> bool:
    """Its maker may, and of the shared ones and the defaults an admin."""
    return view.owner_id == person.pk or bool(can(person, Action.VIEW_DEFAULT))


def checked_query(actor: User, text: str) -> str:
    """The query as a view keeps it; raises DomainError where it is none of a list."""
    query = plain(QueryDict(text))
    if unknown := sorted(query.keys() - names_for(actor)):
        sentence = _("There is no filter called {}.").format(", ".join(name[:40] for name in unknown[:5]))
        raise DomainError(sentence, field="query", code="unknown_filter")
    if query.get("sort", DEFAULT_SORT) not in SORTS:
        raise DomainError(_("Order by one of: {}.").format(", ".join(SORTS)), field="query", code="bad_ordering")
    made = QueryDict(mutable=True)
    made.update(query)
    try:
        selected(actor, made)
    except DomainError as error:
        sentence = _("One of the filters holds something that it cannot.")
        raise DomainError(sentence, field="query", code="bad_filter") from error
    if len(kept := made.urlencode()) > LONGEST_QUERY:
        raise DomainError(_("This is more than a view can hold."), field="query", code="max_length")
    return kept


def checked_columns(actor: User, columns: Sequence[str]) -> list[str]:
    """The keys in the list's order; raises DomainError `unknown_column`."""
    exports.columns_for(actor, columns)
    return [key for key in exports.COLUMNS if key in columns and key not in exports.ALWAYS]


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise DomainError(_("Enter a name of up to 60 letters."), field="name", code="bad_name")
    return name


def checked_rights(actor: User, fields: dict[str, Any], view: SavedView) -> None:
    """Sharing and defaults take rights of their own, where they are given or taken."""
    for name, action in (("is_shared", Action.VIEW_SHARE), ("default_for", Action.VIEW_DEFAULT)):
        decision = can(actor, action)
        if name in fields and fields[name] != getattr(view, name) and not decision:
            raise NotAllowed(str(decision.reason), field=name, code=decision.code)


def create(*, actor: User, name: str, query: str = "", columns: Sequence[str] = (), **fields: Any) -> SavedView:
    """Keeps a list under a name, with a slug that never changes; `is_shared` and `default_for` take their rights.

    Raises DomainError `already_exists` where the person has a view of this name, Conflict over MOST.
    """
    if SavedView.objects.filter(owner=actor)[:MOST].count() == MOST:
        raise Conflict(
            _("You have {} views, the most there may be. Delete one first.").format(MOST), code="too_many_views"
        )
    view = SavedView(owner=actor)
    checked_rights(actor, fields, view)
    return store(view, filled(actor, {"name": name, "query": query, "columns": columns, **fields}))


def update(*, actor: User, view: SavedView, **fields: Any) -> SavedView:
    """Changes what is given of a view; its slug stays, so that links to it do. Raises NotAllowed, or as `create`."""
    insist(actor, view)
    # What others see is changed by who may show it to them, whoever made it once.
    for name, action in (("is_shared", Action.VIEW_SHARE), ("default_for", Action.VIEW_DEFAULT)):
        decision = can(actor, action)
        if getattr(view, name) and not decision:
            raise NotAllowed(str(decision.reason), field=name, code=decision.code)
    checked_rights(actor, fields, view)
    # A copy: what is refused stays out of the view that the caller holds.
    return store(copy(view), filled(actor, fields))


def remove(*, actor: User, view: SavedView) -> None:
    """Deletes a view, for everybody; who watched it is no longer told."""
    insist(actor, view)
    view.delete()


def not_yours() -> str:
    return _("This view belongs to somebody else. Save one of your own, or ask them or an admin to change it.")


def insist(actor: User, view: SavedView) -> None:
    if not may_change(actor, view):
        raise NotAllowed(not_yours(), code="not_yours")


def filled(actor: User, fields: dict[str, Any]) -> dict[str, Any]:
    checks: dict[str, Callable[[Any], Any]] = {
        "name": checked_name,
        "query": lambda text: checked_query(actor, text),
        "columns": lambda columns: checked_columns(actor, columns),
    }
    return {name: checks[name](value) if name in checks else value for name, value in fields.items()}


def store(view: SavedView, values: dict[str, Any]) -> SavedView:
    """Writes the view. A rival who takes its slug or its role's default meanwhile makes it try again."""
    for name, value in values.items():
        setattr(view, name, value)
    tries = TRIES
    while True:
        tries -= 1
        try:
            with transaction.atomic():
                return written(view, values)
        except IntegrityError as error:
            if "saved_view_name_unique" in str(error) or "savedview.name" in str(error):
                sentence = _("You have a view of this name already.")
                raise DomainError(sentence, field="name", code="already_exists") from error
            if not tries:
                raise


def written(view: SavedView, values: dict[str, Any]) -> SavedView:
    if view.default_for and "default_for" in values:
        SavedView.objects.filter(default_for=view.default_for).exclude(pk=view.pk).update(default_for="")
    if view.pk is None:
        view.slug = free_slug(view.name)
        view.save(force_insert=True)
    elif values and not SavedView.objects.filter(pk=view.pk).update(**values):
        raise Conflict(_("This view was deleted just now."), code="gone")
    return view


def free_slug(name: str) -> str:
    """The name in small letters of ASCII, with a number where another view has it."""
    stem = slugify(name)[: LONGEST_SLUG - 8].strip("-_") or "view"
    taken = {*RESERVED, *SavedView.objects.filter(slug__startswith=stem).values_list("slug", flat=True)}
    number = 1
    while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return slug
