"""The form of an edit as a client fills it in, and the choice about each field of a proposal."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from products.forms import WHOLE, ProductForm
from products.models.catalogue import MAX_STOCK
from products.services.proposal_decisions import columns
from products.services.proposals import FIELDS, LONGEST_REASON
from products.views.proposal_lines import ProposalLine
from site_config.lib.plain_text import cleaned

APPROVE, OVER, REFUSE = "approve", "over", "refuse"


class ProposalForm(ProductForm):
    """The same form as an edit, with what was counted on the shelf and why; without what a client cannot ask for."""

    counted = forms.IntegerField(
        label=_("Counted on the shelf"),
        min_value=0,
        max_value=MAX_STOCK,
        required=False,
        error_messages=WHOLE,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    expected = forms.IntegerField(min_value=0, max_value=MAX_STOCK, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_("Whoever decides sees this."),
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        for name in self.fields.keys() - {*FIELDS, "version", "counted", "expected", "reason"}:
            del self.fields[name]
        self.fields["description"].help_text = ""
        self.initial["expected"] = self.instance.stock

    def clean_description(self) -> str:
        """A browser ends lines in its own way: a text that was left alone is the one there was."""
        text, there = cleaned(self.cleaned_data["description"]), self.initial["description"]
        return there if text == cleaned(there) else text

    def counting(self) -> list[forms.BoundField]:
        return self.field_rows("counted")

    def prices(self) -> list[forms.BoundField]:
        return self.field_rows("price", "low_stock_threshold")

    def words(self) -> list[forms.BoundField]:
        return self.field_rows("name", "sku", "barcode", "category", "tags", "description")


class DecisionForm(forms.Form):
    """For each field of a proposal whether it is to hold, and a reply."""

    reply = forms.CharField(
        label=_("Reply"), max_length=LONGEST_REASON, required=False, widget=forms.Textarea({"rows": 2})
    )
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, line: ProposalLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line
        self.initial["version"] = line.proposal.product.version
        self.fields["reply"].help_text = _("{} reads this. To refuse, say why.").format(line.proposal.author_name)
        for field in line.fields:
            approve = (OVER, _("Approve anyway")) if field.stale else (APPROVE, _("Approve"))
            choices = [(REFUSE, _("Refuse"))] if line.obstacle else [approve, (REFUSE, _("Refuse"))]
            self.fields[f"field-{field.word}"] = forms.ChoiceField(
                label=field.label, choices=choices, widget=forms.RadioSelect
            )
            if not line.stale:
                self.initial[f"field-{field.word}"] = REFUSE

    def rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(field, self[f"field-{field.word}"]) for field in self.line.fields]

    def choices(self) -> dict[str, list[str]]:
        """What the service takes: the columns by what is to become of them."""
        chosen = {field.word: self.cleaned_data[f"field-{field.word}"] for field in self.line.fields}
        approve = [name for name, choice in chosen.items() if choice in (APPROVE, OVER)]
        named = {
            "approve": approve,
            "over": [name for name in approve if chosen[name] == OVER],
            "refuse": [name for name in chosen if name not in approve],
        }
        return {act: columns(names) for act, names in named.items()}

    def rest(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("reply", "version")}
