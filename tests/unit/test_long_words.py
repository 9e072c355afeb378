"""Nothing that people can paste keeps the bot busy: while it reads one post, all chats wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from bot.cards import Cards
from bot.config import make_flow
from bot.flows import FLOWS
from bot.flows.base import Flow
from bot.flows.records import Person, Post
from bot.lookup import Handbook
from bot.phones import read_phones
from bot.wording import masked
from crm_api.links import find_leads, foreign_hosts

#: Telegram's longest text, in UTF-16 units.
LONGEST = 4096
#: Processor seconds; a loaded machine needs a tenth of it, what grows with the square all of it.
ENOUGH = 0.8

CHUNKS = [
    *("x", "1", "7", "ж", "ж ", "3990/", "3990 ", "990 ", "обед ", "обед 15 ", "/a", "http://"),
    *("a.b/", "скрипт 3990 ", "доставка ", "лид ", "№", "не ", "20", "1:1", "\u00a0", "\n", "#1 "),
    *("баланс ", "1.1.", "ок ", "а ", "+7 (", "0 1", "ёе", "ok,", "понял, ", "от 1 до "),
    *("".join(pair) for pair in product("1 /a(", repeat=2)),
]


def _reads(flow: Flow[object]) -> Callable[[str], object]:
    def read(text: str) -> object:
        post = Post(
            chat_id=-1,
            topic_id=0,
            message_id=1,
            by=Person(id=1, name="Оля"),
            sent_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
            text=text,
            leads=("36973",),
        )
        return flow.requests(post)

    return read


def _links(text: str) -> object:
    hosts = frozenset({"crm.example"})
    return [
        find(text, (), hosts=hosts, lead_in_path=lambda _: None)
        for find in (find_leads, foreign_hosts)
    ]


READERS: dict[str, Callable[[str], object]] = {
    "links": _links,
    "phones": read_phones,
    "masked": masked,
    "handbook": Handbook(Cards(ZoneInfo("Europe/Moscow"))).find,
    **{kind.name: _reads(make_flow(kind, {})) for kind in FLOWS},
}


@pytest.mark.parametrize("reader", READERS)
def test_the_longest_text_is_read_in_no_time(reader: str) -> None:
    for chunk in CHUNKS:
        for last in ("", "ж"):
            text = (chunk * LONGEST)[: LONGEST - 1] + last
            began = time.process_time()
            READERS[reader](text)
            assert time.process_time() - began < ENOUGH, repr(chunk)
