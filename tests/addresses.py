"""Every address of the site, as the resolver knows it."""

from collections.abc import Iterator

from django.urls import URLPattern, get_resolver


def patterns(resolver=None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(name with its namespace, pattern); a pattern without a name is called "None"."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", entry
        else:
            yield from patterns(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
