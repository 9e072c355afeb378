"""People and the roles that they hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, not_, or_, select, update

from storage import tables as t
from storage.near import Linked
from storage.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person by Telegram's numeric id.

    Attributes:
        reachable: a private message will arrive.
        on_duty: None: he never used /duty.
        crm_user: the CRM's id of him; crm_name: his name as the CRM writes it. "" while unknown.
    """

    user_id: int
    name: str
    username: str
    reachable: bool
    on_duty: bool | None
    crm_user: str
    crm_name: str


_PERSON = tuple(t.people.c[name] for name in PersonRow.__slots__)


class People:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def met(self, user_id: int, name: str, username: str, *, now: datetime) -> None:
        """Remember a person's name as Telegram gives it now."""
        await upsert(
            self._connection,
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

    async def set_duty(self, user_id: int, *, on: bool) -> None:
        """He goes on duty, or off."""
        await self._connection.execute(
            update(t.people).where(t.people.c.user_id == user_id).values(on_duty=on)
        )

    async def is_duty_used(self) -> bool:
        """Whether anybody has ever used /duty: until then all are on duty."""
        used = select(t.people.c.user_id).where(t.people.c.on_duty.is_not(None)).limit(1)
        return await self._connection.scalar(used) is not None

    async def is_anybody_on_duty(self, roles: Collection[str]) -> bool:
        """Whether somebody whom the bot has met has one of the roles and is on duty."""
        p = t.people.c
        used = select(p.user_id).where(p.on_duty.is_not(None)).exists()
        found = await self._connection.scalar(
            select(p.user_id)
            .join(t.roles, t.roles.c.user_id == p.user_id)
            .where(t.roles.c.role.in_(list(roles)), or_(p.on_duty.is_(True), not_(used)))
            .limit(1)
        )
        return found is not None

    async def link(self, user_id: int, *, crm_user: str, crm_name: str) -> None:
        """Note who he is in the CRM; "" takes the link away."""
        await self._connection.execute(
            update(t.people)
            .where(t.people.c.user_id == user_id)
            .values(crm_user=crm_user, crm_name=crm_name)
        )

    async def of_crm(self, crm_name: str) -> list[PersonRow]:
        """Who is that in the CRM; none: nobody that the bot knows."""
        rows = await self._connection.execute(
            select(*_PERSON).where(t.people.c.crm_name == crm_name, t.people.c.crm_name != "")
        )
        return [PersonRow(**row) for row in rows.mappings()]

    async def of_crm_user(self, crm_user: str) -> list[PersonRow]:
        """Who is linked to that user of the CRM."""
        rows = await self._connection.execute(
            select(*_PERSON).where(t.people.c.crm_user == crm_user, t.people.c.crm_user != "")
        )
        return [PersonRow(**row) for row in rows.mappings()]

    async def roles(self, user_id: int) -> frozenset[str]:
        """The roles that were given to a person."""
        found = await self._connection.scalars(
            select(t.roles.c.role).where(t.roles.c.user_id == user_id)
        )
        return frozenset(found)

    async def give(self, user_id: int, role: str, *, by: int, now: datetime) -> None:
        """Add a role."""
        await upsert(
            self._connection,
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

    async def all_roles(self) -> list[tuple[int, str]]:
        """(user id, role) of everybody who has one, by name; also of those nobody has met yet."""
        rows = await self._connection.execute(
            select(t.roles.c.user_id, t.roles.c.role)
            .join(t.people, t.roles.c.user_id == t.people.c.user_id, isouter=True)
            .order_by(t.people.c.name, t.roles.c.user_id, t.roles.c.role)
        )
        return [(user_id, role) for user_id, role in rows]
