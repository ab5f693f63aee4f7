"""The shape of what people type about people; rules are the services'."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.forms.widgets import ChoiceWidget
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.models.personal_tokens import SCOPE_LABELS
from accounts.policy import Role, Scope, usable_scopes
from accounts.services import passwords, personal_tokens
from accounts.services.lockouts import tries_left  # by its own name: accounts.forms.lockouts is another module
from site_config.lib import languages
from site_config.lib.origin import client_network

PASSWORD_HINT = _("At least 15 characters. Three or four unrelated words work well.")
OWN_PASSWORD_HINT = _("At least 15 characters, or 8 with a second factor. Three or four unrelated words work well.")
ROLE_HINTS = {
    Role.ADMIN: _("Everything, including users and the trash."),
    Role.STAFF: _("Works with public products and their own: prices, stock, imports."),
    Role.CLIENT: _("Sees their own products, without cost and internal notes."),
}
SCOPE_HINTS = {
    Scope.READ: _("See products and their history."),
    Scope.PRODUCTS: _("Read; also add, edit, import and undo."),
    Scope.STOCK: _("Read; also adjust and count stock."),
    Scope.ADMIN: _("See, add and change users, with their roles and tokens."),
}


class Hinted(ChoiceWidget):
    """Choices with a hint under each label."""

    template_name = "accounts/_choices.html"

    def __init__(self, hints: dict[Any, Any]) -> None:
        super().__init__()
        self.hints = hints

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().create_option(name, value, *args, **kwargs), "hint": self.hints.get(value, "")}


class Radios(Hinted, forms.RadioSelect):
    pass


class Checks(Hinted, forms.CheckboxSelectMultiple):
    pass


class Segments(forms.RadioSelect):
    """Two to four short choices side by side."""

    template_name = "accounts/_segments.html"


def password_field(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    """Taken as typed, spaces and all, up to a length that keeps hashing cheap."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=passwords.LONGEST, widget=widget, **options)


class SignInForm(LoginForm):  # type: ignore[misc]
    """A refusal is one and the same, whether the name is unknown, the password wrong or the person deactivated.

    Who has a second factor is asked for it next.
    """

    refusal = _("Username or password is wrong")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["login"] = forms.CharField(
            label=_("Username or email address"), max_length=254, widget=forms.TextInput(attrs=attrs)
        )
        self.fields["password"] = password_field(_("Password"), "current-password")
        days = settings.SESSION_COOKIE_AGE // (24 * 3600)
        hint = ngettext(
            "For up to {} day. Not on a shared computer.", "For up to {} days. Not on a shared computer.", days
        )
        self.fields["remember"] = forms.BooleanField(
            label=_("Stay signed in"),
            help_text=hint.format(days),
            required=False,
        )

    def user_credentials(self) -> dict[str, str]:
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}

    def _clean_with_password(self, credentials: dict[str, str]) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super()._clean_with_password(credentials)
        except forms.ValidationError as error:
            left = tries_left(credentials["username"], client_network(self.request))
            sentence = ngettext(
                "Check both and try again. You have {} try left before a 15-minute lock.",
                "Check both and try again. You have {} tries left before a 15-minute lock.",
                left,
            )
            raise forms.ValidationError(sentence.format(left), code="wrong") from error
        return cleaned


def language_choices() -> list[tuple[str, Any]]:
    return [("", _("Browser")), *languages.choices()]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """One's own: who one is can be changed by an admin only."""

    language = forms.ChoiceField(label=_("Language"), required=False, choices=language_choices, widget=Segments())

    class Meta:
        model = User
        fields = ("name", "phone", "theme", "language")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "theme": Segments(),
        }


class PasswordForm(forms.Form):
    current_password = password_field(_("Current password"), "current-password")
    new_password = password_field(_("New password"), "new-password", help_text=OWN_PASSWORD_HINT)


class PersonalTokenForm(forms.Form):
    """Offers only the scopes that the person's role has a use for."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("What it is for, like the name of the script."))
    scopes = forms.MultipleChoiceField(
        label=_("It may"), widget=Checks(SCOPE_HINTS), error_messages={"required": _("Choose at least one.")}
    )
    days = forms.TypedChoiceField(label=_("It works for"), coerce=int, initial=personal_tokens.DEFAULT_DAYS)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="token_%s", **kwargs)  # the page has another field called name
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(scope.value, SCOPE_LABELS[scope]) for scope in usable_scopes(person)]
        days: Any = self.fields["days"]
        days.choices = [(n, ngettext("{} day", "{} days", n).format(n)) for n in personal_tokens.DAYS]
