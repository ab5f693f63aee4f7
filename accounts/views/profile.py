"""One's own account: profile, appearance, and what happened to it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import allow
from accounts.forms import PasswordForm, ProfileForm
from accounts.models import User
from accounts.policy import Action
from accounts.services import activity, people
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted


@allow(Action.ACCOUNT_OWN, methods=("GET", "HEAD", "POST"))
def edit(request: HttpRequest) -> HttpResponse:
    # Read again: the form writes into its copy, and the page still shows who one is.
    person = get_object_or_404(User, pk=request.user.pk)
    form = ProfileForm(posted(request), instance=person)
    if form.is_valid():
        try:
            people.edit(actor=person, person=person, **form.cleaned_data)
        except DomainError as error:
            add_error(form, error)
        else:
            messages.success(request, _("Profile saved"))
            return redirect("accounts:profile-edit")
    context = {"form": form, "password_form": PasswordForm(), "activity": activity.recent(person)}
    return render(request, "accounts/profile/edit.html", context, status=422 if form.errors else 200)
