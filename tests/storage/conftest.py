"""The storage alone, on both engines, at a time that stands still."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.cases import CaseRow
from storage.db import Database
from storage.history import HistoryRow
from storage.outbox import OutboxRow
from storage.uow import Storage, UnitOfWork

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


@pytest.fixture
def storage(database: Database) -> Storage:
    return Storage(database)


#: Each case is opened by a post of its own.
_messages = itertools.count(1000)


async def a_case(uow: UnitOfWork, **values: Any) -> CaseRow:
    """A case that waits; its history has begun."""
    usual: dict[str, Any] = {
        "flow": "duplicates",
        "chat_id": -1,
        "topic_id": 0,
        "message_id": next(_messages),
        "ref": "",
        "about": "",
        "lead": "",
        "state": "waiting",
        "data": {"a": 1},
        "poster_id": 7,
        "poster_name": "Оля Демо",
        "posted_at": NOW,
        "opened_at": NOW,
        "closed_at": None,
    }
    made = usual | values
    opened = HistoryRow(
        case_id=0, at=made["opened_at"], actor_id=made["poster_id"],
        actor_name=made["poster_name"], action="open", round=1, from_state="",
        to_state=made["state"], text="", answer="",
    )  # fmt: skip
    return await uow.cases.open(post_ref=made["ref"], then=opened, **made)


async def a_row(uow: UnitOfWork, **values: Any) -> None:
    """A row of the outbox, due now."""
    usual: dict[str, Any] = {
        "now": NOW,
        "destination": "telegram",
        "lane": "chat:1",
        "kind": "say",
        "payload": {},
    }
    await uow.outbox.add(**(usual | values))


async def leased(
    storage: Storage, destination: str = "telegram", *, at: datetime = NOW, **more: Any
) -> list[OutboxRow]:
    """What a worker gets at that time."""
    async with storage.change() as uow:
        return await uow.lanes.lease(destination, now=at, lease=LEASE, limit=10, **more)


def kinds(rows: list[OutboxRow]) -> list[str]:
    return [row.kind for row in rows]
