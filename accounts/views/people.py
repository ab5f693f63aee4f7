"""The people who may sign in: admins find, add, change, unlock, deactivate and remove them."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.forms import DeletionForm, NewPersonForm, PeopleFilterForm, PersonForm, RoleForm
from accounts.models import User
from accounts.policy import Action, Role
from accounts.services import activity, lockouts, people, personal_tokens
from site_config.lib import paging
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 25
SORTS = {"name": paging.Sort("name", "name"), "-id": paging.Sort("-id", "id")}


@allow(Action.PEOPLE_MANAGE)
def list_(request: PageRequest) -> HttpResponse:
    """Search, role, status and order are all in the address."""
    filters = PeopleFilterForm(request.GET)
    wanted = filters.understood()
    rows = people.found(q=wanted["q"], role=wanted["role"], status=wanted["status"])
    context: dict[str, Any] = {"filters": filters, "wanted": wanted, "tabs": role_tabs, "here": "people"}
    context["api_query"] = api_query(wanted)
    status = 200
    try:
        sort = SORTS[wanted["sort"] or "name"]
        context["page"] = paging.page(rows, sort=sort, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
        context["count"] = paging.count(rows)
    except DomainError as error:
        context |= {"refusal": error.message, "page": paging.Page([], None, None), "count": paging.Count(0, exact=True)}
        status = 422
    context["locked"] = lockouts.locked_people(only=[person.pk for person in context["page"].rows])
    part = "#rows" if request.htmx else ""
    return render(request, f"accounts/people/list.html{part}", context, status=status)


def api_query(wanted: dict[str, str]) -> dict[str, str]:
    """What asks the API for this list: it calls the sort `ordering`, and begins with the oldest unless told."""
    asked = {name: wanted[name] for name in ("q", "role", "status") if wanted[name]}
    return {**asked, "ordering": wanted["sort"] or "name"}


def role_tabs() -> list[dict[str, Any]]:
    """Counted when the template asks: a fragment of the list has no tabs."""
    labels = {"": _("Everyone"), Role.ADMIN: _("Admins"), Role.STAFF: _("Staff"), Role.CLIENT: _("Clients")}
    return [
        {"role": role, "label": label, "count": paging.count(people.found(role=role))} for role, label in labels.items()
    ]


@allow(Action.PEOPLE_MANAGE, methods=("GET", "HEAD", "POST"))
def create(request: PageRequest) -> HttpResponse:
    form = NewPersonForm(posted(request))
    if form.is_valid():
        try:
            person = people.create(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            add_error(form, error)
        else:
            messages.success(request, _("{} added").format(person))
            return redirect("accounts:people-edit", person.pk)
    context = {"form": form, "here": "people"}
    return render(request, "accounts/people/create.html", context, status=422 if form.errors else 200)


@allow(Action.PEOPLE_MANAGE, methods=("GET", "HEAD", "POST"))
def edit(request: PageRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    if request.method != "POST":
        return person_page(request, person)
    form = PersonForm(request.POST, instance=copy(person))
    if form.is_valid():
        try:
            people.edit(actor=request.user, person=person, **form.cleaned_data)
        except DomainError as error:
            add_error(form, error)
        else:
            messages.success(request, _("Profile saved"))
            return redirect("accounts:people-edit", pk)
    return person_page(request, person, form=form, status=422)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def role(request: PageRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            person = people.change_role(actor=request.user, person=person, role=form.cleaned_data["role"])
        except DomainError as error:
            add_error(form, error)
        else:
            messages.success(request, _("{} is now: {}").format(person, person.role_label))
            return redirect("accounts:people-edit", pk)
    return person_page(request, person, role_form=form, status=422)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def deactivate(request: PageRequest, pk: int) -> HttpResponse:
    return switched(request, pk, active=False, done=_("{} deactivated and signed out everywhere"))


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def reactivate(request: PageRequest, pk: int) -> HttpResponse:
    return switched(request, pk, active=True, done=_("{} can sign in again"))


def switched(request: PageRequest, pk: int, *, active: bool, done: str) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        people.set_active(actor=request.user, person=person, active=active)
    except DomainError as error:
        return person_page(request, person, refusal=error.message, status=422)
    messages.success(request, done.format(person))
    return redirect("accounts:people-edit", pk)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def unlock(request: PageRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    lockouts.unlock(actor=request.user, person=person)
    messages.success(request, _("{} can sign in again").format(person))
    return redirect("accounts:people-edit", pk)


@allow(Action.PEOPLE_MANAGE, methods=("GET", "HEAD", "POST"))
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Removes the person for good, once somebody is named who takes over what they own."""
    person = get_object_or_404(User, pk=pk)
    form = DeletionForm(posted(request), person=person)
    if form.is_valid():
        try:
            people.delete(actor=request.user, person=person, successor=form.cleaned_data["successor"])
        except DomainError as error:
            add_error(form, error)
        else:
            messages.success(request, _("{} deleted").format(person))
            return redirect("accounts:people-list")
    obstacle = people.obstacles(actor=request.user, person=person).delete
    context = {"form": form, "person": person, "obstacle": obstacle, "here": "people"}
    return render(request, "accounts/people/delete.html", context, status=422 if form.errors else 200)


def person_page(
    request: PageRequest,
    person: User,
    *,
    form: PersonForm | None = None,
    role_form: Form | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """One person with every act on them; the form that was refused comes back with its errors."""
    obstacles = people.obstacles(actor=request.user, person=person)
    lock = lockouts.locked_people(only=[person.pk]).get(person.pk)
    context = {
        "person": person,
        "form": form or PersonForm(instance=person),
        "role_form": role_form or RoleForm(initial={"role": person.role}, obstacle=obstacles.role),
        "refusal": refusal,
        "obstacles": obstacles,
        "lock": lock,
        "attempts": lockouts.attempts_on(person) if lock else [],
        "tokens": personal_tokens.shown(person),
        "activity": activity.recent(person),
        "here": "people",
    }
    return render(request, "accounts/people/edit.html", context, status=status)
