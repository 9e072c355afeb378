"""A digest that somebody deletes while one of its cases comes back: each open case is shown."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.world import MARAT, OLYA
from storage.digests import Digests
from storage.outbox import OutboxRow
from tests.bot.locks import locks_waited_for
from tests.bot.test_digests import four_wait
from tests.harness import World, a_world, eventually

#: Open cases that neither a card nor a digest shows.
_NOWHERE = """
    SELECT count(*) FROM cases c WHERE closed_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM messages m WHERE m.case_id = c.id AND m.kind = 'card' AND m.current
    ) AND NOT EXISTS (SELECT 1 FROM digest_places p WHERE p.case_id = c.id)
"""
_IS_BACK = "SELECT count(*) FROM cases WHERE id = 1 AND closed_at IS NULL"


def is_pressed_behind(world: World, data: str) -> None:
    """A press from before the digest was deleted, which Telegram brings when it is gone."""
    telegram = world.tg.telegram
    first = next(one for one in telegram.world.confirmed if one.kind == "callback_query")
    payload = {**first.payload, "id": "7070", "data": data}
    telegram.updates.push(first.kind, payload, message_ref=first.message_ref)


def hold_crm(world: World) -> asyncio.Event:
    """The CRM answers nothing before that: each answer would have the case shown by itself."""
    worker, answers = world.bot.parts.crm_worker, asyncio.Event()
    deliver = worker._deliver

    async def slowly(row: OutboxRow) -> None:
        await answers.wait()
        await deliver(row)

    worker._deliver = slowly
    return answers


async def test_a_case_that_comes_back_as_its_digest_is_found_deleted_is_shown(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who finds it deleted has read the cases; who takes back has read that it shows his.

    Whichever of the two is first (PostgreSQL), the other one must see what that has left.
    """
    async with a_world(database_url, running=False) as world:
        _, posts = await four_wait(world)
        await world.pass_time(31)
        digest = await world.digest("Ждут ответа: 4")
        await world.press(MARAT, digest, "1 ✅")
        await world.says(digest, "Ждут ответа: 3")
        undo = await world.button(digest, "1 ↩️")
        await world.quiet()
        await world.pass_time(30)
        answers = hold_crm(world)
        forget = Digests.forget

        async def came() -> int:
            return await world.count(_IS_BACK) or await locks_waited_for(world)

        async def late(room: Digests, chat_id: int, message_id: int | None = None) -> None:
            is_pressed_behind(world, undo)
            if "postgresql" in database_url:
                await eventually(came, "it is back, or waits for the lock of the chat")
            await forget(room, chat_id, message_id)

        with monkeypatch.context() as patch:
            patch.setattr(Digests, "forget", late)
            await world.tg.control.delete(world.group, digest)
            await world.post(OLYA, "отмена", reply_to=posts[1])
            await eventually(lambda: world.count(_IS_BACK), "the case is back")
        left = "SELECT count(*) = 0 FROM digest_places WHERE message_id = :digest"
        await eventually(lambda: world.count(left, digest=digest), "the digest is forgotten")
        await world.pass_time(15)

        async def is_shown() -> bool:
            return not await world.count(_NOWHERE)

        # Long before a reminder would have it shown.
        await eventually(is_shown, "each open case has a card or a place", within=15)
        answers.set()
        await world.quiet()
