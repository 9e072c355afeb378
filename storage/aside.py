"""Updates that no handler could take, kept with their error until an owner replays them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from storage import tables as t
from storage.linked import Linked
from storage.upsert import upsert


class Aside:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def put(
        self, update_id: int, update_: dict[str, Any], error: str, *, now: datetime
    ) -> None:
        """Keep an update that makes a handler fail, also one that was replayed already."""
        await upsert(
            self._connection,
            t.set_aside,
            ["update_id"],
            {
                "update_id": update_id,
                "update": update_,
                "error": error,
                "at": now,
                "replayed_at": None,
            },
        )

    async def all(self) -> list[tuple[int, dict[str, Any], str]]:
        """(id, update, error) of the updates that wait for a replay."""
        s = t.set_aside.c
        rows = await self._connection.execute(
            select(s.update_id, s.update, s.error)
            .where(s.replayed_at.is_(None))
            .order_by(s.update_id)
        )
        return [(update_id, body, error) for update_id, body, error in rows]

    async def replayed(self, update_id: int, *, now: datetime) -> None:
        """An update that was set aside has now been taken."""
        s = t.set_aside.c
        await self._connection.execute(
            update(t.set_aside).where(s.update_id == update_id).values(replayed_at=now)
        )
