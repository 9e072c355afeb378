"""The evening summary: each chat's day in figures, privately to those who answer for the chats.

Computed when it is due, or later that day if nobody ran then. Sent once a day, chat and person,
however many bots there are: the outbox has one row of that key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from statistics import median
from zoneinfo import ZoneInfo

from bot.cards import Cards
from bot.enqueue import Enqueue
from bot.flows.base import Flows
from bot.flows.records import Role
from bot.listing import bounds, place
from bot.verdicts import Verdicts
from storage.cases import CaseRow
from storage.chats import BindingRow
from storage.history import HistoryRow
from storage.reports import EventRow
from storage.uow import Storage, UnitOfWork

_PAGE = 200
_CASES_A_PAGE = 50

#: (chat, topic, flow): the same group may have run something else in the morning.
_Place = tuple[int, int, str]


@dataclass(slots=True)
class Day:
    """A chat's day so far.

    Attributes:
        opened: cases that were opened today.
        waits: how long each decision of today was waited for, in seconds.
        late: answered after the flow's `late_after`; or still open, and that time is over.
        silent: closed by the clock, with nobody's word.
        open: cases that somebody waits for now, whenever they were opened.
    """

    opened: int = 0
    waits: list[float] = field(default_factory=list)
    late: int = 0
    silent: int = 0
    open: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.opened or self.waits or self.silent or self.open)


class Summaries:
    """Looks whether it is time, and then tells once."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        cards: Cards,
        enqueue: Enqueue,
        owners: frozenset[int],
        clock: Callable[[], datetime],
        zone: ZoneInfo,
        at: time | None,
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._cards = cards
        self._enqueue = enqueue
        self._owners = owners
        self._clock = clock
        self._zone = zone
        self._at = at
        self._verdicts = Verdicts(flows)
        # This process need not look at the same evening again.
        self._told: date | None = None

    async def look(self) -> None:
        """Tell today's summaries if it is time. Called every few seconds."""
        now = self._clock()
        local = now.astimezone(self._zone)
        if self._at is None or local.time() < self._at or self._told == local.date():
            return
        days = await self._days(local.date(), now)
        async with self._storage.change() as uow:
            people = await self._readers(uow)
            titles = await uow.reports.titles()
            for binding in await uow.chats.bindings():
                day = days.get((binding.chat_id, binding.topic_id, binding.flow))
                if day is not None and not day.is_empty:
                    chat = place(
                        self._cards, self._flows, binding.flow, titles.get(binding.chat_id, "")
                    )
                    await self._tell(uow, people, binding, chat, day, now)
        self._told = local.date()

    async def _tell(
        self,
        uow: UnitOfWork,
        people: Sequence[int],
        binding: BindingRow,
        chat: str,
        day: Day,
        now: datetime,
    ) -> None:
        today = now.astimezone(self._zone).date()
        usual = round(median(day.waits)) if day.waits else None
        span = "" if usual is None else self._cards.report_words("span", usual)
        words = {
            "chat": chat,
            "day": f"{today:%d.%m.%Y}",
            "opened": day.opened,
            "decided": len(day.waits),
            "median": span,
            "late": day.late,
            "silent": day.silent,
            "open": day.open,
        }
        # A group without topics, that is.
        was = None if binding.topic_id else await uow.chats.was(binding.chat_id)
        for person in people:
            once = _once(binding.chat_id, binding.topic_id, today, person)
            # It may have been told before the group became a supergroup.
            if was is None or not await uow.outbox.is_there(_once(was, 0, today, person)):
                await self._enqueue.say(
                    uow, person, "records.summary", now=now, words=words, once=once
                )

    async def _readers(self, uow: UnitOfWork) -> list[int]:
        """Supervisors on duty whom a private message reaches; nobody: the owners."""
        on_duty = await uow.people.on_duty(await uow.people.having(Role.SUPERVISOR))
        there = [one.user_id for one in on_duty if one.reachable]
        if there:
            return there
        owners = [await uow.people.person(owner) for owner in sorted(self._owners)]
        return [one.user_id for one in owners if one is not None and one.reachable]

    # --- the figures ----------------------------------------------------------------------------

    async def _days(self, today: date, now: datetime) -> dict[_Place, Day]:
        since, _ = bounds(today, today, self._zone)
        days: defaultdict[_Place, Day] = defaultdict(Day)
        decided: dict[int, tuple[_Place, datetime]] = {}
        async for row in self._events(since or now, now):
            where = (row.chat_id, row.topic_id, row.flow)
            if not row.event.from_state:
                days[where].opened += 1
            if self._verdicts.is_silence(row.flow, row.event):
                days[where].silent += 1
            if self._verdicts.decision(row.flow, row.event):
                decided[row.event.case_id] = (where, row.posted_at)
        await self._count_decisions(days, decided, since or now)
        async with self._storage.look() as uow:
            waiting = await uow.reports.open_cases()
        for case in waiting:
            self._count_waiting(days[case.chat_id, case.topic_id, case.flow], case, now)
        return days

    async def _events(self, since: datetime, until: datetime) -> AsyncIterator[EventRow]:
        after: EventRow | None = None
        while True:
            async with self._storage.look() as uow:
                page = await uow.reports.events(since, until, after=after, limit=_PAGE)
            if not page:
                return
            for row in page:
                yield row
            after = page[-1]

    async def _count_decisions(
        self,
        days: dict[_Place, Day],
        decided: dict[int, tuple[_Place, datetime]],
        since: datetime,
    ) -> None:
        """How long a decision was waited for, only the whole history of its case can tell."""
        ids = sorted(decided)
        for at in range(0, len(ids), _CASES_A_PAGE):
            async with self._storage.look() as uow:
                history = await uow.reports.history(ids[at : at + _CASES_A_PAGE])
            for case_id, rows in history.items():
                where, posted_at = decided[case_id]
                self._count_waits(days[where], where[2], posted_at, rows, since)

    def _count_waits(
        self, day: Day, flow: str, posted_at: datetime, rows: Iterable[HistoryRow], since: datetime
    ) -> None:
        patience = self._verdicts.patience(flow)
        for verdict in self._verdicts.of_case(flow, posted_at, rows):
            if verdict.row.at >= since:
                day.waits.append(verdict.wait.total_seconds())
                day.late += patience is not None and verdict.wait > patience

    def _count_waiting(self, day: Day, case: CaseRow, now: datetime) -> None:
        patience = self._verdicts.patience(case.flow)
        day.open += 1
        day.late += patience is not None and now - case.posted_at > patience


def _once(chat_id: int, topic_id: int, day: date, person_id: int) -> str:
    """The key of a summary, of which there is one a day, chat and person."""
    return f"summary:{chat_id}:{topic_id}:{day}:{person_id}"
