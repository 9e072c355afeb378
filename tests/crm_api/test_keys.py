"""A lead's key without its link, whole or with a sign too few or too many."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_api.crmka import CrmkaCrm
from crm_api.keys import KeyReader, Keys
from crm_api.settings import CrmSettings
from crm_api.tokens import MemoryTokens

KEY = "f5086aeebb"
CRM = CrmkaCrm(CrmSettings(url="https://crm.example"), MemoryTokens())
READER = KeyReader(
    hosts=frozenset({"crm.example"}), lead_in_path=CRM.lead_in_path, lead_url=CRM.lead_url
)


def leads(text: str) -> list[str]:
    return [lead.text for lead in READER.read(text).leads]


@pytest.mark.parametrize(
    "text",
    [
        "f5086aeebb",
        "F5086AEEBB могу ли оформить?",
        "могу ли оформить f5086aeebb?",
        "лид f5086aeebb, горит дубль",
        "лид:f5086aeebb",
        "Карточка лида f5086aeebb 2019-09-11 09:18:05",
        "карточка f5086aeebb",
        "код лида f5086aeebb",
        "«f5086aeebb».",
        "f5086aeebb\nмогу ли оформить?",
    ],
)
def test_a_key_that_stands_apart_names_its_lead(text: str) -> None:
    assert leads(text) == [KEY]
    assert KEY not in READER.read(text).text.lower()


def test_several_come_once_and_in_order() -> None:
    assert leads("12ad97526e, f5086aeebb и снова 12AD97526E") == ["12ad97526e", KEY]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "36973",
        "1234567890",
        "8701123456",
        "абвгдежзик",
        "deadbeefaa",
        "iphone12",
        "f5086aeebg",
        "https://evil.example/clients/f5086aeebb",
        "crm.example/clients/f5086aeebb",
        "f5086aeebb/36973",
        "f5086aeebb.jpg",
        "me@f5086aeebb",
        "550e8400-e29b-41d4-a716-446655440000",
        "f5086aeebbмогу",
        # Sums, and what is called something else.
        "скрипт 3990 сайт 4990 артикул f5086aeebb",
        "код товара f5086aeebb, можно добавить?",
        "клиент хочет модель 9a8b7c6d",
        "трек-номер: f5086aeeb",
        "150000tg",
        "1299000x",
    ],
)
def test_what_is_no_key_names_none_and_stays_in_the_text(text: str) -> None:
    assert READER.read(text) == Keys(text=text)


@pytest.mark.parametrize(
    ("text", "near", "lacks"),
    [
        ("f5086aeeb могу ли оформить?", "f5086aeeb", 1),
        ("f5086aee", "f5086aee", 2),
        ("f5086aeebb0", "f5086aeebb0", -1),
        ("f5086aeebb00", "f5086aeebb00", -2),
        ("https://crm.example/orders/f5086aeeb могу ли оформить?", "f5086aeeb", 1),
        ("crm.example/v2/orders/f5086aeebb0/", "f5086aeebb0", -1),
    ],
)
def test_what_was_meant_for_a_key_tells_how_many_signs_are_wrong(
    text: str, near: str, lacks: int
) -> None:
    keys = READER.read(text)
    assert (keys.leads, keys.near, keys.lacks) == ((), near, lacks)


@pytest.mark.parametrize(
    "text", ["f5086ae", "f5086aeebb000", "https://evil.example/orders/f5086aeeb", "заказ 123456789"]
)
def test_what_is_too_far_from_one_was_not_meant_for_it(text: str) -> None:
    assert READER.read(text).near == ""


@given(
    key=st.from_regex(r"[0-9a-f]{10}", fullmatch=True).filter(
        lambda key: not key.isdecimal() and not key.isalpha()
    ),
    ahead=st.text(st.sampled_from("абв ГД,!«(\n"), max_size=20),
    behind=st.text(st.sampled_from("абв ГД,!»)?\n"), max_size=20),
)
def test_a_key_is_found_whatever_words_stand_around_it(key: str, ahead: str, behind: str) -> None:
    assert READER.read(f"{ahead} {key} {behind}").leads[0].text == key
    cut = READER.read(f"{ahead} {key[:-1]} {behind}")
    assert not cut.leads


@given(
    st.text(st.characters(codec="utf-8") | st.sampled_from("0123456789abcdef /.:-"), max_size=60)
)
def test_no_text_breaks_the_search_and_nothing_is_added_to_it(text: str) -> None:
    keys = READER.read(text)
    assert len(keys.text) <= len(text)
    assert bool(keys.near) == bool(keys.lacks)


@pytest.mark.parametrize(
    "piece",
    ["a1", "1", "a", "a1/", "f5086aeeb ", "f5086aeebb ", "https://crm.example/orders/f5086aeeb "],
)
def test_a_long_text_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    READER.read(piece * (20_000 // len(piece)))
    assert time.process_time() - started < 2  # quadratic ones take minutes
