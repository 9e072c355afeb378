"""The sub-statuses of the handbook, and names as CRMs write them."""

from __future__ import annotations

import pytest

from bot.flows.codes import BY_CODE, REFUSALS, TRASH, Code
from bot.flows.names import same_person
from crm_api.port import DUPLICATE, RETURN_OR_EXCHANGE
from crm_api.server.statuses import STATUSES


@pytest.mark.parametrize("code", [*REFUSALS, *TRASH], ids=lambda code: code.code)
def test_labels_are_the_crm_s_words_letter_by_letter(code: Code) -> None:
    assert STATUSES[int(code.code)].name == code.label


def test_there_are_twelve_refusals_and_eight_kinds_of_trash_and_one_needs_words() -> None:
    assert (len(REFUSALS), len(TRASH), len(BY_CODE)) == (12, 8, 20)
    assert [code.code for code in BY_CODE.values() if code.needs_comment] == ["163"]
    assert {DUPLICATE, RETURN_OR_EXCHANGE} <= set(BY_CODE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ильина Вера", "Вера  ильина"),
        ("Королёва Ася", "Королева Ася"),
        ("Ильина Вера", "Ильина Вера Петровна"),
        ("Вера", "вера"),
    ],
)
def test_these_are_one_person(one: str, other: str) -> None:
    assert same_person(one, other)
    assert same_person(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ильина Вера", "Ильина Анна"), ("Вера", "Ильина Вера"), ("", ""), ("", "Ильина Вера")],
)
def test_these_are_not(one: str, other: str) -> None:
    assert not same_person(one, other)
    assert not same_person(other, one)
