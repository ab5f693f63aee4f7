"""Who is locked out by wrong passwords, for admins: why, until when, and the way to let them in at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.forms.lockouts import UnlockAddressForm, UnlockForm
from accounts.models import User
from accounts.policy import Action
from accounts.services import activity, lockouts

BAR, HEIGHT = 10, 100


@allow(Action.PEOPLE_MANAGE)
def list_(request: PageRequest) -> HttpResponse:
    """The locks that hold now, and the wrong passwords of the last day."""
    return page(request)


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def unlock(request: PageRequest, pk: int) -> HttpResponse:
    """Of one person, from every address."""
    person = get_object_or_404(User, pk=pk)
    form = UnlockForm(request.POST)
    if not form.is_valid():
        return page(request, form=form, status=422)
    lockouts.unlock(actor=request.user, person=person, reason=form.cleaned_data["reason"])
    messages.success(request, _("{} can sign in again").format(person))
    return redirect("accounts:lockouts-list")


@allow(Action.PEOPLE_MANAGE, methods=("POST",))
def release(request: PageRequest) -> HttpResponse:
    """Of one address, for everybody."""
    form = UnlockAddressForm(request.POST)
    if not form.is_valid():
        return page(request, form=form, status=422)
    lockouts.unlock_address(actor=request.user, **form.cleaned_data)
    messages.success(request, _("Everyone at {} can sign in again").format(form.cleaned_data["address"]))
    return redirect("accounts:lockouts-list")


def page(request: PageRequest, *, form: UnlockForm | None = None, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form or UnlockForm(),
        "standing": lockouts.standing(),
        "failures": activity.recent_failures(),
        "chart": chart(activity.failures_by_hour()),
        "here": "lockouts",
    }
    return render(request, "accounts/lockouts/list.html", context, status=status)


@dataclass(frozen=True)
class Bar:
    """One hour of the chart, in its units."""

    hour: datetime
    count: int
    x: int
    height: int

    @property
    def y(self) -> int:
        return HEIGHT - self.height


def chart(hours: list[tuple[datetime, int]]) -> dict[str, Any]:
    top = max(4, *(count for _hour, count in hours))
    top += top % 2
    bars = [Bar(hour, count, place * BAR + 2, HEIGHT * count // top) for place, (hour, count) in enumerate(hours)]
    total, busiest = sum(bar.count for bar in bars), max(bars, key=lambda bar: bar.count)
    return {"bars": bars, "top": top, "half": top // 2, "total": total, "busiest": busiest}
