"""What the list of changes is narrowed to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import Action, can
from products.forms.fields import DayField

# Where an act came from, as the page says it.
SOURCES = {"page": _("In the browser"), "api": _("By the API"), "command": _("By a command")}


class ChangeFilterForm(forms.Form):
    """What the list of changes is narrowed to; whose they are is for who may undo those of others."""

    kind = forms.ChoiceField(label=_("What"), required=False)
    source = forms.ChoiceField(label=_("From where"), required=False, choices=[("", _("Anywhere")), *SOURCES.items()])
    actor = forms.ModelChoiceField(
        label=_("Who"), required=False, queryset=User.objects.none(), empty_label=_("Everybody")
    )
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def __init__(self, *args: Any, reader: User, kinds: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("Everything")), *kinds.items()]  # type: ignore[attr-defined]
        everybody = can(reader, Action.CHANGES_UNDO_ANY)
        people = User.objects.all() if everybody else User.objects.filter(pk=reader.pk)
        self.fields["actor"].queryset = people.order_by("name", "pk")  # type: ignore[attr-defined]

    def words(self, name: str, value: Any) -> str:
        """What was chosen, as it is offered."""
        offered = {} if name == "actor" else dict(self.fields[name].choices)  # type: ignore[attr-defined]
        return str(offered.get(value, value))
