"""What people look up: cases by lead, operator, day and state; a period's events; what is open.

Only reads. Each query begins at an index (a lead, a poster, a time, what is open): none reads the
whole of a table that grows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from storage import tables as t
from storage.cases import CaseRow
from storage.history import HistoryRow
from storage.linked import Linked

_C, _H, _M, _P = t.cases.c, t.history.c, t.messages.c, t.posts.c

#: The first row of every case's history (`HistoryRow.from_state`).
_OPENED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases; what is empty or None does not matter.

    Attributes:
        case: its number.
        leads: CRM ids, or what was pasted.
        posters: Telegram ids of those who asked.
        since, until: it was opened in that time; the end is not part of it.
        is_open: somebody still waits.
        states: (flow, state); () is no state at all.
    """

    case: int | None = None
    leads: tuple[str, ...] = ()
    posters: frozenset[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_open: bool | None = None
    states: frozenset[tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A row of the history with what must be known of its case."""

    id: int
    event: HistoryRow
    flow: str
    chat_id: int
    topic_id: int
    lead: str
    ref: str
    posted_at: datetime


_BESIDE = ("id", "flow", "chat_id", "topic_id", "lead", "ref", "posted_at")
_OF_CASE = tuple(_C[name] for name in _BESIDE[1:])


class Reports:
    """Reads inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    # --- cases ----------------------------------------------------------------------------------

    async def find(self, wanted: Wanted, *, limit: int) -> list[CaseRow]:
        """The newest cases that are wanted."""
        # Open ones are few and have an index; by bare ids SQLite would go through all cases.
        newest = (_C.id + 0 if wanted.is_open else _C.id).desc()
        query = (await self._wanted(wanted)).order_by(newest).limit(limit)
        rows = await self._connection.execute(query)
        return [CaseRow(**row) for row in rows.mappings()]

    async def count(self, wanted: Wanted, *, most: int) -> int:
        """How many there are; counting ends at `most`."""
        # The state is in the index of what is open, and not in that of all cases.
        some = (
            (await self._wanted(wanted)).with_only_columns(_C.id, _C.state).limit(most).subquery()
        )
        found: int = await self._connection.scalar(select(func.count()).select_from(some))
        return found

    async def _wanted(self, wanted: Wanted) -> Select[Any]:
        query = select(t.cases)
        if wanted.case is not None:
            query = query.where(_C.id == wanted.case)
        if wanted.leads:
            query = query.where(await self._of_leads(wanted.leads))
        if wanted.posters is not None:
            query = query.where(_C.poster_id.in_(wanted.posters))
        if wanted.is_open is not None:
            open_ = _C.closed_at.is_(None)
            query = query.where(open_ if wanted.is_open else ~open_)
        if wanted.states is not None:
            query = query.where(_in_states(wanted.states))
        if wanted.since is not None and wanted.until is not None:
            if wanted.posters is None and not wanted.leads:
                # Nothing else narrows it: the history knows by time what was opened.
                query = query.where(_C.id.in_(_opened(wanted.since, wanted.until)))
            query = query.where(_C.opened_at >= wanted.since, _C.opened_at < wanted.until)
        return query

    async def _of_leads(self, leads: Collection[str]) -> ColumnElement[bool]:
        """By the CRM's id, by the number beside it, or as it was pasted.

        The index over what was pasted begins with the chat: chats are few.
        """
        chats = list(await self._connection.scalars(select(t.chats.c.chat_id)))
        pasted = and_(_C.chat_id.in_(chats), _C.ref.in_(leads))
        told = await self._connection.scalars(
            select(_C.lead).where(pasted, _C.lead != "").distinct().limit(20)
        )
        numbered = await self._connection.scalars(
            select(t.lead_numbers.c.lead).where(t.lead_numbers.c.number.in_(leads))
        )
        return or_(_C.lead.in_({*leads, *told, *numbered}), pasted)

    async def cards(self, cases: Collection[int]) -> dict[int, int]:
        """Message ids of the cards that show these cases now; else of the posts that opened them.

        Those of their chats: a group that became a supergroup has left its messages behind.
        """
        posts = await self._connection.execute(
            select(_P.case_id, _P.message_id)
            .join(t.cases, and_(_C.id == _P.case_id, _C.message_id == _P.message_id))
            .where(_P.case_id.in_(cases), _P.chat_id == _C.chat_id)
        )
        cards = await self._connection.execute(
            select(_M.case_id, _M.message_id)
            .join(t.cases, _C.id == _M.case_id)
            .where(_M.case_id.in_(cases), _M.kind == "card", _M.current.is_(True))
            .where(_M.chat_id == _C.chat_id)
        )
        return {row.case_id: row.message_id for row in (*posts, *cards)}

    async def history(self, cases: Collection[int]) -> dict[int, list[HistoryRow]]:
        """All that happened to each of these cases, oldest first."""
        rows = await self._connection.execute(
            select(*(_H[name] for name in HistoryRow._fields))
            .where(_H.case_id.in_(cases))
            .order_by(_H.case_id, _H.id)
        )
        found: dict[int, list[HistoryRow]] = {}
        for row in rows.mappings():
            found.setdefault(row["case_id"], []).append(HistoryRow(**row))
        return found

    async def open_cases(self) -> list[CaseRow]:
        """Every case that somebody waits for."""
        rows = await self._connection.execute(select(t.cases).where(_C.closed_at.is_(None)))
        return [CaseRow(**row) for row in rows.mappings()]

    # --- a period, page by page -----------------------------------------------------------------

    async def events(
        self, since: datetime, until: datetime, *, after: EventRow | None, limit: int
    ) -> list[EventRow]:
        """What happened in that time, oldest first; the page behind `after`."""
        rows = await self._connection.execute(
            select(*(_H[name] for name in HistoryRow._fields), _H.id, *_OF_CASE)
            .join(t.cases, _C.id == _H.case_id)
            .where(*_page(since, until, None if after is None else (after.event.at, after.id)))
            .order_by(_H.at, _H.id)
            .limit(limit)
        )
        return [
            EventRow(
                event=HistoryRow(**dict(zip(HistoryRow._fields, row, strict=False))),
                **dict(zip(_BESIDE, row[len(HistoryRow._fields) :], strict=True)),
            )
            for row in rows
        ]

    async def opened(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> tuple[list[CaseRow], tuple[datetime, int] | None]:
        """Cases that were opened in that time, oldest first, and where the next page begins."""
        rows = await self._connection.execute(
            select(_H.at.label("event_at"), _H.id.label("event_id"), t.cases)
            .join(t.cases, _C.id == _H.case_id)
            .where(_H.from_state == _OPENED, *_page(since, until, after))
            .order_by(_H.at, _H.id)
            .limit(limit)
        )
        cases: list[CaseRow] = []
        for row in rows.mappings():
            values = dict(row)
            after = values.pop("event_at"), values.pop("event_id")
            cases.append(CaseRow(**values))
        return cases, after

    # --- names ----------------------------------------------------------------------------------

    async def titles(self) -> dict[int, str]:
        """What each group is called."""
        rows = await self._connection.execute(select(t.chats.c.chat_id, t.chats.c.title))
        return {row.chat_id: row.title for row in rows}

    async def people(self) -> list[tuple[int, str]]:
        """(id, name) of everybody whom the bot has met: the size of the call centre."""
        rows = await self._connection.execute(select(t.people.c.user_id, t.people.c.name))
        return [(user_id, name) for user_id, name in rows]


def _in_states(states: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    by_flow: dict[str, list[str]] = {}
    for flow, state in states:
        by_flow.setdefault(flow, []).append(state)
    parts = [and_(_C.flow == flow, _C.state.in_(names)) for flow, names in by_flow.items()]
    # Of no state at all: nothing.
    return or_(*parts) if parts else _C.id.is_(None)


def _opened(since: datetime, until: datetime) -> Select[Any]:
    return select(_H.case_id).where(_H.at >= since, _H.at < until, _H.from_state == _OPENED)


def _page(
    since: datetime, until: datetime, after: tuple[datetime, int] | None
) -> tuple[ColumnElement[bool], ...]:
    if after is None:
        return (_H.at >= since, _H.at < until)
    at, last = after
    # The first bound is what the index begins at; the second passes over what has been read.
    return (_H.at >= at, _H.at < until, or_(_H.at > at, _H.id > last))
