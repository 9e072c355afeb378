"""Cases as /history and /find tell them: plain words for the template "records"."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.cards import Cards
from bot.flows.base import Flows
from bot.flows.records import Fact
from bot.sight import read_case
from bot.telegram import link_to_message
from bot.verdicts import Verdicts
from storage.cases import CaseRow
from storage.history import HistoryRow
from storage.uow import UnitOfWork

_TAG = re.compile(r"<[^>]*>")


class Listing:
    """Makes the entries of a list; JSON can carry them, for they wait in the outbox."""

    def __init__(
        self, flows: Flows, cards: Cards, verdicts: Verdicts, clock: Callable[[], datetime]
    ) -> None:
        self._flows = flows
        self._cards = cards
        self._verdicts = verdicts
        self._clock = clock

    async def entries(
        self, uow: UnitOfWork, rows: Sequence[CaseRow], *, deeds: int
    ) -> list[dict[str, Any]]:
        """What is to be told of these cases.

        Args:
            uow: the transaction.
            rows: the cases.
            deeds: how many of the last things that people did; 1: the decision alone.
        """
        ids, now = [row.id for row in rows], self._clock()
        if not ids:
            return []
        cards = await uow.reports.cards(ids)
        history = await uow.reports.history(ids)
        titles = await uow.reports.titles()
        return [
            self._entry(row, cards.get(row.id, 0), history.get(row.id, []), deeds, now)
            | {"chat": place(self._cards, self._flows, row.flow, titles.get(row.chat_id, ""))}
            for row in rows
        ]

    def _entry(
        self, row: CaseRow, message_id: int, history: Iterable[HistoryRow], most: int, now: datetime
    ) -> dict[str, Any]:
        done = [one for one in history if self._is_told(row.flow, one)]
        if most == 1:
            # One line: the decision, if there is one.
            done = [one for one in done if self._verdicts.decision(row.flow, one)][-1:]
        return {
            "no": row.id,
            "state": self._state(row, now),
            "lead": row.lead or row.ref,
            "poster": row.poster_name,
            "at": self._moment(row.posted_at),
            "link": link_to_message(row.chat_id, message_id, row.topic_id),
            "deeds": [
                {
                    "at": self._moment(one.at),
                    "who": one.actor_name,
                    "what": self._cards.deed_word(row.flow, one.action),
                    "words": one.text,
                }
                for one in done[-most:]
            ],
            "more": max(0, len(done) - most),
        }

    def _is_told(self, flow: str, row: HistoryRow) -> bool:
        """What people did; who asked stands above it."""
        if self._verdicts.decision(flow, row):
            return True
        return row.actor_id is not None and row.action not in {"open", Fact.JOINED}

    def _state(self, row: CaseRow, now: datetime) -> str:
        """A short word; else what the card begins with."""
        word = self._cards.state_word(row.flow, row.state)
        if word != row.state or row.flow not in self._flows:
            return word
        flow, case = read_case(self._flows, row)
        first = self._cards.card(flow, case, now).text.partition("\n")[0]
        return html.unescape(_TAG.sub("", first)) or word

    def _moment(self, at: datetime) -> str:
        times = self._cards.times
        return f"{times.short_day(at, self._clock())} {times.clock(at)}"


def place(cards: Cards, flows: Flows, flow: str, title: str) -> str:
    """What people call the chat: the flow's title; and the group's own, where it is another."""
    if flow not in flows:
        return title or flow
    called = cards.title(flow)
    return called if title in {"", called} else f"{called} ({title})"


def period(cards: Cards, since: date, until: date) -> str:
    """Days as people write them."""
    return cards.report_words("period", f"{since:%d.%m.%Y}", f"{until:%d.%m.%Y}")


def bounds(
    since: date | None, until: date | None, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """When these days begin and end by the call centre's clock, in UTC; the end is not part."""
    if since is None or until is None:
        return None, None
    begin = datetime.combine(since, time(), zone)
    end = datetime.combine(until + timedelta(days=1), time(), zone)
    return begin.astimezone(UTC), end.astimezone(UTC)
