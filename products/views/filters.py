"""The Filter menu of the list: choose a field, then an operator and a value. What is chosen becomes part of the address."""

from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.decorators import PageRequest, allow
from accounts.models import User
from accounts.policy import Action
from products.filters import ProductFilter
from products.models import Product
from products.views.presentation import WORDS, Field, fields_for, without

# What this page asks beside the list's own query.
OWN = ("field", "operator", "value")
# Operators that need no value: the filter they are, and what it answers.
ALONE = {"empty": "yes", "filled": "no"}


class FilterForm(forms.Form):
    """An operator of the field and a value for it, which the filter itself judges."""

    operator = forms.ChoiceField(label=gettext_lazy("Operator"))
    value = forms.Field()

    def __init__(self, data: QueryDict | None = None, *, field: Field, reader: User) -> None:
        super().__init__(data, label_suffix="")
        self.field, self.reader = field, reader
        first = next(iter(field.operators.values()))
        known = [*field.operators, *(["filled"] if "empty" in field.operators else [])]
        self.fields["operator"].choices = [(each, WORDS[each][0]) for each in known]  # type: ignore[attr-defined]
        self.fields["value"] = ProductFilter({first: ""}, Product.objects.none(), reader=reader).form.fields[first]
        value = self.fields["value"]
        value.label, value.required = gettext_lazy("Value"), "empty" not in field.operators
        value.error_messages["required"] = _("Give a value.")
        value.widget.attrs["data-focus"] = ""

    def chosen(self) -> tuple[str, str]:
        """The filter and its value, as they stand in an address."""
        operator = self.cleaned_data["operator"]
        if operator in ALONE:
            return self.field.operators["empty"], ALONE[operator]
        return self.field.operators[operator], str(self.data.get("value", "")).strip()

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("operator") in ALONE:
            self.errors.pop("value", None)
        elif "operator" in given and "value" in given:
            name, value = self.chosen()
            made = ProductFilter({name: value}, Product.objects.none(), reader=self.reader)
            for sentence in made.errors.get(name, []) if value else [_("Give a value.")]:
                self.add_error("value", sentence)
        return given


@allow(Action.PRODUCT_VIEW)
def show(request: PageRequest) -> HttpResponse:
    """A page of its own without script, the contents of the list's menu with it."""
    query = QueryDict(mutable=True)
    query.update({key: values[-1] for key, values in request.GET.lists() if values[-1].strip() and key not in OWN})
    fields = fields_for(request.user)
    field, form, status = fields.get(request.GET.get("field", "")), None, 200
    if field:
        form = FilterForm(request.GET if "operator" in request.GET else None, field=field, reader=request.user)
        if form.is_valid():
            name, query[name] = (chosen := form.chosen())[0], chosen[1]
            query.pop("cursor", None)
            return redirect(f"{reverse('products:catalogue-list')}?{query.urlencode()}")
        status = 422 if form.is_bound else 200
    rest = without(query)
    context = {"form": form, "field": field, "fields": fields.values(), "query": query.items(), "here": "products"}
    context |= {"start": rest if rest == "?" else f"{rest}&", "back": rest if len(rest) > 1 else ""}
    part = "#menu" if request.htmx else ""
    return render(request, f"products/filters/show.html{part}", context, status=status)
