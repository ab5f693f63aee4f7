"""Every address of the site."""

from django.urls import include, path, register_converter

from site_config.lib.converters import Key

register_converter(Key, "key")

from site_config import errors, ops  # noqa: E402

urlpatterns = [
    path("", include("products.urls")),
    path("", include("accounts.urls")),
    path("api/", include("site_config.api")),
    path("healthz", ops.alive, name="healthz"),
    path("readyz", ops.ready, name="readyz"),
    path("health/", ops.ready, name="health"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
