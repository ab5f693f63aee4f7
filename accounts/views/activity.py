"""The activity log: all of it for admins, one's own for everyone."""

from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.forms.activity import ActivityForm, OwnActivityForm
from accounts.models import Activity
from accounts.policy import Action
from accounts.services import activity
from site_config.lib import csv, paging
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error

PAGE_SIZE = 50
NEWEST = paging.Sort("-id", "id")


@allow(Action.PEOPLE_MANAGE)
def list_(request: PageRequest) -> HttpResponse:
    """By person, kind, days and address, all of it in the address of the page."""
    return lines(request, ActivityForm(request.GET), Activity.objects.all(), "accounts/activity/list.html", "activity")


@allow(Action.ACCOUNT_OWN)
def own(request: PageRequest) -> HttpResponse:
    """Everything that happened to one's account."""
    form = OwnActivityForm(request.GET)
    return lines(request, form, activity.about(request.user), "accounts/activity/own.html", "account")


@allow(Action.PEOPLE_MANAGE, methods=("GET",))
def export(request: PageRequest) -> Any:
    """The log as it is narrowed, as a file. What cannot be understood is no filter, so it gives no file."""
    form = ActivityForm(request.GET)
    if not form.is_valid():
        return list_(request)
    asked = narrowed(form)
    rows = activity.export(actor=request.user, lines=activity.found(**asked), **asked)
    response = StreamingHttpResponse(csv.written(table(rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="activity.csv"'
    return response


def table(rows: QuerySet[Activity]) -> Any:
    yield [_("When"), _("Kind"), _("What"), _("By"), _("About"), _("Source"), _("Address"), _("Request")]
    for line in rows.iterator(chunk_size=1000):
        when = localtime(line.at).isoformat(timespec="seconds")
        who = [line.actor_name, line.person_name]
        yield [when, line.kind, line.sentence, *who, line.source, line.address or "", line.request_id]


def narrowed(form: Form) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if value}


def lines(request: PageRequest, form: Form, rows: QuerySet[Activity], template: str, here: str) -> HttpResponse:
    """One page of the log; a filter that cannot be understood shows nothing, and says why."""
    found = paging.Page([], None, None)
    if form.is_valid():
        try:
            cursor = request.GET.get("cursor")
            found = paging.page(activity.found(rows, **narrowed(form)), sort=NEWEST, cursor=cursor, size=PAGE_SIZE)
        except DomainError as error:
            add_error(form, error)
    asked = {name: str(value) for name, value in narrowed(form).items()}
    context = {"form": form, "page": found, "asked": asked, "here": here}
    return render(request, template, context, status=422 if form.errors else 200)
