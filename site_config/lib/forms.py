"""Forms: a rule that a service refuses is shown where the person can mend it."""

from django.forms import BaseForm
from django.http import HttpRequest, QueryDict

from site_config.lib.errors import DomainError, Invalid


def add_error(form: BaseForm, error: DomainError) -> None:
    """Puts the refusal's sentences on the fields at fault; what the form does not show goes above it."""
    fields = error.fields if isinstance(error, Invalid) else {error.field or "": [error.message]}
    for name, messages in fields.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty POST is still a POST, so it is answered with what is missing."""
    return request.POST if request.method == "POST" else None
