from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm_api.crmka import CrmkaCrm
from crm_api.links import find_leads, foreign_hosts, host_of
from crm_api.port import LeadRef
from crm_api.settings import CrmSettings
from crm_api.tokens import MemoryTokens

HOSTS = frozenset(
    {"crm.example", "crm.example:8443", "127.0.0.1:8081", "xn--e1afmkfd.xn--p1ai", "[::1]:8081"}
)
KEY = "f5086aeebb"
CRM = CrmkaCrm(CrmSettings(url="https://crm.example"), MemoryTokens())


def leads(text: str, *urls: str) -> list[str]:
    found = find_leads(text, urls, hosts=HOSTS, lead_in_path=CRM.lead_in_path)
    return [ref.text for ref in found]


def foreign(text: str, *urls: str) -> tuple[str, ...]:
    return foreign_hosts(text, urls, hosts=HOSTS, lead_in_path=CRM.lead_in_path)


@pytest.mark.parametrize(
    "text",
    [
        "https://crm.example/orders/f5086aeebb",
        "http://crm.example/orders/f5086aeebb",
        "crm.example/orders/f5086aeebb",
        "//crm.example/orders/f5086aeebb",
        "HTTPS://CRM.EXAMPLE/orders/F5086AEEBB",
        "https://crm.example./orders/f5086aeebb",
        "https://crm.example:443/orders/f5086aeebb",
        "http://crm.example:80/orders/f5086aeebb",
        "crm.example:443/orders/f5086aeebb",
        "https://crm.example:8443/orders/f5086aeebb",
        "http://127.0.0.1:8081/orders/f5086aeebb",
        "127.0.0.1:8081/orders/f5086aeebb",
        "http://[::1]:8081/orders/f5086aeebb",
        "https://пример.рф/orders/f5086aeebb",
        "ПРИМЕР.РФ/orders/f5086aeebb",
        "https://xn--e1afmkfd.xn--p1ai/orders/f5086aeebb",
        "https://crm.example/crm/v2/orders/f5086aeebb/edit?tab=sms#calls",
        "https://crm.example//orders//f5086aeebb/",
        "https://crm.example/orders%2ff5086aeebb",
        "https://crm.example/%6frders/%665086aeebb",
        "https://crm.example/#/orders/f5086aeebb",
        "https://crm.example/orders/f5086aeebb#",
        "https://crm.example/orders/f5086aeebb.",
        "https://crm.example/orders/f5086aeebb, могу ли оформить?",
        "https://crm.example/orders/f5086aeebb,могу ли оформить?",
        "https://crm.example/orders/f5086aeebb.Могу ли оформить?",
        "https://crm.example/v2.1/orders/f5086aeebb:дубль",
        "https://crm.example/orders/f5086aeebbмогу ли оформить?",
        "https://crm.example/orders/f5086aeebb—могу ли оформить?",
        "https://crm.example/orders/f5086aeebb–дубль",
        "https://crm.example/orders/f5086aeebb-могу ли оформить?",
        "https://crm.example/orders/f5086aeebb_могу",
        "https://crm.example/orders/f5086aeebb- могу ли оформить?",
        "https://crm.example/orders/f5086aeebb— могу ли оформить?",
        "https://crm.example/orders/f5086aeebb%E2%80%94",
        "https://crm.example/orders/f5086aeebb%20%D0%BC%D0%BE%D0%B3%D1%83",
        "https://crm.example/orders/f5086aeebb%2C",
        "https://crm.example/a,b/orders/f5086aeebb!!!",
        "https://crm.example/orders/f5086aeebb…",
        "(https://crm.example/orders/f5086aeebb)",
        "«https://crm.example/orders/f5086aeebb»",
        '"https://crm.example/orders/f5086aeebb"',
        "<https://crm.example/orders/f5086aeebb>",
        "[лид](https://crm.example/orders/f5086aeebb)",
        "`https://crm.example/orders/f5086aeebb`",
        "**https://crm.example/orders/f5086aeebb**",
        "лид:https://crm.example/orders/f5086aeebb",
        "лидhttps://crm.example/orders/f5086aeebb",
        "okhttps://crm.example/orders/f5086aeebb",
        "Дубль\nhttps://crm.example/orders/f5086aeebb\nМогу ли оформить?",
        "\u200bhttps://crm.example/orders/f5086aeebb\u200b",
        "crm.example/orders/f5086aeebb\ufeff",
    ],
)
def test_a_link_of_the_crm_names_its_lead(text: str) -> None:
    assert leads(text) == [KEY]
    assert foreign(text) == ()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://evil.example/orders/f5086aeebb", "evil.example"),
        ("evil.example/orders/f5086aeebb", "evil.example"),
        ("https://crm.example.evil.example/orders/f5086aeebb", "crm.example.evil.example"),
        ("https://evil-crm.example/orders/f5086aeebb", "evil-crm.example"),
        ("evilcrm.example/orders/f5086aeebb", "evilcrm.example"),
        ("https://sub.crm.example/orders/f5086aeebb", "sub.crm.example"),
        ("https://crm.example@evil.example/orders/f5086aeebb", ""),
        ("https://crm.example:x@evil.example/orders/f5086aeebb", ""),
        ("https://evil.example@crm.example/orders/f5086aeebb", ""),
        ("https://evil.example\\@crm.example/orders/f5086aeebb", "evil.example"),
        ("https://crm.example:8444/orders/f5086aeebb", "crm.example:8444"),
        ("https://crm.example:80/orders/f5086aeebb", "crm.example:80"),
        ("https://crm.example:99999/orders/f5086aeebb", ""),
        ("http://127.0.0.1/orders/f5086aeebb", "127.0.0.1"),
        ("https://crm%2Eexample/orders/f5086aeebb", ""),
        ("https://сrm.example/orders/f5086aeebb", "xn--rm-nmc.example"),  # a Cyrillic «с»
        ("https://evil.example/crm.example/orders/f5086aeebb", "evil.example"),
        ("https://evil.example//crm.example/orders/f5086aeebb", "evil.example"),
        ("https://evil.example?/orders/f5086aeebb#/orders/f5086aeebb", "evil.example"),
    ],
)
def test_a_link_of_another_host_names_no_lead_but_is_told(text: str, host: str) -> None:
    assert leads(text) == []
    assert foreign(text) == (host,)
    assert leads("", text) == []
    assert foreign("", text) == (host,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Могу ли оформить?",
        "orders/f5086aeebb",
        "/orders/f5086aeebb",
        "f5086aeebb",
        "crm.example f5086aeebb",
        "https://crm.example/",
        "https://crm.example",
        "https://crm.example/orders/",
        "https://crm.example/orders/f5086aeebbc",
        "https://crm.example/orders/f5086aeebb-2",
        "https://crm.example/orders/f5086aeebb-x",
        "https://crm.example/orders/f5086aeebb%63",
        "https://crm.example/?next=/orders/f5086aeebb",
        "ftp://crm.example/orders/f5086aeebb",
        "tg://crm.example/orders/f5086aeebb",
        "crm.example@evil.example/orders/f5086aeebb",
        "mail@crm.example/orders/f5086aeebb",
        "https:///orders/f5086aeebb",
        "https://",
        "http://[::1/orders/f5086aeebb",
    ],
)
def test_what_is_no_link_of_a_lead_names_none(text: str) -> None:
    assert leads(text) == []


def test_several_links_keep_their_order_and_come_once() -> None:
    text = (
        "crm.example/orders/12ad97526e и https://crm.example/orders/36973,"
        "https://crm.example/orders/12AD97526E/edit https://evil.example/orders/1"
        "https://crm.example/orders/77"
    )
    assert leads(text, "https://crm.example/orders/36973", f"crm.example/orders/{KEY}") == [
        "12ad97526e",
        "36973",
        "77",
        KEY,
    ]
    assert foreign(text) == ("evil.example",)


def test_hidden_addresses_of_text_links_count() -> None:
    assert leads("вот карточка", f"https://crm.example/orders/{KEY}") == [KEY]
    assert leads("вот", "tg://user?id=1", "https://crm.example:x/", "") == []


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://CRM.example/", "crm.example"),
        ("https://crm.example:443/path?x#y", "crm.example"),
        ("crm.example:80", "crm.example"),
        ("http://crm.example:443", "crm.example:443"),
        ("http://127.0.0.1:8081", "127.0.0.1:8081"),
        (" пример.рф ", "xn--e1afmkfd.xn--p1ai"),
        ("http://[::1]:8081", "[::1]:8081"),
        ("", ""),
        ("https://", ""),
        ("user@crm.example", ""),
    ],
)
def test_a_host_has_one_spelling(address: str, host: str) -> None:
    assert host_of(address) == host


def test_settings_name_the_hosts_whose_links_count() -> None:
    settings = CrmSettings(
        url="http://api.example:8080", web_url="https://crm.example", link_hosts=("old.example", "")
    )
    assert settings.hosts == {"crm.example", "old.example"}
    assert CrmSettings(url="http://api.example:8080").hosts == {"api.example:8080"}


KEYS = st.text("0123456789abcdef", min_size=10, max_size=10)
NUMBERS = st.integers(1, 999_999_999).map(str)
AROUND = st.text(st.sampled_from(" \n\t()«»<>\"'[]")).map(lambda s: s + " ")
SEGMENTS = st.lists(st.text("abcxyz-_0123456789", min_size=1, max_size=8), max_size=3)
WORDS = st.text(st.characters(codec="utf-8"), max_size=60)


@given(
    key=KEYS | NUMBERS,
    start=st.sampled_from(
        ["https://crm.example", "http://127.0.0.1:8081", "Crm.Example", "https://пример.рф"]
    ),
    before=SEGMENTS.filter(lambda parts: "orders" not in parts),
    after=SEGMENTS,
    ahead=AROUND,
    behind=AROUND,
    tail=st.sampled_from(["", ".", "?", "!", "...", ")", "?a=1", "#top", "/"])
    | st.builds(
        "".join,
        st.tuples(st.text("-—–_.,:;!…%", max_size=3), st.text("абвгдеж", max_size=5)),
    ),
)
@example(key=KEY, start="https://crm.example", before=[], after=[], ahead="", behind="", tail="%а")
def test_a_link_is_found_whatever_stands_around_it(
    key: str,
    start: str,
    before: list[str],
    after: list[str],
    ahead: str,
    behind: str,
    tail: str,
) -> None:
    path = "/".join([*before, "orders", key, *after])
    assert leads(f"{ahead}{start}/{path}{tail} {behind}") == [key]


@given(
    key=KEYS,
    host=st.from_regex(r"[a-z0-9.@:%\\-]{0,12}crm\.example[a-z0-9.@:%\\-]{0,12}", fullmatch=True),
)
@example(key=KEY, host="crm.example@")
def test_only_the_whole_host_counts(key: str, host: str) -> None:
    found = leads("", f"https://{host}/orders/{key}")
    authority = host.partition("\\")[0]
    same = authority.removesuffix(":443").removesuffix(":") in {
        "crm.example",
        "crm.example.",
        "crm.example:8443",
        "crm.example.:8443",
    }
    assert (found == [key]) == (same or authority in {"crm.example:0443", "crm.example:08443"})


@given(text=WORDS, urls=st.lists(WORDS, max_size=3))
def test_no_text_breaks_the_search(text: str, urls: list[str]) -> None:
    for ref in find_leads(text, urls, hosts=HOSTS, lead_in_path=CRM.lead_in_path):
        assert isinstance(ref, LeadRef)
    foreign(text, *urls)


@given(garbage=WORDS, key=KEYS)
def test_no_text_behind_a_foreign_host_makes_it_ours(garbage: str, key: str) -> None:
    tail = garbage.replace("http", "")
    found = leads("", f"https://evil.example/{tail}/orders/{key}")
    assert found == []


@pytest.mark.parametrize("piece", ["a", "a.", "a:", "https://", "//", "a/", "[", "https://[::1]"])
def test_a_long_text_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    leads(piece * (20_000 // len(piece)))
    assert time.process_time() - started < 2  # quadratic ones take minutes
