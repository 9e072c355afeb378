"""People, their roles, and the chats that the bot works in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import tables as t


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person by Telegram's numeric id. `reachable`: a private message will arrive."""

    user_id: int
    name: str
    username: str
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRow:
    """A group that the bot is in (`left_at` None) or was in."""

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


_PERSON = tuple(t.people.c[name] for name in PersonRow.__slots__)
_BINDING = tuple(t.bindings.c[name] for name in BindingRow.__slots__)


class People:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def _upsert(self, table: Any, keys: Collection[str], values: dict[str, Any]) -> None:
        make = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        fresh = {name: value for name, value in values.items() if name not in keys}
        await self._connection.execute(
            make.insert(table)
            .values(values)
            .on_conflict_do_update(index_elements=list(keys), set_=fresh)
        )

    async def met(self, user_id: int, name: str, username: str, *, now: datetime) -> None:
        """Remember a person's name as Telegram gives it now."""
        await self._upsert(
            t.people,
            ["user_id"],
            {"user_id": user_id, "name": name, "username": username, "seen_at": now},
        )

    async def person(self, user_id: int) -> PersonRow | None:
        """The person, if the bot has met him."""
        row = await self._connection.execute(select(*_PERSON).where(t.people.c.user_id == user_id))
        found = row.mappings().one_or_none()
        return None if found is None else PersonRow(**found)

    async def set_reachable(self, user_id: int, *, reachable: bool) -> None:
        """Note whether a private message will arrive."""
        await self._connection.execute(
            update(t.people).where(t.people.c.user_id == user_id).values(reachable=reachable)
        )

    async def roles(self, user_id: int) -> frozenset[str]:
        """The roles that were given to a person."""
        found = await self._connection.scalars(
            select(t.roles.c.role).where(t.roles.c.user_id == user_id)
        )
        return frozenset(found)

    async def give(self, user_id: int, role: str, *, by: int, now: datetime) -> None:
        """Add a role."""
        await self._upsert(
            t.roles,
            ["user_id", "role"],
            {"user_id": user_id, "role": role, "given_by": by, "given_at": now},
        )

    async def take_all(self, user_id: int) -> None:
        """Take every role away."""
        await self._connection.execute(delete(t.roles).where(t.roles.c.user_id == user_id))

    async def having(self, role: str) -> list[PersonRow]:
        """People of a role, whom the bot has met, by name."""
        rows = await self._connection.execute(
            select(*_PERSON)
            .join(t.roles, t.roles.c.user_id == t.people.c.user_id)
            .where(t.roles.c.role == role)
            .order_by(t.people.c.name, t.people.c.user_id)
        )
        return [PersonRow(**row) for row in rows.mappings()]

    async def all_roles(self) -> list[tuple[int, str, str]]:
        """(user id, name or "", role) of everybody who has one."""
        rows = await self._connection.execute(
            select(t.roles.c.user_id, t.people.c.name, t.roles.c.role)
            .join(t.people, t.roles.c.user_id == t.people.c.user_id, isouter=True)
            .order_by(t.people.c.name, t.roles.c.user_id, t.roles.c.role)
        )
        return [(user_id, name or "", role) for user_id, name, role in rows]

    # --- chats ----------------------------------------------------------------------------------

    async def entered(self, chat_id: int, title: str, *, by: int | None, now: datetime) -> None:
        """The bot was added to a group."""
        await self._upsert(
            t.chats,
            ["chat_id"],
            {"chat_id": chat_id, "title": title, "added_by": by, "added_at": now, "left_at": None},
        )

    async def left(self, chat_id: int, *, now: datetime) -> None:
        """The bot is not in that group any more."""
        await self._connection.execute(
            update(t.chats).where(t.chats.c.chat_id == chat_id).values(left_at=now)
        )

    async def chat(self, chat_id: int) -> ChatRow | None:
        """The group, if the bot has been there."""
        row = await self._connection.execute(select(t.chats).where(t.chats.c.chat_id == chat_id))
        found = row.mappings().one_or_none()
        return None if found is None else ChatRow(**found)

    async def bind(self, chat_id: int, topic_id: int, flow: str, *, by: int, now: datetime) -> None:
        """Let this chat (and topic) run a flow."""
        await self._upsert(
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

    async def unbind(self, chat_id: int, topic_id: int) -> bool:
        """Let this chat (and topic) run nothing; False: it did not."""
        b = t.bindings.c
        changed = await self._connection.execute(
            delete(t.bindings).where(b.chat_id == chat_id, b.topic_id == topic_id)
        )
        return bool(changed.rowcount)

    async def flow_of(self, chat_id: int, topic_id: int) -> str | None:
        """The flow that this chat and topic runs."""
        b = t.bindings.c
        return await self._connection.scalar(
            select(b.flow).where(b.chat_id == chat_id, b.topic_id == topic_id)
        )

    async def bindings(self) -> list[BindingRow]:
        """Every binding."""
        rows = await self._connection.execute(
            select(*_BINDING).order_by(t.bindings.c.chat_id, t.bindings.c.topic_id)
        )
        return [BindingRow(**row) for row in rows.mappings()]

    async def unbound_since(self, before: datetime) -> list[ChatRow]:
        """Groups that the bot is in, that were added before that time and run nothing."""
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

    # --- updates that nobody could take ---------------------------------------------------------

    async def set_aside(
        self, update_id: int, update_: dict[str, Any], error: str, *, now: datetime
    ) -> None:
        """Keep an update that makes a handler fail."""
        await self._upsert(
            t.set_aside,
            ["update_id"],
            {"update_id": update_id, "update": update_, "error": error, "at": now},
        )

    async def aside(self) -> list[tuple[int, dict[str, Any], str]]:
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

    # --- what this installation is --------------------------------------------------------------

    async def installation_tag(self, fresh: str) -> str:
        """The tag of this installation; `fresh` becomes it if there is none yet."""
        found: str | None = await self._connection.scalar(select(t.installation.c.tag))
        if found is not None:
            return found
        await self._connection.execute(insert(t.installation).values(id=1, tag=fresh))
        return fresh
