"""People and the roles that they hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, delete, func, literal_column, not_, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from storage import tables as t
from storage.linked import Linked
from storage.prepared import Prepared
from storage.upsert import upsert


class PersonRow(NamedTuple):
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


_PERSON = tuple(t.people.c[name] for name in PersonRow._fields)
_NO_ROLES: frozenset[str] = frozenset()
_ROLES = Prepared(
    select(t.roles.c.role).where(t.roles.c.user_id == bindparam("person")), reads=True
)
_HAVING = Prepared(
    select(*_PERSON)
    .join(t.roles, t.roles.c.user_id == t.people.c.user_id)
    .where(t.roles.c.role == bindparam("role"))
    .order_by(t.people.c.name, t.people.c.user_id),
    reads=True,
)
_HELD_CRM_NAME = Prepared(
    select(t.people.c.crm_name)
    .where(t.people.c.user_id == bindparam("person"))
    .with_for_update(read=True)
)
_HEARD_LAST = Prepared(
    select(t.people.c.seen_at).where(t.people.c.user_id == bindparam("person")).with_for_update()
)
# Keys of two numbers: with 1 first they are leads' (`storage/cases_sql.py`), with 2 CRM users'.
_LOCK_CRM_USER = Prepared(
    select(
        func.pg_advisory_xact_lock(
            literal_column("2"), func.hashtext(bindparam("crm_user", type_=Text))
        )
    )
)
_DUTY_USED = Prepared(
    select(t.people.c.user_id).where(t.people.c.on_duty.is_not(None)).limit(1), reads=True
)


@cache
def _know(count: int) -> Prepared:
    """Read that many people with their roles; their ids are p0, p1 and so on."""
    return Prepared(
        select(t.roles.c.role, *_PERSON)
        .join_from(t.people, t.roles, t.roles.c.user_id == t.people.c.user_id, isouter=True)
        .where(t.people.c.user_id.in_([bindparam(f"p{no}") for no in range(count)])),
        reads=True,
    )


def along(*ids: Any) -> Any:
    """These people with their roles as one column of PostgreSQL's, for `People.learn`."""
    found = func.jsonb_agg(func.jsonb_build_array(t.roles.c.role, *_PERSON), type_=JSONB)
    return (
        select(found)
        .join_from(t.people, t.roles, t.roles.c.user_id == t.people.c.user_id, isouter=True)
        .where(t.people.c.user_id.in_(ids))
        .scalar_subquery()
    )


class People:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection
        # Whom `know` has read: his row, if the bot has met him, and his roles.
        self._known: dict[int, tuple[PersonRow | None, frozenset[str]]] = {}

    async def know(self, user_ids: Collection[int]) -> None:
        """Read these people and their roles at once; `person` and `roles` need not ask again."""
        fresh = [user_id for user_id in dict.fromkeys(user_ids) if user_id not in self._known]
        if not fresh:
            return
        given = {f"p{no}": user_id for no, user_id in enumerate(fresh)}
        self.learn((await self._connection.run(_know(len(fresh)), given)).rows)
        for user_id in fresh:
            if user_id not in self._known:
                # A role may have been given to somebody whom the bot has not met.
                held = await self._connection.run(_ROLES, {"person": user_id})
                self._known[user_id] = None, frozenset(role for (role,) in held.rows)

    def learn(self, found: Sequence[Sequence[Any]] | None) -> None:
        """Of people whom the bot has met: a role (None: he has none), then himself; per role."""
        learnt: dict[int, tuple[PersonRow | None, frozenset[str]]] = {}
        for role, *person in found or ():
            row = PersonRow._make(person)
            _, roles = learnt.get(row.user_id, (None, _NO_ROLES))
            learnt[row.user_id] = row, roles | {role} if role else roles
        self._known |= learnt

    async def met(self, user_id: int, name: str, username: str, *, now: datetime) -> None:
        """Remember a person's name as Telegram gives it now."""
        self._known.clear()
        await upsert(
            self._connection,
            t.people,
            ["user_id"],
            {"user_id": user_id, "name": name, "username": username, "seen_at": now},
        )

    async def person(self, user_id: int) -> PersonRow | None:
        """The person, if the bot has met him."""
        await self.know([user_id])
        return self._known[user_id][0]

    async def set_reachable(
        self, user_id: int, *, reachable: bool, now: datetime | None = None
    ) -> None:
        """Note whether a private message will arrive; `now`: he has just been heard."""
        self._known.clear()
        heard = {} if now is None else {"seen_at": now}
        await self._connection.execute(
            update(t.people)
            .where(t.people.c.user_id == user_id)
            .values(reachable=reachable, **heard)
        )

    async def is_heard_since(self, user_id: int, at: datetime) -> bool:
        """Whether he has been heard since then (`tables.people.seen_at`).

        Who notes that he is heard waits until the transaction ends (SQLite's writers queue up).
        """
        heard = (await self._connection.run(_HEARD_LAST, {"person": user_id})).value
        return bool(heard is not None and heard > at)

    async def set_duty(self, user_id: int, *, on: bool) -> None:
        """He goes on duty, or off."""
        self._known.clear()
        await self._connection.execute(
            update(t.people).where(t.people.c.user_id == user_id).values(on_duty=on)
        )

    async def begin_duty(self, roles: Collection[str]) -> None:
        """Whoever has one of the roles, and never used /duty, is on duty.

        Who has gone off meanwhile stays so: of two who are the first, one waits here for the other.
        """
        self._known.clear()
        p, r = t.people.c, t.roles.c
        has_role = select(r.user_id).where(r.user_id == p.user_id, r.role.in_(list(roles)))
        # One after the other, in the same order: two who do this cannot wait for each other.
        found = await self._connection.scalars(
            select(p.user_id)
            .where(p.on_duty.is_(None), has_role.exists())
            .order_by(p.user_id)
            .with_for_update()
        )
        await self._connection.execute(
            update(t.people).where(p.user_id.in_(found.all())).values(on_duty=True)
        )

    async def is_duty_used(self) -> bool:
        """Whether anybody has ever used /duty: until then all are on duty."""
        return bool((await self._connection.run(_DUTY_USED, {})).rows)

    async def on_duty(self, people: Iterable[PersonRow]) -> list[PersonRow]:
        """Those of them who are on duty: all, until somebody has used /duty."""
        found = list(people)
        if not await self.is_duty_used():
            return found
        return [one for one in found if one.on_duty]

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
        """Note who he is in the CRM; "" takes the link away.

        Who holds that user (`hold_crm_user`) is waited for, and waits until the transaction ends.
        """
        self._known.clear()
        if crm_user:
            await self.hold_crm_user(crm_user)
        await self._connection.execute(
            update(t.people)
            .where(t.people.c.user_id == user_id)
            .values(crm_user=crm_user, crm_name=crm_name)
        )

    async def held_crm_name(self, user_id: int) -> str:
        """Who he is in the CRM, until the transaction ends; "": nobody has told.

        Who links him at the same moment waits for it, or it for him: one of them sees what the
        other did (of SQLite's writers there is only one).
        """
        return str((await self._connection.run(_HELD_CRM_NAME, {"person": user_id})).value or "")

    async def of_crm(self, crm_name: str) -> list[PersonRow]:
        """Who is that in the CRM; none: nobody that the bot knows."""
        rows = await self._connection.execute(
            select(*_PERSON).where(t.people.c.crm_name == crm_name, t.people.c.crm_name != "")
        )
        return [PersonRow(**row) for row in rows.mappings()]

    async def others(self, crm_user: str, *, than: int) -> list[PersonRow]:
        """Who else is linked to that user of the CRM."""
        return [one for one in await self.of_crm_user(crm_user) if one.user_id != than]

    async def hold_crm_user(self, crm_user: str) -> None:
        """Nobody else is linked to that user of the CRM until the transaction ends.

        Of two who would both become him, the second sees the first. SQLite's writers queue up
        anyway (BEGIN IMMEDIATE).
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.run(_LOCK_CRM_USER, {"crm_user": crm_user})

    async def of_crm_user(self, crm_user: str) -> list[PersonRow]:
        """Who is linked to that user of the CRM."""
        rows = await self._connection.execute(
            select(*_PERSON).where(t.people.c.crm_user == crm_user, t.people.c.crm_user != "")
        )
        return [PersonRow(**row) for row in rows.mappings()]

    async def roles(self, user_id: int) -> frozenset[str]:
        """The roles that were given to a person."""
        await self.know([user_id])
        return self._known[user_id][1]

    async def give(self, user_id: int, role: str, *, by: int, now: datetime) -> None:
        """Add a role."""
        self._known.clear()
        await upsert(
            self._connection,
            t.roles,
            ["user_id", "role"],
            {"user_id": user_id, "role": role, "given_by": by, "given_at": now},
        )

    async def take_all(self, user_id: int) -> None:
        """Take every role away."""
        self._known.clear()
        await self._connection.execute(delete(t.roles).where(t.roles.c.user_id == user_id))

    async def having(self, role: str) -> list[PersonRow]:
        """People of a role, whom the bot has met, by name."""
        rows = (await self._connection.run(_HAVING, {"role": role})).rows
        return [PersonRow._make(row) for row in rows]

    async def all_roles(self) -> list[tuple[int, str]]:
        """(user id, role) of everybody who has one, by name; also of those nobody has met yet."""
        rows = await self._connection.execute(
            select(t.roles.c.user_id, t.roles.c.role)
            .join(t.people, t.roles.c.user_id == t.people.c.user_id, isouter=True)
            .order_by(t.people.c.name, t.roles.c.user_id, t.roles.c.role)
        )
        return [(user_id, role) for user_id, role in rows]
