"""One stylesheet and one script on the wire, made of the files that people write: a cold page asks six times, not fifteen.

No build step: Django's staticfiles find a bundle as they find a file, and it is made anew when a part of it changed.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

STYLES = ("css/1-tokens.css", "css/2-base.css", "css/3-layout.css", "css/4-components.css", "css/5-data.css")
# Behaviours of every signed-in page.
NAMES = ("app", "copy", "resume", "palette", "picks", "presence", "inbox", "proposals")
SCRIPTS = tuple(f"js/{name}.js" for name in NAMES)
BUNDLES = {"css/stockroom.css": STYLES, "js/stockroom.js": SCRIPTS}


class BundleFinder(BaseFinder):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.VAR_DIR / "bundles")

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in BUNDLES:
            return []
        made = self.made(path)
        return [made] if find_all else made

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for path in BUNDLES:
            self.made(path)
            yield path, self.storage

    def made(self, path: str) -> str:
        """The bundle's file. Written beside itself and moved there, as every process may be making it."""
        target = Path(self.storage.path(path))
        content = joined(path)
        if not target.exists() or target.read_text() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=target.parent)
            with os.fdopen(handle, "w") as file:
                file.write(content)
            os.chmod(draft, 0o644)  # a temporary file is for its maker alone
            os.replace(draft, target)
        return str(target)


def joined(path: str) -> str:
    """The parts one after the other; a script in braces of its own, so that no name of it meets one of another."""
    texts = [(Path(settings.BASE_DIR) / "static" / part).read_text() for part in BUNDLES[path]]
    return "".join(f"{{\n{text}}}\n" if path.endswith(".js") else text for text in texts)
