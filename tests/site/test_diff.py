"""What differs between two texts, as pieces to show."""

from hypothesis import given
from hypothesis import strategies as some

from site_config.lib import diff
from site_config.lib.diff import GONE, NEW, SAME, Piece


def test_one_word_in_the_middle_is_marked_with_what_stands_around_it():
    assert diff.pieces("a red mug", "a blue mug") == [
        Piece(SAME, "a "),
        Piece(GONE, "red"),
        Piece(NEW, "blue"),
        Piece(SAME, " mug"),
    ]


def test_the_same_text_is_one_piece_and_from_nothing_all_is_new():
    assert diff.pieces("a mug", "a mug") == [Piece(SAME, "a mug")]
    assert diff.pieces("", "a mug") == [Piece(NEW, "a mug")]
    assert diff.pieces("a mug", "") == [Piece(GONE, "a mug")]
    assert diff.pieces("", "") == []


def test_what_is_the_same_for_long_is_cut_at_the_ends_and_in_the_middle():
    words = " ".join(f"w{n}" for n in range(40))
    [start, gone, new] = diff.pieces(f"{words} old", f"{words} new")
    assert (start.text, gone.text, new.text) == ("…w37 w38 w39 ", "old", "new")
    [_gone, _new, middle, *_rest] = diff.pieces(f"a {words} b", f"c {words} d")
    assert middle.text == " w0 w1 w2…w37 w38 w39 "
    [*_start, end] = diff.pieces(f"old {words}", f"new {words}")
    assert end.text == " w0 w1 w2…"


def test_very_long_texts_are_shown_as_one_replaced_by_the_other():
    long = "word " * (diff.MOST_WORDS + 1)
    assert diff.pieces(long, "x") == [Piece(GONE, long), Piece(NEW, "x")]
    assert diff.pieces("", long) == [Piece(NEW, long)]


@given(some.text(max_size=60), some.text(max_size=60))
def test_short_texts_can_be_put_together_again_from_their_pieces(before, after):
    pieces = diff.pieces(before, after)
    assert all(piece.text for piece in pieces)
    if not any(diff.ELLIPSIS in piece.text for piece in pieces):
        assert "".join(piece.text for piece in pieces if piece.kind != NEW) == before
        assert "".join(piece.text for piece in pieces if piece.kind != GONE) == after
