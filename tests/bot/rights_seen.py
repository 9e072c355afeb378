"""What the attack on rights sees of the database, before and after a deed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tests.bot.rights_words import Said, said_since
from tests.harness import World


@dataclass(frozen=True)
class Seen:
    """The database, as far as rights are concerned."""

    cases: dict[int, dict[str, Any]]
    history: list[Any]
    outbox: dict[int, Any]
    roles: frozenset[Any]
    bindings: frozenset[Any]
    chats: frozenset[Any]
    people: dict[int, tuple[str, str, bool | None]]
    cards: dict[int, int]
    aside: int
    said: tuple[Said, ...]


_DEEDS_SO_FAR = "SELECT count(*) FROM history"
_CASE = (
    "id, flow, chat_id, topic_id, state, round, ref, lead, about, data, poster_id, message_id,"
    " version, closed_at"
)


async def look(world: World, since: Seen | None = None) -> Seen:
    """What is there. The clock may bring something at any time: one moment is seen, not two."""
    while True:
        began = await world.count(_DEEDS_SO_FAR)
        seen = await _look(world, since)
        if await world.count(_DEEDS_SO_FAR) == began:
            return replace(seen, said=said_since(world))


async def _look(world: World, since: Seen | None) -> Seen:
    """Of history and outbox only what came after `since` is read."""
    last = 0 if since is None or not since.history else since.history[-1].id
    newest = 0 if since is None else max(since.outbox, default=0)
    rows = await world.rows(f"SELECT {_CASE} FROM cases")  # noqa: S608 -- our own names
    people = await world.rows("SELECT user_id, crm_user, crm_name, on_duty FROM people")
    cards = await world.rows(
        "SELECT case_id, message_id FROM messages WHERE kind = 'card' AND current = true"
    )
    history = await world.rows(
        "SELECT id, case_id, actor_id, action, answer FROM history WHERE id > :last ORDER BY id",
        last=last,
    )
    outbox = await world.rows(
        "SELECT id, case_id, destination, lane, kind, payload FROM outbox"
        " WHERE id > :last ORDER BY id",
        last=newest,
    )
    return Seen(
        cases={row.id: dict(row._mapping) for row in rows},
        history=[*(since.history if since else []), *history],
        outbox={**(since.outbox if since else {}), **{row.id: row for row in outbox}},
        roles=await _set(world, "SELECT user_id, role FROM roles"),
        bindings=await _set(world, "SELECT chat_id, topic_id, flow FROM bindings"),
        chats=await _set(world, "SELECT chat_id, left_at, migrated_to FROM chats"),
        people={row.user_id: (row.crm_user, row.crm_name, row.on_duty) for row in people},
        cards={row.case_id: row.message_id for row in cards},
        aside=await world.count("SELECT count(*) FROM set_aside"),
        said=(),
    )


async def _set(world: World, statement: str) -> frozenset[Any]:
    return frozenset(tuple(row) for row in await world.rows(statement))
