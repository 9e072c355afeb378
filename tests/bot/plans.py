"""What the bot asks its database, and what of it would read the whole of a table that grows.

Heard is whatever goes through SQLAlchemy and whatever goes to the drivers past it; the plans are
those of the engine at work: PostgreSQL plans once, for whatever values (`storage/far.py`).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert
from sqlalchemy import text as sql

from storage import tables as t
from storage.aside import Aside
from storage.cases import Cases
from storage.chats import Chats
from storage.db import Database
from storage.deadlines import Deadlines
from storage.deliveries import Deliveries
from storage.digests import Digests
from storage.far import Far
from storage.history import History
from storage.lanes import Lanes
from storage.messages import Messages
from storage.near import Near
from storage.open_cases import OpenCases
from storage.outbox import Outbox
from storage.people import People
from storage.posts import Posts
from storage.prepared import Answer, Prepared
from storage.presses import Presses
from storage.reports import Reports
from storage.sweeping import Sweeping
from storage.tables import metadata
from tests.harness import World

#: Tables that do not grow with the work: as long as the call centre has chats and people.
_SMALL = {"installation", "chats", "bindings", "people", "roles", "crm_tokens"}
GROWING = frozenset(table.name for table in metadata.sorted_tables) - _SMALL
#: Partial indexes of what is open or waits: as long as the work of the moment.
_OF_THE_MOMENT = frozenset(
    {
        *("ix_outbox_pending", "ix_outbox_lane", "ix_deadlines_pending"),
        *("ix_cases_open_flow", "uq_cases_open_lead", "uq_cases_open_about"),
    }
)
_ROOMS = (
    *(Aside, Cases, Chats, Deadlines, Deliveries, Digests, History, Lanes, Messages),
    *(OpenCases, Outbox, People, Posts, Presses, Reports, Sweeping),
)
#: Whatever of a storage's room asks something.
QUESTIONS = frozenset(
    f"{room.__name__}.{name}"
    for room in _ROOMS
    for name, member in vars(room).items()
    if inspect.iscoroutinefunction(member) and not name.startswith("_")
)


@dataclass(slots=True)
class Heard:
    """What was asked.

    Attributes:
        statements: in the engine's words, with parameters that each was once run with.
        questions: the methods of rooms that were called.
        deaf_to: the test's own database.
    """

    statements: dict[str, Sequence[Any]] = field(default_factory=dict)
    questions: set[str] = field(default_factory=set)
    deaf_to: Database | None = None

    def note(self, statement: str, given: Sequence[Any]) -> None:
        """A statement that finds rows, or changes some."""
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", statement):
            self.statements.setdefault(statement, given)


@contextmanager
def hearing() -> Iterator[Heard]:
    """Hear every statement of this process."""
    heard = Heard()
    with pytest.MonkeyPatch.context() as patch:
        for room in _ROOMS:
            _overhear(patch, room, heard)
        _hear_near(patch, heard)
        _hear_far(patch, heard)

        def through_sqlalchemy(connection: Any, _cursor: Any, statement: str, *more: Any) -> None:
            given, _context, is_many = more
            if heard.deaf_to is None or connection.engine is not _engine_of(heard.deaf_to):
                heard.note(statement, given[0] if is_many else given)

        event.listen(Engine, "before_cursor_execute", through_sqlalchemy)
        try:
            yield heard
        finally:
            event.remove(Engine, "before_cursor_execute", through_sqlalchemy)


def _engine_of(database: Database) -> Engine:
    engine: Any = database._connections.engine
    made: Engine = engine if database.is_sqlite else engine.sync_engine
    return made


def _overhear(patch: pytest.MonkeyPatch, room: type, heard: Heard) -> None:
    for question in QUESTIONS:
        owner, _, name = question.partition(".")
        if owner == room.__name__:
            patch.setattr(room, name, _noting(vars(room)[name], question, heard))


def _noting(method: Any, question: str, heard: Heard) -> Any:
    @wraps(method)
    async def noted(*given: Any, **more: Any) -> Any:
        heard.questions.add(question)
        return await method(*given, **more)

    return noted


def _hear_near(patch: pytest.MonkeyPatch, heard: Heard) -> None:
    run = Near.run

    async def noted(self: Near, prepared: Prepared, given: Mapping[str, Any], /) -> Answer:
        compiled = prepared.on(self.dialect)
        heard.note(compiled.sql, compiled.arguments(given))
        return await run(self, prepared, given)

    patch.setattr(Near, "run", noted)


def _hear_far(patch: pytest.MonkeyPatch, heard: Heard) -> None:
    begin = Far.__init__

    def noted(self: Far, connection: Any, driver: Any) -> None:
        begin(self, connection, driver)
        # What SQLAlchemy prepares does not pass by here.
        driver.add_query_logger(lambda record: heard.note(record.query, record.args or ()))

    patch.setattr(Far, "__init__", noted)


# --- plans ------------------------------------------------------------------------------------


async def reads_all(database: Database, statement: str, given: Sequence[Any]) -> list[str]:
    """The steps by which the engine would read the whole of a table that grows."""
    async with database.reading() as connection:
        if isinstance(connection, Far):
            return _whole_in_far(await _far_plan(connection.driver, statement))
        assert isinstance(connection, Near)
        rows = connection.driver.execute(f"EXPLAIN QUERY PLAN {statement}", given)
        return _whole_in_near(statement, [str(row[-1]) for row in rows])


async def _far_plan(driver: Any, statement: str) -> Any:
    count = max(map(int, re.findall(r"\$(\d+)", statement)), default=0)
    values = f"({', '.join(['NULL'] * count)})" if count else ""
    await driver.execute(f"PREPARE planned AS {statement}")
    try:
        found = await driver.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE planned{values}")
    finally:
        await driver.execute("DEALLOCATE planned")
    return found


def _whole_in_far(plan: Any) -> list[str]:
    """Scans without an index, or by an index whose first column nothing is asked of."""
    if isinstance(plan, list):
        return [step for one in plan for step in _whole_in_far(one)]
    if not isinstance(plan, dict):
        return []
    table, index = plan.get("Relation Name", ""), plan.get("Index Name", "")
    found = []
    if plan.get("Node Type") == "Seq Scan" and table in GROWING:
        found.append(f"Seq Scan on {table}")
    elif index in _INDEXES and index not in _OF_THE_MOMENT:
        first = _INDEXES[index]
        if not re.search(rf"\b{first}\b", plan.get("Index Cond", "")):
            found.append(f"{plan['Node Type']} by {index} without its {first}")
    return found + [step for part in plan.values() for step in _whole_in_far(part)]


def _indexes() -> Iterator[tuple[str, str]]:
    """Of each index of a table that grows its first column, by PostgreSQL's name of it."""
    for table in metadata.sorted_tables:
        if table.name in GROWING:
            yield f"pk_{table.name}", next(iter(table.primary_key.columns)).name
            yield from (
                (str(index.name), next(iter(index.columns)).name) for index in table.indexes
            )
            for one in table.constraints:
                if one.name and str(one.name).startswith("uq_"):
                    yield str(one.name), next(iter(one.columns)).name  # type: ignore[attr-defined]


_INDEXES = dict(_indexes())


def _whole_in_near(statement: str, steps: Sequence[str]) -> list[str]:
    """SQLite says SCAN where no condition narrows it; a table goes by its alias."""
    tables = "|".join(GROWING)
    names = GROWING | {*re.findall(rf"\b(?:{tables})\s+(?:AS\s+)?(\w+)", statement)}
    return [
        step
        for step in steps
        if (found := re.match(r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step))
        and found[2] in names
        and (found[1] == "SCAN" or "AUTOMATIC" in step or "ANY(" in step)
        and found[3] not in _OF_THE_MOMENT
    ]


async def grow(world: World, chat: int) -> None:
    """Old rows of the tables that `bench.ages` leaves alone."""
    then = datetime(2026, 1, 1, tzinfo=UTC)
    numbers = range(3000)
    async with world.database.transaction() as connection:
        await connection.execute(
            insert(t.lead_numbers), [{"number": f"no{i}", "lead": f"old{i}"} for i in numbers]
        )
        await connection.execute(
            insert(t.digests),
            [{"chat_id": chat - i, "message_id": 700_000_000 + i, "shown": "x"} for i in numbers],
        )
        replayed = {"update": {}, "error": "x", "at": then, "replayed_at": then}
        await connection.execute(
            insert(t.set_aside), [{"update_id": 800_000_000 + i, **replayed} for i in numbers]
        )
        await connection.execute(sql("ANALYZE"))
