"""The version of a product as its strong ETag, and what a script that saved too late is told."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.models import User
from accounts.policy import hidden_fields
from products.api.serializers import shape, shown_to
from products.models import Product
from products.services.changes import to_json
from products.services.versions import VersionMismatch

IF_MATCH = OpenApiParameter(
    "If-Match", str, "header", description="The `ETag` you read: 412 when it is out of date. `*` is any there is."
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, "header", description="An `ETag` you have: 304 if it still holds."
)
TAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')  # a proxy that compresses the answer has made its tag a weak one
NEVER = 2**31 - 1  # no product gets this far


def etag(product: Any) -> str:
    return f'"{product.version}"'


def expected_version(request: Request, product: Product) -> dict[str, Any]:
    """What `If-Match` insists on, as the services take it; of several versions the one there is, else the latest."""
    header = request.headers.get("If-Match")
    if header is None:
        return {"exact": False, "version": None}
    tags = parse_etags(header)
    if "*" in tags:
        return {"exact": True, "version": None}
    versions = [int(match[1]) for tag in tags if (match := TAG.fullmatch(tag))]
    return {"exact": True, "version": product.version if product.version in versions else max(versions, default=NEVER)}


@contextmanager
def telling(reader: User) -> Iterator[None]:
    """A 412 shows the product as it is now, and the fields that others changed and the caller would overwrite."""
    try:
        yield
    except VersionMismatch as mismatch:
        tell(mismatch, reader)
        raise


def tell(mismatch: VersionMismatch, reader: User) -> None:
    mismatch.extra["current"] = shape(shown_to(reader))(mismatch.product)
    mismatch.extra["conflicts"] = [
        {"field": name, "base": to_json(clash.base), "theirs": to_json(clash.theirs), "yours": to_json(clash.yours)}
        for clash in mismatch.clashes
        if (name := clash.name.removesuffix("_id")) not in hidden_fields(reader)
    ]
