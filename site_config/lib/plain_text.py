"""What people write in several lines, without what only a program reads."""

import re

# Control characters but the line feed and the tab, and the marks that turn the direction of what follows: with them a
# line could look like another person's, or read backwards.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def cleaned(text: str) -> str:
    """Lines that end as those of a script do, without outer spaces, at most one empty line in a row."""
    lines = UNSEEN.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
