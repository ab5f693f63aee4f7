"""What people type who forgot their password: who they are, and then the new one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PASSWORD_HINT, password_field


class ResetRequestForm(forms.Form):
    identifier = forms.CharField(
        label=_("Username or email address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


class NewPasswordForm(forms.Form):
    new_password = password_field(_("New password"), "new-password", help_text=PASSWORD_HINT)
