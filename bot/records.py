"""/history, /find and /export: what people who answer for the chats look up.

The answer goes to the person who asked, privately: a group must not see other chats' cases.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from bot import finding
from bot.cards import Cards
from bot.enqueue import COSMETIC, Enqueue, lane_of
from bot.finding import Asked
from bot.flows.base import Flows
from bot.flows.records import Person, Role
from bot.listing import Listing, bounds, period
from bot.people import People
from bot.verdicts import FlowState, Verdicts
from storage.reports import Wanted
from storage.uow import Storage, UnitOfWork

#: Who may look things up: admins and above.
READERS = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR, Role.OWNER})

#: A search by days alone, and an export, reach so far: nobody waits for a year to be read.
LONGEST_DAYS = 31
_FOUND = 10
_COUNTED = 1000
#: A lead's cases: so many in all, and so many a message (Telegram takes 4096 signs).
_CASES, _A_MESSAGE = 16, 2
_DEEDS = 5
#: Nobody asks about more leads at once.
_LEADS = 5

_Message = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A command: who asked what, and where.

    Attributes:
        text: what stands behind the command.
        leads: what its links name.
    """

    by: Person
    chat_id: int
    topic_id: int
    message_id: int
    is_private: bool
    text: str
    leads: tuple[str, ...] = ()


class Records:
    """Answers out of what is kept; roles are asked for by numeric id at every question."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        cards: Cards,
        enqueue: Enqueue,
        people: People,
        clock: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._cards = cards
        self._enqueue = enqueue
        self._people = people
        self._clock = clock
        self._zone = zone
        self._verdicts = Verdicts(flows)
        self._listing = Listing(flows, cards, self._verdicts, clock)

    # --- the three commands -----------------------------------------------------------------------

    async def history(self, question: Question) -> None:
        """Every case of a lead in all chats, and who decided what."""
        if not await self._may(question):
            return
        asked = self._understood(question)
        if not asked.leads and asked.case is None:
            await self._answer(question, [("history_usage", {})])
            return
        wanted = Wanted(case=asked.case, leads=asked.leads)
        async with self._storage.look() as uow:
            rows = await uow.reports.find(wanted, limit=_CASES)
            count = await uow.reports.count(wanted, most=_COUNTED)
            entries = await self._listing.entries(uow, rows, deeds=_DEEDS)
        lead = " ".join(asked.leads) or f"#C{asked.case}"
        if not entries:
            await self._answer(question, [("history_nothing", {"lead": lead})])
            return
        parts = [entries[at : at + _A_MESSAGE] for at in range(0, len(entries), _A_MESSAGE)]
        messages: list[_Message] = [
            (
                "history",
                {
                    "lead": lead,
                    "count": count,
                    "entries": part,
                    "first": no == 0,
                    "left": count - len(entries) if no == len(parts) - 1 else 0,
                },
            )
            for no, part in enumerate(parts)
        ]
        await self._answer(question, messages)

    async def find(self, question: Question) -> None:
        """Cases by lead, operator, day and state."""
        if not await self._may(question):
            return
        asked = self._understood(question)
        if asked.is_nothing:
            await self._answer(question, [("find_usage", {})])
            return
        by_days = asked.case is None and not asked.leads and not asked.names
        if by_days and asked.since is None and asked.status != "open":
            today = self._today()
            asked = replace(asked, since=today - timedelta(days=LONGEST_DAYS - 1), until=today)
        if by_days and (too_long := self._too_long(asked, "find")):
            await self._answer(question, [too_long])
            return
        async with self._storage.look() as uow:
            wanted = await self._wanted(uow, asked)
            rows = await uow.reports.find(wanted, limit=_FOUND)
            count = len(rows)
            if count == _FOUND:
                count = await uow.reports.count(wanted, most=_COUNTED)
            entries = await self._listing.entries(uow, rows, deeds=1)
        words = {
            "entries": entries,
            "count": count,
            "most": _COUNTED,
            "period": self._period(asked),
        }
        await self._answer(question, [("find" if entries else "find_nothing", words)])

    async def export(self, question: Question) -> None:
        """A period as a table; the file is made when it is sent (`bot.export`)."""
        if not await self._may(question):
            return
        asked, today = self._understood(question), self._today()
        if asked.since is None and question.text.strip():
            await self._answer(question, [("export_usage", {})])
            return
        if asked.since is None or asked.until is None:
            asked = replace(asked, since=today - timedelta(days=1), until=today)
        if too_long := self._too_long(asked, "export"):
            await self._answer(question, [too_long])
            return
        payload = {"since": str(asked.since), "until": str(asked.until)}
        soon = ("export_soon", {"period": self._period(asked)})
        await self._answer(question, [soon], export=payload)

    # --- who, and where to ------------------------------------------------------------------------

    async def _may(self, question: Question) -> bool:
        if await self._people.roles(question.by.id) & READERS:
            return True
        async with self._storage.change() as uow:
            await self._say_there(uow, question, "not_for_you", self._clock())
        return False

    async def _answer(
        self,
        question: Question,
        messages: Sequence[_Message],
        *,
        export: dict[str, Any] | None = None,
    ) -> None:
        """Tell the person alone; the group hears where the answer is, not what it says."""
        now, key = self._clock(), f"{question.chat_id}:{question.message_id}"
        async with self._storage.change() as uow:
            person = await uow.people.person(question.by.id)
            is_reachable = question.is_private or (person is not None and person.reachable)
            if not question.is_private:
                where = "answered_privately" if is_reachable else "start_me"
                await self._say_there(uow, question, where, now)
            if not is_reachable:
                return
            for no, (what, words) in enumerate(messages):
                await self._enqueue.say(
                    uow,
                    question.by.id,
                    f"records.{what}",
                    now=now,
                    words=words,
                    once=f"record:{key}:{no}",
                )
            if export is not None:
                await uow.outbox.add(
                    now=now,
                    destination="telegram",
                    lane=lane_of(question.by.id),
                    kind="export",
                    payload=export,
                    priority=COSMETIC,
                    once=f"export:{key}",
                )

    async def _say_there(
        self, uow: UnitOfWork, question: Question, what: str, now: datetime
    ) -> None:
        """Under the command, where others may read it too."""
        await self._enqueue.say(
            uow,
            question.chat_id,
            f"records.{what}",
            now=now,
            topic_id=question.topic_id,
            reply_to=question.message_id,
            once=f"said:{question.chat_id}:{question.message_id}",
        )

    # --- what was asked for -----------------------------------------------------------------------

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _understood(self, question: Question) -> Asked:
        asked = finding.read(question.text, today=self._today(), stems=self._vocabulary)
        leads = tuple(dict.fromkeys((*question.leads, *asked.leads)))
        return replace(asked, leads=leads[:_LEADS])

    async def _wanted(self, uow: UnitOfWork, asked: Asked) -> Wanted:
        posters = None
        if asked.names:
            people = await uow.reports.people()
            posters = frozenset(
                user_id for user_id, name in people if finding.has_name(name, asked.names)
            )
        states = {"decided": self._verdicts.decided, "silent": self._verdicts.silent}.get(
            asked.status
        )
        for word in asked.words:
            named = self._vocabulary.get(word, frozenset())
            states = named if states is None else states & named
        since, until = bounds(asked.since, asked.until, self._zone)
        return Wanted(
            case=asked.case,
            leads=asked.leads,
            posters=posters,
            since=since,
            until=until,
            is_open={"open": True, "decided": False, "silent": False}.get(asked.status),
            states=states,
        )

    @cached_property
    def _vocabulary(self) -> dict[str, frozenset[FlowState]]:
        """What a state is called, and the word of the button that leads to it, by their stems."""
        found: defaultdict[str, set[FlowState]] = defaultdict(set)
        for flow in self._flows.values():
            for state in flow.states:
                for word in re.findall(r"\w{3,}", self._cards.state_word(flow.name, state)):
                    found[finding.stem(word)].add((flow.name, str(state)))
            for rule in flow.rules:
                if rule.decision and rule.to is not None:
                    for word in re.findall(r"\w{3,}", self._cards.deed_word(flow.name, rule.on)):
                        found[finding.stem(word)].add((flow.name, str(rule.to)))
        return {word: frozenset(states) for word, states in found.items()}

    def _too_long(self, asked: Asked, command: str) -> _Message | None:
        if asked.since is None or asked.until is None:
            return None
        days = (asked.until - asked.since).days + 1
        if days <= LONGEST_DAYS:
            return None
        first = asked.until - timedelta(days=LONGEST_DAYS - 1)
        example = f"{first:%d.%m.%Y} {asked.until:%d.%m.%Y}"
        words = {"days": LONGEST_DAYS, "asked": days, "command": command, "example": example}
        return "too_long", words

    def _period(self, asked: Asked) -> str:
        if asked.since is None or asked.until is None:
            return ""
        return period(self._cards, asked.since, asked.until)
