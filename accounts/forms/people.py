"""What admins type about people: profiles, roles, successors, filters, and acts on many at once."""

from typing import Any

from django import forms
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _

from accounts.forms import PASSWORD_HINT, ROLE_HINTS, Radios, password_field
from accounts.models import User
from accounts.policy import ROLE_CHOICES, Role
from site_config.lib.paging import LARGEST_KEY

NEW_ROLE = _("A new role is in force at the next click, and ends API sign-ins.")
DEACTIVATION = _("Ends every session, API sign-in and API token at once. The users can be let in again.")
REACTIVATION = _("Lets them sign in again with the same password. Ended sessions and tokens stay ended.")


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
    # The role for which a preview told what would change.
    expected = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)

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


class PeopleFilterForm(forms.Form):
    """What the list is narrowed to; what it does not understand, it leaves out."""

    STATUSES = [
        ("", _("Any status")),
        ("active", _("Active")),
        ("deactivated", _("Deactivated")),
        ("locked", _("Locked")),
    ]
    FACTORS = [("", _("Any two-step")), ("any", _("With two-step")), ("none", _("Without two-step"))]
    SORTS = [("name", _("By name")), ("-id", _("Newest first")), ("-last_login", _("Last signed in first"))]
    q = forms.CharField(required=False, max_length=100)
    role = forms.ChoiceField(required=False, choices=[("", ""), *ROLE_CHOICES])
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)
    factor = forms.ChoiceField(label=_("Two-step"), required=False, choices=FACTORS)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=SORTS)

    def understood(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class Keys(forms.TypedMultipleChoiceField):
    """Whatever was ticked; which of them there are is the service's to say."""

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=int, error_messages={"required": _("Choose at least one user.")}, **options)

    def valid_value(self, value: Any) -> bool:
        text = str(value)
        return text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= LARGEST_KEY


class BulkForm(forms.Form):
    """Without `sure` the act is only told; with it `expected` holds whom it was told of."""

    ACTS = [
        ("admin", _("Make admin")),
        ("staff", _("Make staff")),
        ("client", _("Make client")),
        ("deactivate", _("Deactivate")),
        ("reactivate", _("Reactivate")),
    ]
    EFFECTS = {
        "deactivate": DEACTIVATION,
        "reactivate": REACTIVATION,
    }
    act = forms.ChoiceField(label=_("Change"), choices=ACTS)
    ids = Keys(label=_("Users"))
    expected = Keys(required=False)
    sure = forms.BooleanField(required=False)

    def change(self) -> dict[str, Any]:
        """What the service is asked for."""
        act = self.cleaned_data["act"]
        what = {"role": act} if act in set(Role) else {"active": act == "reactivate"}
        return {"ids": self.cleaned_data["ids"], **what}

    @property
    def act_label(self) -> Any:
        return dict(self.ACTS)[self.cleaned_data["act"]]

    @property
    def act_effect(self) -> Any:
        return self.EFFECTS.get(self.cleaned_data["act"], NEW_ROLE)
