"""What a person would read of a piece of HTML."""

import time

import pytest

from site_config.lib.html_text import from_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Plain", "Plain"),
        ("Fish &amp; chips &lt;3", "Fish & chips <3"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n\n- Two"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<b>Bold</b> and\n <i>thin</i>", "Bold and\nthin"),
        ("<style>p {}</style>Seen<script>alert('<p>')</script >", "Seen"),
        ("<!-- gone -->Here<!-- never closed", "Here"),
        ("<![if !x]>a<![endif]><?xml?>b<!doctype html>", "ab"),
        ("under 10 < 20 > 5", "under 10 < 20 > 5"),
        ("<p>a</p><p></p><p></p><p>b</p>", "a\n\nb"),
        ("nul &#0; and &#xD800;", "nul \ufffd and \ufffd"),
    ],
)
def test_html_is_reduced_to_what_a_person_reads(html, text):
    assert from_html(html) == text


@pytest.mark.parametrize("half", ["<a ", "<", "</", "<!--", "<![", "<a b='", "<script", "<script>", "&#", "<p>"])
def test_half_a_tag_repeated_is_read_in_no_time(half):
    start = time.process_time()
    from_html(half * 40_000)
    assert time.process_time() - start < 1
