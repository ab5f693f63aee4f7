"""What a person would read of a piece of HTML.

Not html.parser: on half a tag repeated it takes time in the square of its input, minutes for one cell of a file, and it
raises on what word processors leave behind. These patterns never look at a character more than a few times.
"""

import re
from html import unescape

# Whole with what is in them; one that never ends goes on to the end of the text.
UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|template)\b.*?(?:</\1[^<>]*>|\Z)", re.DOTALL | re.IGNORECASE)
TAG = re.compile(r"<(?:/?([a-z][a-z0-9]*)[^<>]*|[!?][^<>]*)>", re.IGNORECASE)
BLOCK = re.compile(r"address|article|blockquote|br|d[dlt]|div|footer|h[1-6]|header|hr|li|[ou]l|p|pre|section|table|tr")


def mark(tag: re.Match[str]) -> str:
    """What a tag leaves: a block starts a line of its own, a list item with a dash, a cell after a space."""
    name = (tag[1] or "").lower()
    if name == "li" and tag[0][1] != "/":
        return "\n- "
    return "\n" if BLOCK.fullmatch(name) else " " if name in ("td", "th") else ""


def from_html(html: str) -> str:
    """Text without tags, a line per block, at most one empty line in a row."""
    text = unescape(TAG.sub(mark, UNSEEN.sub("", html)))
    lines = "\n".join(" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()
