"""What differs between two texts, word by word, as pieces to show; long stretches that are the same are cut short."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

WORDS = re.compile(r"\s+|[^\s\w]|\w+")
# Words that are shown before and after what differs, to tell where it is.
AROUND = 6
# More is compared by nobody: such texts are shown as one replaced by the other.
MOST_WORDS = 2000
SAME, GONE, NEW = "", "del", "ins"
ELLIPSIS = "…"


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is in both (SAME), in the first alone (GONE) or in the second alone (NEW)."""

    kind: str
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    old, new = WORDS.findall(before), WORDS.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return [Piece(kind, text) for kind, text in ((GONE, before), (NEW, after)) if text]
    found: list[Piece] = []
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (tag, a, b, c, d) in enumerate(steps):
        if tag == "equal":
            found.append(Piece(SAME, shortened(old[a:b], first=place == 0, last=place == len(steps) - 1)))
            continue
        found += [Piece(kind, "".join(part)) for kind, part in ((GONE, old[a:b]), (NEW, new[c:d])) if part]
    return found


def shortened(words: list[str], *, first: bool, last: bool) -> str:
    """What is the same, without its middle; of what begins or ends the text only the side that touches a difference."""
    if first and last:
        return "".join(words)
    head, tail = ([] if first else words[:AROUND]), ([] if last else words[-AROUND:])
    if len(words) <= len(head) + len(tail):
        return "".join(words)
    return f"{''.join(head).rstrip()}{ELLIPSIS}{''.join(tail).lstrip()}"
