"""htmx: the toast that confirms an act comes with the next fragment, out of band."""

from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


class ToastMiddleware:
    """Appends waiting messages to an htmx answer and marks every page as varying by HX-Request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_html = response.get("Content-Type", "").startswith("text/html")
        if is_html:
            patch_vary_headers(response, ["HX-Request"])
        details: HtmxDetails = request.htmx  # type: ignore[attr-defined]
        if details and is_html and response.status_code == 200 and (waiting := list(get_messages(request))):
            context = {"messages": waiting, "here_url": details.current_url_abs_path}
            toasts = render_to_string("components/_toasts.html#list", context, request)
            response.content += f'<div id="toasts" hx-swap-oob="beforeend">{toasts}</div>'.encode()
        return response
