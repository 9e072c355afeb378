"""Telegram's JSON is read as Python reads it, without the signs that no database holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.wire import leave_out_card, read_json

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


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_SAID = st.recursive(
    st.none() | st.booleans() | _NUMBER | _TEXT,
    lambda one: st.lists(one) | st.dictionaries(_TEXT, one),
    max_leaves=20,
)


@given(said=_SAID, is_escaped=st.booleans())
@example(said={"id": 10**30, "text": "👧🏽 и \\u0000 и \\ud83d", "at": 1e-7}, is_escaped=True)
@example(said=["\\", "\x7f\u2028", -0.0, 2**63], is_escaped=False)
def test_all_else_is_read_as_python_reads_it(*, said: object, is_escaped: bool) -> None:
    text = json.dumps(said, ensure_ascii=is_escaped)
    assert repr(read_json(text)) == repr(json.loads(text))


def test_what_is_nested_deeper_than_the_faster_reader_goes_is_read() -> None:
    text = "[" * 400 + "]" * 400
    assert repr(read_json(text)) == text


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": NaN}', "[Infinity]", "[1] [2]", "<h1>502</h1>", '"\n"', "\ufeff[]"]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the words are the reader's
        read_json(text)


def _a_press(data: str, markup: object) -> dict[str, object]:
    chat = {"id": -1, "type": "supergroup", "title": "РФ Админы"}
    card = {"message_id": 7, "date": 1, "chat": chat, "text": "…", "reply_markup": markup}
    return {"update_id": 1, "callback_query": {"id": "1", "data": data, "message": card}}


def _left(update: dict[str, object]) -> object:
    leave_out_card(update)
    press = update["callback_query"]
    assert isinstance(press, dict)
    return press["message"]


_ROWS = [[{"text": "Да", "callback_data": "1:1:a"}, {"text": "Сайт", "url": "https://a.ru"}]]


def test_of_a_card_that_a_press_brings_the_button_alone_is_left() -> None:
    rows = [*_ROWS, [{"text": "Нет", "callback_data": "1:1:b"}]]
    chat = {"id": -1, "type": "supergroup", "title": "РФ Админы"}
    left = {"message_id": 7, "date": 1, "chat": chat}
    pressed = _left(_a_press("1:1:b", {"inline_keyboard": rows}))
    assert pressed == left | {"reply_markup": {"inline_keyboard": [rows[1]]}}


def test_a_press_on_a_button_that_the_card_does_not_have_finds_none() -> None:
    pressed = _left(_a_press("1:1:c", {"inline_keyboard": _ROWS}))
    assert isinstance(pressed, dict)
    assert pressed["reply_markup"] == {"inline_keyboard": [[]]}


@pytest.mark.parametrize("markup", [None, [], "x", {"inline_keyboard": 7}, {"keyboard": []}])
def test_what_does_not_look_like_buttons_stays_as_it_is(markup: object) -> None:
    pressed = _left(_a_press("1:1:a", markup))
    assert isinstance(pressed, dict)
    assert pressed["reply_markup"] == markup
