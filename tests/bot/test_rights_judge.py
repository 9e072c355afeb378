"""The judge of the attack on rights notices words that reach somebody whom they do not concern."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.world import IRINA, LENA, OLYA, OWNER, STRANGER, TIMUR, ZARINA, DemoPerson
from tests.bot.rights_words import Known, Said, shown_to_strangers, told_strangers

_HERE, _ELSEWHERE = -1, -2
_LEAD, _OTHER = "f5086aeebb", "0123456789"
_MARKS = {
    _LEAD: [_LEAD, "Тайнецкая", "Тайнецкий переулок", "77010000001"],
    _OTHER: [_OTHER, "Скрытецкая", "Скрытецкий переулок", "77010000002"],
}


def a_case(number: int, lead: str, chat: int, flow: str = "duplicates") -> dict[str, Any]:
    return {
        "id": number,
        "lead": lead,
        "ref": lead,
        "chat_id": chat,
        "flow": flow,
        "poster_id": OLYA.id,
        "data": {"ruling": {"operator": "Гудочкин Глеб"}},
    }


_CASES = {1: a_case(1, _LEAD, _HERE), 2: a_case(2, _OTHER, _ELSEWHERE, "returns")}
#: Тимур has joined the first.
_HISTORY = [SimpleNamespace(case_id=1, actor_id=TIMUR.id, action="joined")]
_KNOWN = Known(marks=_MARKS, cases=[*_CASES.values()], history=_HISTORY, names={})


def shown(
    text: str, *, to: int | None, who: DemoPerson = STRANGER, chat: int = _HERE, own: str = ""
) -> list[str]:
    return shown_to_strangers(
        [Said(to, text)],
        _KNOWN,
        who=who.id,
        chat=chat,
        people_said=lambda _chat: own,
    )


_SIGNS = ["Клиент: Тайнецкая", "Тайнецкий переулок, 5", "+7 701 000-00-01", f"/orders/{_LEAD}"]


@pytest.mark.parametrize("text", _SIGNS)
def test_an_answer_to_a_press_may_tell_of_a_case_of_this_chat_and_of_no_other(text: str) -> None:
    assert shown(text, to=None, chat=_HERE) == []
    assert len(shown(text, to=None, chat=_ELSEWHERE)) == 1


@pytest.mark.parametrize("text", _SIGNS)
def test_a_message_may_tell_of_a_case_of_its_chat_and_of_no_other(text: str) -> None:
    assert shown(text, to=_HERE) == []
    assert len(shown(text, to=_ELSEWHERE)) == 1


@pytest.mark.parametrize(
    ("who", "may"),
    [
        *((who, True) for who in (OLYA, TIMUR, LENA, IRINA, OWNER)),
        *((who, False) for who in (ZARINA, STRANGER)),
    ],
)
def test_privately_a_case_is_told_to_whoever_has_to_do_with_it(who: DemoPerson, may: bool) -> None:  # noqa: FBT001
    assert (shown("Тайнецкая", to=who.id) == []) is may


def test_a_lead_that_a_case_has_found_by_the_phone_may_be_shown_in_its_chat() -> None:
    found = {**_CASES[2], "data": {"found": [{"key": _LEAD}]}}
    known = replace(_KNOWN, cases=[found])
    for chat, wrongs in ((_ELSEWHERE, 0), (_HERE, 1)):
        said = [Said(chat, f"/orders/{_LEAD}")]
        shown = shown_to_strangers(
            said, known, who=OLYA.id, chat=chat, people_said=lambda _chat: ""
        )
        assert len(shown) == wrongs


def test_what_people_have_written_there_themselves_is_no_secret_there() -> None:
    assert shown("Тайнецкая", to=_ELSEWHERE, own="клиент Тайнецкая") == []


@pytest.mark.parametrize(
    ("lane", "is_wrong"),
    [
        (f"chat:{_HERE}", False),
        (f"chat:{_ELSEWHERE}", True),
        (f"chat:{OLYA.id}", False),
        (f"chat:{TIMUR.id}", False),
        (f"chat:{LENA.id}", False),
        (f"chat:{ZARINA.id}", True),
        (f"chat:{STRANGER.id}", True),
    ],
)
def test_what_is_to_be_said_of_a_case_goes_to_its_chat_and_its_people(
    lane: str,
    is_wrong: bool,  # noqa: FBT001
) -> None:
    row = SimpleNamespace(lane=lane)
    assert told_strangers(row, [_CASES[1]], _HISTORY, {}) is is_wrong


def test_whoever_a_case_is_about_may_be_told_of_it() -> None:
    row = SimpleNamespace(lane=f"chat:{ZARINA.id}")
    assert not told_strangers(row, [_CASES[1]], [], {ZARINA.id: "Гудочкин Глеб"})
    assert told_strangers(row, [_CASES[1]], [], {ZARINA.id: "Трелькина Вера"})
