"""Telegram's JSON is read without the signs that no database holds, however they are escaped."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from bot.wire import read_json

_PIECES = (
    r"\ud83d",
    r"\uD83D",
    r"\ude00",
    r"\uDE00",
    r"\u0000",
    r"\\",
    "ud83d",
    "u0000",
    r"\u0434",
    "a",
)


@given(st.lists(st.sampled_from(_PIECES), max_size=8))
@example([r"\\", r"\ud83d", "a"])
@example([r"\ud83d", r"\ude00", r"\ude00"])
def test_halves_and_nul_are_left_out_and_all_else_stays(pieces: list[str]) -> None:
    text = '{"text": "' + "".join(pieces) + '"}'
    meant = "".join(sign for sign in json.loads(text)["text"] if not "\ud800" <= sign <= "\udfff")
    assert read_json(text)["text"] == meant.replace("\0", "")
