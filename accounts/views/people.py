"""The people who may sign in: admins find, add, change, unlock, deactivate and remove them."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.decorators import PageRequest, allow, recent_login
from accounts.forms.lockouts import UnlockForm
from accounts.forms.people import BulkForm, DeletionForm, NewPersonForm, PeopleFilterForm, PersonForm, RoleForm
from accounts.models import User
from accounts.policy import Action, Role
from accounts.services import (
    activity,
    directory,
    invitations,
    lockouts,
    mails,
    people,
    personal_tokens,
    roles,
    sessions,
    two_factor,
)
from accounts.services import bulk as together
from accounts.views.sessions import here
from site_config.lib import csv, paging
from site_config.lib.errors import Conflict, DomainError
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 25
SORTS = {
    "name": paging.Sort("name", "name"),
    "-id": paging.Sort("-id", "id"),
    "-last_login": paging.Sort("-last_login", "seen", like="last_login"),
}
NARROWING = ("q", "role", "status", "factor")


@allow(Action.PEOPLE_MANAGE)
def list_(request: PageRequest) -> HttpResponse:
    """Search, role, status, second factor and order are all in the address."""
    filters = PeopleFilterForm(request.GET)
    wanted = filters.understood()
    rows = directory.found(**narrowed(wanted))
    context: dict[str, Any] = {
        "filters": filters,
        "wanted": wanted,
        "tabs": role_tabs,
        "here": "people",
        "acts": BulkForm.ACTS,
    }
    context["invited"] = invitations.number_waiting
    context["failing_mails"] = mails.failing
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
    context["factors"] = directory.factors_of(context["page"].rows)
    part = "#rows" if request.htmx else ""
    return render(request, f"accounts/people/list.html{part}", context, status=status)


def narrowed(wanted: dict[str, str]) -> dict[str, str]:
    return {name: wanted[name] for name in NARROWING if wanted[name]}


def api_query(wanted: dict[str, str]) -> dict[str, str]:
    """What asks the API for this list: it calls the sort `ordering`, and begins with the oldest unless told."""
    return {**narrowed(wanted), "ordering": wanted["sort"] or "name"}


def role_tabs() -> list[dict[str, Any]]:
    """Counted when the template asks: a fragment of the list has no tabs."""
    labels = {"": _("Everyone"), Role.ADMIN: _("Admins"), Role.STAFF: _("Staff"), Role.CLIENT: _("Clients")}
    return [
        {"role": role, "label": label, "count": paging.count(directory.found(role=role))}
        for role, label in labels.items()
    ]


@allow(Action.PEOPLE_MANAGE)
def export(request: PageRequest) -> Any:
    """The list as it is narrowed and ordered, as a file."""
    wanted = PeopleFilterForm(request.GET).understood()
    sort = SORTS[wanted["sort"] or "name"]
    order = f"-{sort.field}" if sort.descending else sort.field
    rows = directory.export(actor=request.user, order=order, **narrowed(wanted))
    response = StreamingHttpResponse(csv.written(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="users.csv"'
    return response


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
@recent_login
def bulk(request: PageRequest) -> HttpResponse:
    """Tells what would happen to the people ticked, and with `sure` does just that."""
    form = BulkForm(request.POST)
    context: dict[str, Any] = {"form": form, "here": "people"}
    status = 422
    if form.is_valid():
        change = {"actor": request.user, **form.change()}
        try:
            if form.cleaned_data["sure"]:
                number = len(together.change(expected=form.cleaned_data["expected"], **change).changed)
                messages.success(request, ngettext("{} user changed", "{} users changed", number).format(number))
                return redirect("accounts:people-list")
            context["plan"], status = together.preview(**change), 200
        except Conflict as error:
            context |= {"refusal": error.message, "plan": together.preview(**change)}
            status = 409
        except DomainError as error:
            add_error(form, error)
    return render(request, "accounts/people/bulk.html", context, status=status)


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


@allow(Action.PEOPLE_MANAGE, methods=("GET", "HEAD", "POST"))
@recent_login
def role(request: PageRequest, pk: int) -> HttpResponse:
    """What the role asked for (`?role=`) would change; sent back from there, it is given."""
    person = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST if request.method == "POST" else request.GET)
    if form.is_valid():
        if request.method != "POST":
            return role_preview(request, person, form.cleaned_data["role"])
        try:
            person = people.change_role(actor=request.user, person=person, **form.cleaned_data)
        except Conflict as error:
            return role_preview(request, person, form.cleaned_data["role"], refusal=error.message)
        except DomainError as error:
            add_error(form, error)
        else:
            messages.success(request, _("{} is now: {}").format(person, person.role_label))
            return redirect("accounts:people-edit", pk)
    return person_page(request, person, role_form=form, status=422)


def role_preview(request: PageRequest, person: User, role: str, *, refusal: str = "") -> HttpResponse:
    preview = roles.preview(actor=request.user, person=person, role=role)
    context = {"person": person, "preview": preview, "refusal": refusal, "here": "people"}
    part = "#dialog" if request.htmx else ""
    return render(request, f"accounts/people/role.html{part}", context, status=409 if refusal else 200)


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
    form = UnlockForm(request.POST)
    if not form.is_valid():
        return person_page(request, person, refusal=str(form.errors["reason"][0]), status=422)
    lockouts.unlock(actor=request.user, person=person, **form.cleaned_data)
    messages.success(request, _("{} can sign in again").format(person))
    return redirect("accounts:people-edit", pk)


@allow(Action.PEOPLE_MANAGE, methods=("GET", "HEAD", "POST"))
@recent_login
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
    obstacle = directory.obstacles(actor=request.user, person=person).delete
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
    obstacles = directory.obstacles(actor=request.user, person=person)
    lock = lockouts.locked_people(only=[person.pk]).get(person.pk)
    context = {
        "person": person,
        "form": form or PersonForm(instance=person),
        "role_form": role_form or RoleForm(initial={"role": person.role}, obstacle=obstacles.role),
        "refusal": refusal,
        "obstacles": obstacles,
        "facts": directory.facts(person),
        "lock": lock,
        "attempts": lockouts.attempts_on(person) if lock else [],
        "tokens": personal_tokens.shown(person),
        "sessions": sessions.shown(person, current=here(request)),
        "factors": two_factor.factors(person),
        "activity": activity.recent(person),
        "here": "people",
    }
    return render(request, "accounts/people/edit.html", context, status=status)
