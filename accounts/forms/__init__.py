"""The shape of what people type about people; rules are the services'."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.forms.models import construct_instance
from django.forms.widgets import ChoiceWidget
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.models.personal_tokens import SCOPE_LABELS
from accounts.policy import ROLE_CHOICES, Role, Scope, usable_scopes
from accounts.services import lockouts, personal_tokens, two_factor
from site_config.lib.origin import client_network

LONGEST_PASSWORD = 1000
PASSWORD_HINT = _("At least 12 characters. Three or four unrelated words work well.")
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
    return forms.CharField(label=label, strip=False, max_length=LONGEST_PASSWORD, widget=widget, **options)


class SignInForm(LoginForm):  # type: ignore[misc]
    """A refusal is one and the same, whether the name is unknown, the password wrong or the person deactivated.

    The password alone signs nobody in who has a second factor.
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
        hint = ngettext("For {} day. Not on a shared computer.", "For {} days. Not on a shared computer.", days)
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
            left = lockouts.tries_left(credentials["username"], client_network(self.request))
            sentence = ngettext(
                "Check both and try again. You have {} try left before a 15-minute lock.",
                "Check both and try again. You have {} tries left before a 15-minute lock.",
                left,
            )
            raise forms.ValidationError(sentence.format(left), code="wrong") from error
        if two_factor.is_on(self.user):
            self.refusal = _("Your account has a second factor")
            raise forms.ValidationError(
                _("This page cannot ask for its code. Log in to the API with it, or ask an admin."), code="otp_required"
            )
        return cleaned


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """The profile. Whether a name or address is taken is the database's to say, through the service."""

    class Meta:
        model = User
        fields = ("name", "username", "email", "phone")
        widgets = {
            "username": forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
            "phone": forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
        }

    def _post_clean(self) -> None:
        """The fields' own rules only: asking for duplicates first would not help against a rival."""
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.instance.clean_fields(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except forms.ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


class NewPersonForm(PersonForm):
    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES, initial=Role.STAFF, widget=Radios(ROLE_HINTS))
    password = password_field(_("First password"), "new-password", help_text=PASSWORD_HINT)


class RoleForm(forms.Form):
    """With `obstacle`, the reason why nobody may choose here, it is shown but disabled."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES, widget=Radios(ROLE_HINTS))

    def __init__(self, *args: Any, obstacle: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].help_text = obstacle
        self.fields["role"].disabled = bool(obstacle)


class DeletionForm(forms.Form):
    successor = forms.ModelChoiceField(
        label=_("Who takes over"), queryset=User.objects.none(), empty_label=_("Choose a person")
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["successor"]
        field.queryset = User.objects.filter(is_active=True).exclude(pk=person.pk).order_by("name", "pk")
        field.label_from_instance = lambda heir: f"{heir} ({heir.username}, {heir.role_label})"


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """One's own: who one is can be changed by an admin only."""

    class Meta:
        model = User
        fields = ("name", "phone", "theme")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "theme": Segments(),
        }


class PasswordForm(forms.Form):
    current_password = password_field(_("Current password"), "current-password")
    new_password = password_field(_("New password"), "new-password", help_text=PASSWORD_HINT)


class PeopleFilterForm(forms.Form):
    """What the list is narrowed to; what it does not understand, it leaves out."""

    STATUSES = [
        ("", _("Any status")),
        ("active", _("Active")),
        ("deactivated", _("Deactivated")),
        ("locked", _("Locked")),
    ]
    SORTS = [("name", _("By name")), ("-id", _("Newest first"))]
    q = forms.CharField(required=False, max_length=100)
    role = forms.ChoiceField(required=False, choices=[("", ""), *ROLE_CHOICES])
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=SORTS)

    def understood(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


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
