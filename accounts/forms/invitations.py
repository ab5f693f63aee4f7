"""What an admin types to invite somebody, and what the invited one types to come in."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.forms import PASSWORD_HINT, ROLE_HINTS, Radios, language_choices, password_field
from accounts.models import User
from accounts.models.user import username_validator
from accounts.policy import ROLE_CHOICES, Role


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("Email address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES, initial=Role.STAFF, widget=Radios(ROLE_HINTS))
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    language = forms.ChoiceField(label=_("Language"), required=False, choices=language_choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="invite_%s", **kwargs)  # the dialog lies over a page with fields of its own
        hint = ngettext(
            "They get a link that works once, for {} day.",
            "They get a link that works once, for {} days.",
            settings.INVITATION_DAYS,
        )
        self.fields["email"].help_text = hint.format(settings.INVITATION_DAYS)
        self.fields["email"].widget.attrs["autofocus"] = True


class AcceptanceForm(forms.Form):
    """The address and the role are the invitation's; nothing that is sent changes them."""

    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    username = forms.CharField(
        label=_("Username"),
        max_length=User._meta.get_field("username").max_length,
        validators=[username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = password_field(_("Password"), "new-password", help_text=PASSWORD_HINT)
