"""Groups that the bot is in, and which of them runs what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from storage import tables as t
from storage.linked import Linked
from storage.prepared import Prepared
from storage.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRow:
    """A group that the bot is in (`left_at` None) or was in.

    Attributes:
        added_at: when the bot was added, or the group last unbound: the hour within which somebody
            must bind it began then.
    """

    chat_id: int
    title: str
    added_by: int | None
    added_at: datetime
    left_at: datetime | None
    migrated_to: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRow:
    """A chat (and topic; 0: none) that runs a flow."""

    chat_id: int
    topic_id: int
    flow: str


_B = t.bindings.c
_FLOW_OF = Prepared(
    select(_B.flow).where(_B.chat_id == bindparam("chat"), _B.topic_id == bindparam("topic"))
)
_BINDING = tuple(t.bindings.c[name] for name in BindingRow.__slots__)


class Chats:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def entered(self, chat_id: int, title: str, *, by: int | None, now: datetime) -> None:
        """The bot was added to a group."""
        await upsert(
            self._connection,
            t.chats,
            ["chat_id"],
            {"chat_id": chat_id, "title": title, "added_by": by, "added_at": now, "left_at": None},
        )

    async def left(self, chat_id: int, *, now: datetime) -> None:
        """The bot is not in that group any more."""
        await self._connection.execute(
            update(t.chats).where(t.chats.c.chat_id == chat_id).values(left_at=now)
        )

    async def stayed(self, chat_id: int, *, now: datetime) -> None:
        """The bot was to leave that group, and has not: it is in it as if it had been added now."""
        await self._connection.execute(
            update(t.chats).where(t.chats.c.chat_id == chat_id).values(added_at=now, left_at=None)
        )

    async def chat(self, chat_id: int) -> ChatRow | None:
        """The group, if the bot has been there."""
        row = await self._connection.execute(select(t.chats).where(t.chats.c.chat_id == chat_id))
        found = row.mappings().one_or_none()
        return None if found is None else ChatRow(**found)

    async def bind(self, chat_id: int, topic_id: int, flow: str, *, by: int, now: datetime) -> None:
        """Let this chat (and topic) run a flow."""
        await upsert(
            self._connection,
            t.bindings,
            ["chat_id", "topic_id"],
            {
                "chat_id": chat_id,
                "topic_id": topic_id,
                "flow": flow,
                "bound_by": by,
                "bound_at": now,
            },
        )

    async def unbind(self, chat_id: int, topic_id: int, *, now: datetime) -> bool:
        """Let this chat (and topic) run nothing; False: it did not."""
        b = t.bindings.c
        changed = await self._connection.execute(
            delete(t.bindings).where(b.chat_id == chat_id, b.topic_id == topic_id)
        )
        if not changed.rowcount:
            return False
        await self._connection.execute(
            update(t.chats).where(t.chats.c.chat_id == chat_id).values(added_at=now)
        )
        return True

    async def flow_of(self, chat_id: int, topic_id: int) -> str | None:
        """The flow that this chat and topic runs."""
        where = {"chat": chat_id, "topic": topic_id}
        found: str | None = (await self._connection.run(_FLOW_OF, where)).value
        return found

    async def bindings(self) -> list[BindingRow]:
        """Every binding."""
        rows = await self._connection.execute(
            select(*_BINDING).order_by(t.bindings.c.chat_id, t.bindings.c.topic_id)
        )
        return [BindingRow(**row) for row in rows.mappings()]

    async def bound_at(self, chat_id: int) -> list[datetime]:
        """When what the chat runs was bound to it."""
        found = await self._connection.scalars(select(_B.bound_at).where(_B.chat_id == chat_id))
        return list(found)

    async def was(self, chat_id: int) -> int | None:
        """The group that has become this supergroup; None: it was always one."""
        found: int | None = await self._connection.scalar(
            select(t.chats.c.chat_id).where(t.chats.c.migrated_to == chat_id).limit(1)
        )
        return found

    async def unbound_since(self, before: datetime) -> list[ChatRow]:
        """Groups that the bot is in and that run nothing, since before that time."""
        bound = select(t.bindings.c.chat_id)
        rows = await self._connection.execute(
            select(t.chats).where(
                t.chats.c.left_at.is_(None),
                t.chats.c.migrated_to.is_(None),
                t.chats.c.added_at < before,
                t.chats.c.chat_id.not_in(bound),
            )
        )
        return [ChatRow(**row) for row in rows.mappings()]

    async def move_chat(self, old: int, new: int, *, now: datetime) -> None:
        """A group became a supergroup: bindings go along, the old id leads to the new one."""
        was = await self.chat(old)
        await self.entered(
            new,
            "" if was is None else was.title,
            by=None if was is None else was.added_by,
            now=now,
        )
        await self._connection.execute(
            update(t.chats).where(t.chats.c.chat_id == old).values(migrated_to=new, left_at=now)
        )
        b = t.bindings.c
        taken = await self._connection.scalar(select(b.flow).where(b.chat_id == new).limit(1))
        if taken is None:
            await self._connection.execute(
                update(t.bindings).where(b.chat_id == old).values(chat_id=new)
            )
        else:
            await self._connection.execute(delete(t.bindings).where(b.chat_id == old))
