"""Names from Slack as an operator sees them: one line, printable, and short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.shown_names import MOST_LETTERS, clean_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Harbour Studio", "Harbour Studio"),
        ("Königsblau \U0001f422", "Königsblau \U0001f422"),
        ("نور", "نور"),
        ("東京 支店", "東京 支店"),
        ("می\u200cخواهم", "میخواهم"),
        ("a\x1b]0;pwn\x07\x1b[2J", "a ]0;pwn [2J"),
        ("\u202eevil\u2066", "evil"),
        ("two\r\nlines\u2028and\ttabs", "two lines and tabs"),
        ("\ud800\x00\x9b", ""),
        ("x" * 1000, "x" * (MOST_LETTERS - 1) + "…"),
    ],
)
def test_a_name_is_shown_as_it_is_without_what_moves_a_cursor(name: str, shown: str) -> None:
    assert shown == clean_name(name)


@given(st.text(st.characters()))
def test_every_name_becomes_one_short_printable_line_and_stays_so(name: str) -> None:
    shown = clean_name(name)

    assert shown.isprintable()
    assert len(shown) <= MOST_LETTERS
    assert shown == clean_name(shown)
