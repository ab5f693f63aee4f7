"""Long acts in the worker: how far they are, and what became of them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.models import Job
from products.models.jobs import Status
from products.services import undo
from site_config.lib import paging
from site_config.lib.errors import DomainError

PAGE_SIZE = 25
NEWEST = paging.Sort("-id", "id")


@allow(Action.PRODUCT_EDIT)
def list_(request: PageRequest) -> HttpResponse:
    """One's own jobs, for admins everybody's, the newest first; `?status=failed` shows those alone."""
    rows = Job.objects.visible_to(request.user).select_related("actor")
    status = request.GET.get("status", "")
    if status in Status.values:
        rows = rows.filter(status=status)
    try:
        page = paging.page(rows, sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:jobs-list")
    context = {"page": page, "status": status, "statuses": Status.choices, "here": "changes"}
    return render(request, "products/jobs/list.html", context)


@allow(Action.PRODUCT_EDIT)
def show(request: PageRequest, pk: int) -> HttpResponse:
    """How far it is, asked again every second by the page itself until it is over."""
    rows = Job.objects.visible_to(request.user).select_related("actor", "change_set__undone_by", "change_set__undoes")
    job = get_object_or_404(rows, pk=pk)
    change_set = job.change_set
    may_undo = (
        change_set and job.is_over and not hasattr(change_set, "undone_by") and undo.may_undo(request.user, change_set)
    )
    part = "#progress" if request.htmx else ""
    context = {"job": job, "may_undo": may_undo, "restored": job.done - job.skipped, "here": "changes"}
    return render(request, f"products/jobs/show.html{part}", context)
