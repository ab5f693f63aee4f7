"""“Copy as curl”: what a list or a form asks of the server, as a command for a script."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms, template
from django.template import Context
from django.urls import reverse

from site_config.lib import curl

register = template.Library()


def address(context: Context, door: str, pk: int | None) -> str:
    url: str = context["request"].build_absolute_uri(reverse(door, args=[] if pk is None else [pk]))
    return url


@register.inclusion_tag("components/_curl.html", takes_context=True)
def curl_list(context: Context, door: str, pk: int | None = None, query: Mapping[str, str] | None = None) -> Any:
    """The list as it is narrowed and sorted now."""
    head = curl.reading(address(context, door, pk), query or {})
    return {"key": "curl", "head": head, "body": "", "shape": ""}


@register.inclusion_tag("components/_curl.html", takes_context=True)
def curl_form(
    context: Context,
    method: str,
    door: str,
    form: forms.BaseForm,
    pk: int | None = None,
    *,
    version: object = None,
    shape: curl.Shape | None = None,
    without: str = "",
    key: str = "curl",
) -> Any:
    """The form as it is filled in; with script, as it is by the time somebody looks."""
    shape = shape or curl.shape_of(form, partial=method == "PATCH", without=without.split())
    return {
        "key": key,
        "head": curl.writing(method, address(context, door, pk), version=version),
        "body": curl.quoted(curl.json_text(shape.body(form))),
        "shape": json.dumps({"by": shape.by, "cases": shape.cases}, separators=(",", ":")),
    }
