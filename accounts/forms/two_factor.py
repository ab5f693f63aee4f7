"""Codes and passkeys, at the sign-in and when somebody confirms that it is them. Wrong codes count like passwords."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    SignupWebAuthnForm,
)
from django import forms
from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse

from accounts.forms import password_field
from accounts.models import User
from accounts.policy import ROLE_CHOICES
from accounts.services import lockouts, two_factor

WRONG_CODE = _("This code is wrong or was used. Enter the next one.")
WRONG_PASSKEY = _("This passkey was not accepted. Try again, or use another way.")
# What the libraries raise over a credential that no browser made.
MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def code_field(label: Any, hint: Any = "", **attrs: str) -> forms.CharField:
    """One field, for whatever an app or a sheet of paper says; spaces are passed over."""
    shape = {"class": "code", "autocomplete": "one-time-code", "spellcheck": "false", **attrs}
    return forms.CharField(label=label, help_text=hint, max_length=20, widget=forms.TextInput(attrs=shape))


class CodeForm(forms.Form):
    """The second step of signing in."""

    code = code_field(_("Code"), _("Enter the code that your app shows, or a recovery code."), autofocus="")
    types: tuple[str, ...] = two_factor.TYPED

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].replace(" ", "")
        if not lockouts.counted(context.request, self.user, lambda: two_factor.accept(self.user, code, self.types)):
            raise forms.ValidationError(WRONG_CODE, code="otp_invalid")
        return code

    def save(self) -> None:
        """Nothing: the code is used up, and the sign-in goes on by itself."""


class ConfirmCodeForm(CodeForm):
    """The person at the screen is still the one who signed in."""

    code = code_field(_("Code"), _("Enter the code that your app shows."), inputmode="numeric", autofocus="")
    types = (Authenticator.Type.TOTP,)

    def confirm(self) -> None:
        app = Authenticator.objects.get(user=self.user, type=Authenticator.Type.TOTP)
        post_authentication(context.request, app, reauthenticated=True)


class ConfirmPasswordForm(forms.Form):
    password = password_field(_("Password"), "current-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].widget.attrs["autofocus"] = ""

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if authenticate(context.request, username=self.user.username, password=password) != self.user:
            raise forms.ValidationError(_("This password is wrong."), code="wrong")
        return password

    def confirm(self) -> None:
        reauthenticate_by_password(context.request)


class AppForm(ActivateTOTPForm):  # type: ignore[misc]
    """A first code shows that the app has the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint = _("Enter the code that the app shows now.")
        self.fields["code"] = code_field(_("6-digit code"), hint, inputmode="numeric")

    def clean_code(self) -> str:
        self.cleaned_data["code"] = self.cleaned_data["code"].replace(" ", "")
        try:
            code: str = super().clean_code()
        except forms.ValidationError as error:
            sentence = _("This code is wrong. Check the clock of your phone, and enter the code it shows now.")
            raise forms.ValidationError(sentence, code="otp_invalid") from error
        return code


def understood(clean: Callable[[], Any]) -> Any:
    """What the passkey's answer says; one sentence for all that can be wrong with it."""
    try:
        return clean()
    except (forms.ValidationError, *MALFORMED) as error:
        raise forms.ValidationError(WRONG_PASSKEY, code="passkey_refused") from error


class PasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step."""

    def clean_credential(self) -> Any:
        return understood(super().clean_credential)


class ConfirmPasskeyForm(PasskeyForm):
    def confirm(self) -> None:
        post_authentication(context.request, self.cleaned_data["credential"], reauthenticated=True)


class PasskeySignInForm(LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey in the place of the password and the code: so its device must have checked who holds it.

    That is read from what the device signed, not from what this session asked for: the second step asks for less.
    """

    def clean_credential(self) -> Any:
        factor = understood(super().clean_credential)
        signed = AuthenticationResponse.from_dict(self.cleaned_data["credential"]).response.authenticator_data
        if not signed.is_user_verified() or not factor.user.is_active:
            raise forms.ValidationError(WRONG_PASSKEY, code="passkey_refused")
        return factor


class NewPasskeyForm(SignupWebAuthnForm):  # type: ignore[misc]
    """Its device keeps it and checks who holds it, so that it can sign in by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = name_field(required=False)

    def clean(self) -> Any:
        return understood(super().clean)


def name_field(**options: Any) -> forms.CharField:
    hint = _("So that you know it again, like the name of the device.")
    return forms.CharField(label=_("Name"), help_text=hint, max_length=two_factor.LONGEST_NAME, **options)


class PasskeyNameForm(forms.Form):
    name = name_field()


class RulesForm(forms.Form):
    required = forms.MultipleChoiceField(choices=ROLE_CHOICES, required=False)
