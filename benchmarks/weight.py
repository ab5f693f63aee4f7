"""What a page weighs in a browser that was never here, and in one that was: requests, compressed kilobytes, nodes."""

import gzip
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client


@dataclass(frozen=True)
class Weight:
    name: str
    requests: int
    cold: float  # kB
    warm: float  # kB, with every file in the browser's cache
    nodes: int


class Reader(HTMLParser):
    """Counts elements and names the files that a browser asks for beside the page."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes, self.files = 0, set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.nodes += 1
        found = dict(attrs)
        address = (
            found.get("src") if tag in ("script", "img") else found.get("href") if tag in ("link", "use") else None
        )
        if address and address.startswith("/static/"):
            self.files.add(address.partition("#")[0])


def of(name: str, path: str, client: Client) -> Weight:
    content = client.get(path).content
    reader = Reader()
    reader.feed(content.decode())
    found = [Path(str(finders.find(each.removeprefix("/static/")))) for each in reader.files]
    files = [squeezed(file.read_bytes()) for file in found]
    page = squeezed(content)
    return Weight(name, 1 + len(files), page + sum(files), page, reader.nodes)


def squeezed(content: bytes) -> float:
    return len(gzip.compress(content, 6)) / 1000
