"""What people type behind /find and /export."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.finding import Asked, has_name, read, stem

TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
STEMS = {stem(word): word for word in ("оформлять", "нельзя", "можно", "отозвано")}


def asked(text: str) -> Asked:
    return read(text, today=TODAY, stems=STEMS)


def test_an_operator_a_day_and_a_state_in_any_order() -> None:
    expected = Asked(names=("оля",), since=YESTERDAY, until=YESTERDAY, status="open")
    assert asked("оля вчера ждут") == expected
    assert asked("Ждут, вчера: Оля!".replace(":", "")) == expected
    assert asked("ЖДЁТ ОЛЯ ВЧЕРА") == expected


def test_a_state_is_called_as_the_cards_call_it_whatever_the_ending() -> None:
    found = asked("22.11 оформлять нельзя")
    assert (found.since, found.until) == (TODAY, TODAY)
    assert found.words == ("оформ", "нельз")
    assert asked("отозваны").words == ("отозв",)
    assert found.names == ()


def test_what_is_named_goes_where_its_name_says() -> None:
    found = asked("от:Оля с:20.11 по:22.11")
    assert found == Asked(names=("оля",), since=date(2026, 11, 20), until=TODAY)
    assert asked("от Оля с 20.11 по 22.11") == found
    assert asked("от: Оля  с: 20.11 по: 22.11") == found
    assert asked("от:Можно").names == ("можно",)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("сегодня", TODAY, TODAY),
        ("позавчера", date(2026, 11, 20), date(2026, 11, 20)),
        ("20.11", date(2026, 11, 20), date(2026, 11, 20)),
        ("1.11.25", date(2025, 11, 1), date(2025, 11, 1)),
        ("01/11/2025", date(2025, 11, 1), date(2025, 11, 1)),
        ("20.11-22.11", date(2026, 11, 20), TODAY),
        ("20.11–21.11", date(2026, 11, 20), YESTERDAY),
        ("01.11 22.11", date(2026, 11, 1), TODAY),
        ("22.11 01.11", date(2026, 11, 1), TODAY),
        ("с 20.11", date(2026, 11, 20), TODAY),
        ("по 21.11", date(2026, 10, 22), YESTERDAY),
        ("за неделю", date(2026, 11, 16), TODAY),
        ("месяц", date(2026, 10, 23), TODAY),
    ],
)
def test_days(text: str, since: date, until: date) -> None:
    found = asked(text)
    assert (found.since, found.until) == (since, until)
    assert found.names == ()


def test_a_day_without_a_year_is_the_last_one_that_has_begun() -> None:
    assert asked("31.12").since == date(2025, 12, 31)


@pytest.mark.parametrize("text", ["32.13", "29.02", "31.12.9999", "01.01.0000"])
def test_a_day_that_the_calendar_does_not_have_is_no_day(text: str) -> None:
    assert asked(text).since is None


@pytest.mark.parametrize("text", ["f5086aeebb", "36973", "лид 36973", "лид:F5086AEEBB"])
def test_a_lead_by_its_key_or_number(text: str) -> None:
    assert asked(text).leads in {("f5086aeebb",), ("36973",)}


@pytest.mark.parametrize("text", ["#1042", "#C1042", "#С1042-2-k7"])
def test_a_case_by_its_number_or_by_the_tag_of_a_comment(text: str) -> None:
    assert asked(text) == Asked(case=1042)


@pytest.mark.parametrize(
    ("text", "status"),
    [("открытые", "open"), ("висят", "open"), ("решённые", "decided"), ("без ответа", "silent")],
)
def test_states_of_all_chats(text: str, status: str) -> None:
    assert asked(text) == Asked(status=status)


@pytest.mark.parametrize("text", ["", "  ", "и где", "заявки", "https://crm.example/orders/36973"])
def test_nothing_to_look_for(text: str) -> None:
    assert asked(text).is_nothing


@given(st.text(max_size=80))
def test_whatever_is_typed_is_understood_somehow(text: str) -> None:
    found = asked(text)
    assert found.since is None or (found.until is not None and found.since <= found.until)


def test_a_name_is_known_by_how_its_words_begin() -> None:
    assert has_name("Оля Демо", ("оля",))
    assert has_name("Алёна Демо", ("алена", "дем"))
    assert not has_name("Оля Демо", ("ля",))
    assert not has_name("Оля Демо", ("оля", "тимур"))
