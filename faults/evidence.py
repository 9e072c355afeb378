"""What is to be seen from outside: the database by SQL, the CRM and Telegram over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, select, text

from faults.eyes import Message, buttons_of
from faults.people import ADMINS, OPERATORS, Asked, Ledger, Pressed, is_ours
from faults.stand import OWNER, Stand
from storage import tables as t
from storage.errors import StorageDown
from storage.linked import Linked

#: More than the pool keeps.
_CONNECTIONS = 40

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of the bot that is there now.

    Attributes:
        at: the stand's time, whole seconds.
        reply_to: the message that it answers; 0: none.
    """

    chat: int
    number: int
    text: str
    buttons: tuple[str, ...]
    at: float
    reply_to: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A lead as the CRM has it."""

    status: int | None
    comments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All of it at one moment. Tables: rows by column name, in the order of their ids.

    Attributes:
        troubles: moments around which a message may have come twice, in their order.
        deciders: who may decide.
        owners: who may do all.
        removed: messages of the bot that somebody else has deleted.
        complaints: lines of the bot's log that tell of a fault of ours.
    """

    now: datetime
    cases: Sequence[Row]
    history: Sequence[Row]
    outbox: Sequence[Row]
    deadlines: Sequence[Row]
    posts: Sequence[Row]
    notes: Sequence[Row]
    places: Sequence[Row]
    aside: Sequence[Row]
    said: Sequence[Said]
    leads: Mapping[str, Lead]
    asked: Sequence[Asked]
    pressed: Sequence[Pressed]
    dropped: frozenset[tuple[int, int]]
    touched: Mapping[str, int]
    troubles: Sequence[float]
    deciders: frozenset[int]
    owners: frozenset[int] = frozenset({OWNER})
    removed: frozenset[tuple[int, int]] = frozenset()
    waiting_updates: int = 0
    complaints: Sequence[str] = ()


@contextlib.asynccontextmanager
async def looking(at: Stand) -> AsyncIterator[Linked]:
    """The database. A connection that was cut by an attack is found out by using it: once more."""
    for _ in range(_CONNECTIONS):
        try:
            async with at.database.reading() as connection:
                await connection.execute(text("SELECT 1"))
        except StorageDown:
            continue
        break
    async with at.database.reading() as connection:
        yield connection


async def gather(at: Stand, ledger: Ledger, deciders: Sequence[int]) -> Evidence:
    """Look at everything. Nothing should be going on meanwhile."""
    async with looking(at) as connection:

        async def rows(table: Table) -> list[Row]:
            found = await connection.execute(select(table).order_by(*table.primary_key))
            return [dict(row) for row in found.mappings()]

        tables: dict[str, Any] = {
            "cases": await rows(t.cases),
            "history": await rows(t.history),
            "outbox": await rows(t.outbox),
            "deadlines": await rows(t.deadlines),
            "posts": await rows(t.posts),
            "notes": await rows(t.messages),
            "places": await rows(t.digest_places),
            "aside": await rows(t.set_aside),
        }
    said, removed = await _said(at)
    seen = Evidence(
        now=datetime.fromtimestamp(at.now(), UTC),
        **tables,
        said=said,
        removed=removed,
        leads=await _leads(
            at,
            {asked.lead for asked in ledger.asked}
            | {case["lead"] for case in tables["cases"]} - {""},
        ),
        asked=tuple(ledger.asked),
        pressed=tuple(ledger.pressed),
        dropped=frozenset(ledger.dropped),
        touched=dict(ledger.touched),
        troubles=tuple(sorted(at.troubles.moments)),
        deciders=frozenset(deciders),
        waiting_updates=await at.waiting_updates(),
        complaints=tuple(line for keeper in at.keepers for line in keeper.complaints),
    )
    return _without(seen, ledger.forgotten)


def _without(seen: Evidence, leads: set[str]) -> Evidence:
    """What is to be seen of all other leads."""
    if not leads:
        return seen
    rest = about(seen, lambda case: lead_of(case) not in leads)
    return replace(
        rest,
        said=[one for one in seen.said if not any(lead in one.text for lead in leads)],
        leads={key: lead for key, lead in seen.leads.items() if key not in leads},
        asked=[asked for asked in seen.asked if asked.lead not in leads],
    )


def about(seen: Evidence, wanted: Callable[[Row], bool]) -> Evidence:
    """What the database and presses tell of these cases, and of none."""
    cases = [case for case in seen.cases if wanted(case)]
    known = {None, *(case["id"] for case in cases)}

    def of_these(rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if row["case_id"] in known]

    return replace(
        seen,
        cases=cases,
        history=of_these(seen.history),
        outbox=of_these(seen.outbox),
        deadlines=of_these(seen.deadlines),
        posts=of_these(seen.posts),
        notes=of_these(seen.notes),
        places=of_these(seen.places),
        pressed=[press for press in seen.pressed if press.case in known],
    )


def lead_of(case: Row) -> str:
    """The lead of a case, also before it was read."""
    lead: str = case["lead"] or case["ref"]
    return lead


async def _said(at: Stand) -> tuple[list[Said], frozenset[tuple[int, int]]]:
    """What the bot has said and is there; what is not any more, though the bot left it there."""
    groups = [chat["id"] for chat in (await at.control.world())["chats"]]
    found: list[Said] = []
    gone: set[tuple[int, int]] = set()
    for chat in (*groups, OWNER, *ADMINS, *OPERATORS):
        for message in await at.control.messages(chat):
            if not is_ours(message):
                continue
            if message["deleted"]:
                gone.add((chat, message["message_id"]))
            else:
                found.append(_read(chat, message))
    for note in await at.control.log("deleteMessage"):
        # The sandbox keeps its log for some time only.
        at.taken_away.add((note["params"]["chat_id"], note["params"]["message_id"]))
    return found, frozenset(gone - at.taken_away)


def _read(chat: int, message: Message) -> Said:
    return Said(
        chat=chat,
        number=message["message_id"],
        text=message.get("text", ""),
        buttons=tuple(buttons_of(message)),
        at=message["date"],
        reply_to=message.get("reply_to_message", {}).get("message_id", 0),
    )


async def _leads(at: Stand, keys: set[str]) -> dict[str, Lead]:
    async def one(key: str) -> tuple[str, Lead]:
        truth = await at.lead(key)
        status = truth["status_1"]
        return key, Lead(
            status=None if status is None else int(status["id"]),
            comments=tuple(comment["text"] for comment in truth["comments"]),
        )

    return dict(await asyncio.gather(*map(one, sorted(keys))))
