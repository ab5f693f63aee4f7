"""What happens on the shelf."""

from django import forms
from django.utils.translation import gettext_lazy as _

from products.forms.fields import WHOLE
from products.models.catalogue import MAX_STOCK
from products.models.stock import Kind
from products.services.stock import REMOVING
from site_config.lib import curl


class StockForm(forms.Form):
    """What happened on the shelf. `expected` is the stock the person saw; a count is refused when it moved since."""

    kind = forms.ChoiceField(
        label=_("What happened?"), choices=Kind.choices, initial=Kind.RECEIVED, widget=forms.RadioSelect
    )
    units = forms.IntegerField(
        label=_("Units"),
        min_value=-MAX_STOCK,
        max_value=MAX_STOCK,
        error_messages=WHOLE,
        help_text=_("A correction may be negative, like -3."),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )
    expected = forms.IntegerField(min_value=0, max_value=MAX_STOCK, widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("Delivery or order number, if there is one. The product’s owner reads it."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def request_shape(self) -> curl.Shape:
        """What a script sends for each kind: a count says what was expected, anything else what came or went."""
        note = ("note", "note", "text")

        def moved(kind: str, sign: str) -> list[curl.Part]:
            return [("delta", "units", sign, curl.PLACEHOLDER), ("reason", "kind", "text"), note]

        cases = {kind: moved(kind, "negative" if kind in REMOVING else "number") for kind in Kind.values}
        counted = [("counted", "units", "number", curl.PLACEHOLDER), ("expected", "expected", "number"), note]
        return curl.Shape({**cases, Kind.COUNT.value: counted}, by="kind")

    def delta(self) -> int:
        """Units in (positive) or out; what was sold or damaged is entered as a plain number."""
        units: int = self.cleaned_data["units"]
        return -units if self.cleaned_data["kind"] in REMOVING else units


class LedgerFilterForm(forms.Form):
    """What a product's ledger is narrowed to."""

    kind = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("Everything")), *Kind.choices])
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}))
