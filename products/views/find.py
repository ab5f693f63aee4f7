"""Find or do anything: products, people, pages and acts by a few letters; the palette of every page (Ctrl K)."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.decorators import PageRequest, allow
from accounts.models import User
from accounts.policy import Action, can
from accounts.services import directory
from products.filters import LONGEST_SEARCH, selected
from products.services import search

MOST_PRODUCTS, MOST_PEOPLE = 6, 4


@dataclass(frozen=True)
class Place:
    """A page to go to, or the page where an act begins; for those who may do the action."""

    label: Any
    icon: str
    url_name: str
    action: Action
    query: str = ""
    keys: str = ""


@dataclass(frozen=True)
class Option:
    label: str
    icon: str
    href: str
    detail: str = ""


@dataclass(frozen=True)
class Group:
    heading: str
    options: list[Option]


ACTS = [
    Place(gettext_lazy("New product"), "plus", "products:catalogue-create", Action.PRODUCT_CREATE),
    Place(gettext_lazy("Paste from a spreadsheet"), "copy", "products:paste-enter", Action.PRODUCT_EDIT),
    Place(gettext_lazy("Invite a user"), "mail", "accounts:invitations-create", Action.PEOPLE_MANAGE),
]
PAGES = [
    Place(gettext_lazy("Overview"), "home", "products:dashboard-show", Action.PRODUCT_VIEW_PUBLIC, keys="G O"),
    Place(gettext_lazy("Products"), "box", "products:catalogue-list", Action.PRODUCT_VIEW, keys="G P"),
    Place(gettext_lazy("Low stock"), "box", "products:catalogue-list", Action.PRODUCT_VIEW, "?stock=low"),
    Place(gettext_lazy("Out of stock"), "box", "products:catalogue-list", Action.PRODUCT_VIEW, "?stock=out"),
    Place(gettext_lazy("Reorder"), "box", "products:stock-reorder", Action.PRODUCT_EDIT),
    Place(gettext_lazy("Proposals"), "inbox", "products:proposals-list", Action.PRODUCT_VIEW, keys="G R"),
    Place(gettext_lazy("Categories"), "tree", "products:categories-list", Action.PRODUCT_EDIT),
    Place(gettext_lazy("Tags"), "tag", "products:tags-list", Action.PRODUCT_EDIT),
    Place(gettext_lazy("Inbox"), "mail", "products:inbox-list", Action.INBOX_OWN),
    Place(gettext_lazy("Changes"), "history", "products:changes-list", Action.PRODUCT_VIEW),
    Place(gettext_lazy("Jobs"), "clock", "products:jobs-list", Action.PRODUCT_EDIT),
    Place(gettext_lazy("Saved views"), "bookmark", "products:views-saved-list", Action.VIEW_SAVE),
    Place(gettext_lazy("Trash"), "trash", "products:trash-list", Action.TRASH_MANAGE),
    Place(gettext_lazy("Users"), "users", "accounts:people-list", Action.PEOPLE_MANAGE),
    Place(gettext_lazy("Locks"), "lock", "accounts:lockouts-list", Action.PEOPLE_MANAGE),
    Place(gettext_lazy("Activity"), "history", "accounts:activity-list", Action.PEOPLE_MANAGE),
    Place(gettext_lazy("Account settings"), "user", "accounts:profile-edit", Action.ACCOUNT_OWN),
]


@allow(Action.PRODUCT_VIEW)
def show(request: PageRequest) -> HttpResponse:
    """What fits the letters, by what the person may see and do; a page of links, or the palette's options."""
    letters = " ".join(request.GET.get("q", "")[:LONGEST_SEARCH].split())
    context = {"groups": found(request.user, letters), "letters": letters, "here": "find"}
    part = "#options" if request.htmx else ""
    return render(request, f"products/find/show.html{part}", context)


def found(person: User, letters: str) -> list[Group]:
    groups = [
        Group(_("Products"), products(person, letters)),
        Group(_("People"), people(person, letters)),
        Group(_("Do"), places(ACTS, person, letters)),
        Group(_("Go to"), places(PAGES, person, letters)),
    ]
    return [group for group in groups if group.options]


def products(person: User, letters: str) -> list[Option]:
    if not letters:
        return []
    order = search.order(selected(person, urlencode({"q": letters})), letters=letters)
    rows = search.page(order.rows, found=order, cursor=None, size=MOST_PRODUCTS).rows
    return [Option(row.name, "box", reverse("products:catalogue-detail", args=[row.pk]), row.sku) for row in rows]


def people(person: User, letters: str) -> list[Option]:
    if not letters or not can(person, Action.PEOPLE_MANAGE):
        return []
    rows = directory.found(q=letters).order_by("name", "pk")[:MOST_PEOPLE]
    return [Option(str(row), "user", reverse("accounts:people-edit", args=[row.pk]), row.role_label) for row in rows]


def places(known: list[Place], person: User, letters: str) -> list[Option]:
    """Those whose words begin with the letters typed, or all of them."""
    wanted = letters.casefold().split()
    fit = [place for place in known if can(person, place.action) and fits(str(place.label), wanted)]
    return [Option(str(p.label), p.icon, reverse(p.url_name) + p.query, p.keys) for p in fit]


def fits(label: str, wanted: list[str]) -> bool:
    words = label.casefold().split()
    return all(any(word.startswith(letters) for word in words) for letters in wanted)
