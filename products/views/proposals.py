"""Proposals: a client asks for a change and sees what became of it; staff look at what waits and decide."""

from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget

from accounts.decorators import PageRequest, allow
from accounts.policy import Action, can
from products.models import Product, Proposal
from products.models.proposals import Status
from products.services import proposal_decisions, proposals
from products.views import proposal_lines
from products.views.catalogue import visible
from products.views.proposal_forms import DecisionForm, ProposalForm
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 20
LONGEST_SEARCH = 200
NEWEST, OLDEST = paging.Sort("-id", "id"), paging.Sort("id", "id")


@allow(Action.PROPOSAL_MAKE, methods=("GET", "HEAD", "POST"))
def create(request: PageRequest, pk: int) -> HttpResponse:
    """The form of an edit, which becomes a proposal; from a list or a product it opens as a dialog."""
    product = visible(request, pk)
    form = ProposalForm(posted(request), instance=copy(product), person=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                proposals.make(actor=request.user, product=product, **form.values())
            except DomainError as error:
                status = 409 if isinstance(error, Conflict) else 422
                form = mended(request, product, form, error)
            else:
                messages.success(request, _("Proposed for {}: you are told when it is decided").format(product))
                return redirect(back(request, reverse("products:catalogue-detail", args=[pk])))
    waiting = proposal_lines.about(product, request.user)
    context = {"product": product, "form": form, "waiting": waiting, "next": back(request, ""), "here": "products"}
    part = "#dialog" if request.htmx else ""
    return render(request, f"products/proposals/create.html{part}", context, status=status)


def mended(request: PageRequest, product: Product, form: ProposalForm, error: DomainError) -> ProposalForm:
    """The form with the refusal where it belongs, and the stock as it is now as the one to count against."""
    if "stock" in error.extra:
        data = request.POST.copy()
        data["expected"] = str(error.extra["stock"])
        form = ProposalForm(data, instance=copy(product), person=request.user)
        form.is_valid()
    add_error(form, error)
    return form


@allow(Action.PRODUCT_VIEW)
def list_(request: PageRequest) -> HttpResponse:
    """What waits, the oldest first, for those who decide; to the others their own, the newest first."""
    query = QueryDict(mutable=True)
    query.update({key: value for key in ("state", "q", "cursor") if (value := request.GET.get(key, "").strip())})
    decides = bool(can(request.user, Action.PROPOSAL_DECIDE))
    state = query.get("state", "waiting" if decides else "")
    search = query.get("q", "").replace("\0", "")[:LONGEST_SEARCH]
    rows = proposals.listed(request.user, state=state, q=search)
    try:
        sort = OLDEST if decides and state == "waiting" else NEWEST
        page = paging.page(rows, sort=sort, cursor=query.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:proposals-list")
    lines = proposal_lines.lines(page.rows, request.user)
    context = {
        "page": page,
        "lines": lines,
        "decides": decides,
        "state": state,
        "states": tabs(decides),
        "query": query,
        "search": search,
        "here_url": f"{request.path}?{query.urlencode()}" if query else request.path,
        "focus": next_one(request.GET.get("decided", ""), lines),
        "here": "proposals",
    }
    return render(request, f"products/proposals/list.html{'#queue' if request.htmx else ''}", context)


def tabs(decides: bool) -> list[tuple[str, Any]]:
    if decides:
        return [("waiting", _("Waiting")), ("approved", _("Approved")), ("refused", _("Refused"))]
    return [("", _("All")), ("waiting", _("Waiting")), ("decided", _("Decided"))]


def next_one(decided: str, lines: list[proposal_lines.ProposalLine]) -> int | None:
    """Whose turn it is after a decision: the next in the queue, else the last before it; -1 for an empty one."""
    if not (decided.isascii() and decided.isdigit() and len(decided) < 19):
        return None
    keys = [line.proposal.pk for line in lines]
    return next((key for key in keys if key > int(decided)), keys[-1] if keys else -1)


@allow(Action.PROPOSAL_MAKE, methods=("POST",))
def withdraw(request: PageRequest, pk: int) -> HttpResponse:
    proposal = known(request, pk)
    try:
        proposals.withdraw(actor=request.user, proposal=proposal)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Proposal for {} withdrawn").format(proposal.product))
    return redirect(back(request, reverse("products:proposals-list")))


@allow(Action.PROPOSAL_DECIDE, methods=("GET", "HEAD", "POST"))
def decide(request: PageRequest, pk: int) -> HttpResponse:
    """Field by field with a reply; `all` approves the whole, from the button in the queue."""
    proposal = known(request, pk)
    if "all" in request.POST:
        return approve_all(request, proposal)
    [line] = proposal_lines.lines([proposal], request.user)
    form = DecisionForm(posted(request), line=line)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values: dict[str, Any] = {**form.choices(), **form.rest()}
            try:
                decided = proposal_decisions.decide(actor=request.user, proposal=proposal, **values)
            except DomainError as error:
                status = 409 if isinstance(error, Conflict) else 422
                line, form = asked_again(request, pk, form, error)
            else:
                return done(request, decided)
    context = {"line": line, "form": form, "next": back(request, ""), "here": "proposals"}
    part = "#dialog" if request.htmx else ""
    response = render(request, f"products/proposals/decide.html{part}", context, status=status)
    return reswap(retarget(response, "#dialog"), "innerHTML") if part and status != 200 else response


def approve_all(request: PageRequest, proposal: Proposal) -> HttpResponse:
    columns = [field.field for field in proposal.fields.all()]
    try:
        decided = proposal_decisions.decide(actor=request.user, proposal=proposal, approve=columns)
    except DomainError as error:
        messages.error(request, f"{proposal.product}: {error.message}")
        return redirect(after(request, proposal))
    return done(request, decided)


def asked_again(
    request: PageRequest, pk: int, form: DecisionForm, error: DomainError
) -> tuple[proposal_lines.ProposalLine, DecisionForm]:
    """The form as things stand now, which may be other than what the person saw."""
    now = get_object_or_404(proposals.listed(request.user), pk=pk)
    [line] = proposal_lines.lines([now], request.user)
    data = request.POST.copy()
    data["version"] = str(line.proposal.product.version)
    fresh = DecisionForm(data, line=line)
    fresh.is_valid()
    at_field = f"field-{error.field}"
    add_error(fresh, DomainError(error.message, field=at_field if at_field in fresh.fields else error.field))
    return line, fresh


def done(request: PageRequest, proposal: Proposal) -> HttpResponse:
    said = {
        Status.APPROVED: _("Approved for {}"),
        Status.PARTLY: _("Approved in part for {}"),
        Status.REFUSED: _("Refused for {}: {} is told why"),
    }[Status(proposal.status)].format(proposal.product, proposal.author_name)
    undo = f"undo-{proposal.change_set.pk}" if proposal.change_set else ""
    messages.success(request, said, extra_tags=undo)
    return redirect(after(request, proposal))


def after(request: PageRequest, proposal: Proposal) -> str:
    """Where the person was; in the queue with the one after this in focus."""
    queue = reverse("products:proposals-list")
    target = back(request, queue)
    if not target.startswith(queue):
        return target
    return f"{target}{'&' if '?' in target else '?'}{urlencode({'decided': proposal.pk})}"


def known(request: PageRequest, pk: int) -> Proposal:
    return get_object_or_404(proposals.listed(request.user), pk=pk)


def back(request: PageRequest, default: str) -> str:
    """Where the person came from, if that is a page of ours."""
    target = request.POST.get("next", request.GET.get("next", ""))
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours and target.startswith("/") else default
