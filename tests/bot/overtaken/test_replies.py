"""Replies to messages that are not noted yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.world import ANUSH, MARAT, OLYA
from tests.bot.overtaken.slow import Slow
from tests.harness import World
from tests.harness.time import PATIENCE


async def test_a_reply_to_a_message_that_is_not_noted_yet_is_not_lost(database_url: str) -> None:
    """An operator with the client on the line answers at once; the note waits for Telegram."""
    slow = Slow()
    async with slow.world(database_url) as world:
        post = await world.ask(ANUSH, await world.crm.burning())
        card = await world.card(post)
        await world.press(MARAT, card, "Спросить")
        await world.says(card, "Марат Демо пишет вопрос")
        slow.held = True
        await world.reply(MARAT, card, "это тот же адрес?")
        question = await world.card(post, "Марат Демо спрашивает")

        was_read = reads(world)
        await world.post(ANUSH, "нет, другой", reply_to=question)
        assert not await was_read()
        slow.let_go()
        await world.told(MARAT, "нет, другой")


async def test_a_word_under_a_card_that_is_not_noted_yet_is_taken_as_soon_as_it_is(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No chat is heard meanwhile: an admin's press in another one is behind it, too."""
    slow = Slow()
    async with slow.world(database_url) as world:
        # So long a database that is down is left alone.
        monkeypatch.setattr("bot.intake._PAUSE", 2 * PATIENCE)
        slow.held = True
        card = await world.card(await world.ask(ANUSH, await world.crm.burning()))
        was_read = reads(world)
        await world.post(ANUSH, "отмена", reply_to=card)
        assert not await was_read()
        slow.let_go()
        await world.says(card, "Отозвано")


async def test_a_word_under_a_hint_waits_for_no_card_that_is_edited_meanwhile(
    database_url: str,
) -> None:
    """All behind it would wait, a press of an admin too; and a card is edited all the time."""
    slow = Slow("editMessageText")
    async with slow.world(database_url) as world:
        card = await world.card(await world.ask(ANUSH, await world.crm.burning()))
        said = await world.reply(MARAT, card, "можно")
        hint = await world.card(said, "кнопк")
        await world.quiet()
        slow.held = True
        await world.press(MARAT, card, "Спросить")
        await world.says(card, "Марат Демо пишет вопрос")
        was_read = reads(world)
        await world.post(ANUSH, "а, понятно", reply_to=hint)
        assert await was_read()
        slow.let_go()


def reads(world: World) -> Callable[[], Awaitable[bool]]:
    """Wait until the next reply is read for the first time: whether it was taken, in whatever way,
    and has not to come again.
    """
    desk = world.bot.parts.intake._dispatcher.workflow_data["desk"]
    reply, first = desk.reply, asyncio.get_running_loop().create_future()

    async def read(*what: Any, **more: Any) -> bool:
        is_read = False
        try:
            is_taken: bool = await reply(*what, **more)
            is_read = True
        finally:
            if not first.done():
                first.set_result(is_read)
        return is_taken

    async def was_read() -> bool:
        async with asyncio.timeout(PATIENCE):
            return bool(await first)

    desk.reply = read
    return was_read


@pytest.mark.parametrize("seconds", [-11, 11, 3600])
async def test_a_reply_to_a_message_that_was_sent_at_another_time_waits_for_no_note(
    database_url: str, seconds: int
) -> None:
    """By a clock that is behind Telegram's, all behind the reply would wait until that time."""
    slow = Slow()
    async with slow.world(database_url) as world:
        slow.held = True
        card = await world.card(await world.ask(ANUSH, await world.crm.burning()))
        desk = world.bot.parts.intake._dispatcher.workflow_data["desk"]
        reply, was_read, waits = desk.reply, asyncio.Event(), []

        async def read(*what: Any, ours_of: datetime, **more: Any) -> bool:
            sent_at = ours_of + timedelta(seconds=seconds)
            waits.append(True)
            try:
                is_taken: bool = await reply(*what, ours_of=sent_at, **more)
                waits[-1] = False
            finally:
                was_read.set()
            return is_taken

        desk.reply = read
        await world.post(OLYA, "что там?", reply_to=card)
        await was_read.wait()
        slow.let_go()
        assert waits == [False]
