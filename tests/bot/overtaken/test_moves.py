"""Groups that become supergroups while something is on its way."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.telegram.model import Json
from sandbox.world import ANUSH, KOSTYA, MARAT, OLYA, OWNER
from storage.cases import Cases
from tests.bot.overtaken.slow import Slow, digest_on_its_way
from tests.bot.test_digests import four_wait
from tests.harness import a_world, eventually


async def test_a_chat_that_is_bound_as_it_moves_works_where_it_went(database_url: str) -> None:
    """The supergroup tells of the move before the old group's last words are taken."""
    async with a_world(database_url, kind="group") as world:
        old = world.group
        await world.bot.stop()
        async with world.storage.change() as uow:
            await uow.chats.unbind(old, 0, now=world.clock())
        await world.post(OWNER, "/bind duplicates", chat=old)
        post = await world.ask(OLYA, await world.crm.burning())
        world.group = await world.tg.control.migrate(old)
        await world.start_bot()

        await world.tg.control.until(
            world.group, lambda message: "Оля Демо" in message.get("text", "")
        )
        await world.quiet()
        assert await world.rows("SELECT chat_id FROM bindings") == [(world.group,)]
        assert await world.rows("SELECT chat_id FROM cases") == [(world.group,)], post
        assert not await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'")


async def test_a_chat_is_unbound_where_it_went(database_url: str) -> None:
    async with a_world(database_url, kind="group") as world:
        old = world.group
        new = await world.tg.control.migrate(old)
        await world.quiet()
        assert await world.rows("SELECT chat_id FROM bindings") == [(new,)]

        assert await world.bot.parts.chats.unbind(old, 0)

        assert await world.rows("SELECT chat_id FROM bindings") == []


async def test_a_case_that_is_opened_in_a_group_as_it_moves_is_shown_where_it_went(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens it has read where that flow runs, and waits for the lock of the move."""
    async with a_world(database_url, kind="group") as world:
        old = world.group
        await world.bind(old, flow="it")
        await world.give(KOSTYA, "it")
        await world.open_chat("pauses")
        card = await world.card(await world.post(OLYA, "техстоп, зависла срм"))
        await world.quiet()
        lock_chat, moved = Cases.lock_chat, asyncio.Event()

        async def late(cases: Cases, chat: int) -> None:
            if chat == old and "postgresql" in database_url and not moved.is_set():
                moved.set()
                await world.bot.parts.chats.moved(old, await world.tg.control.migrate(old))
            await lock_chat(cases, chat)

        monkeypatch.setattr(Cases, "lock_chat", late)
        await world.press(OLYA, card, "Заявка в IT")
        await world.quiet()
        if not moved.is_set():
            # SQLite's one writer: the move can only come behind it.
            await world.tg.control.migrate(old)
            await world.quiet()

        [(where,)] = await world.rows("SELECT chat_id FROM cases WHERE flow = 'it'")
        assert where != old
        [shown] = await world.said(chat=where)
        assert "кто возьмёт?" in shown["text"]
        assert not await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'")


async def test_cases_of_a_digest_that_is_noted_after_its_group_moved_are_shown_where_it_went(
    database_url: str,
) -> None:
    slow = Slow()
    async with slow.world(database_url, running=False, kind="group") as world:
        old = world.group
        await four_wait(world)
        await digest_on_its_way(world, slow)
        world.group = await world.tg.control.migrate(old)
        went = "SELECT count(*) = 4 FROM cases WHERE chat_id <> :old"
        await eventually(lambda: world.count(went, old=old), "the move was heard of")
        slow.let_go()

        # Long before the lease of the first of them would run out.
        async with asyncio.timeout(20):
            digest = await world.digest("Ждут ответа: 4")
        await world.press(MARAT, digest, "1 ✅")
        await world.says(digest, "1. ✅ Можно оформлять — Марат")


async def test_what_has_arrived_in_a_group_as_it_moves_is_not_said_in_the_supergroup_too(
    database_url: str,
) -> None:
    """Its answer is still on its way: whoever has sent it notes it."""
    slow = Slow()
    async with slow.world(database_url, kind="group") as world:
        old = world.group
        # She has not started the bot: she is told in the group.
        post = await world.ask(ANUSH, await world.crm.burning())
        card = await world.card(post, "Можно ли оформить?")
        data = await world.button(card, "Разрешить")
        await world.quiet()
        slow.held = True
        await world.press_data(MARAT, card, data)
        await world.tg.control.until(
            old, lambda message: _is_told(message) and message.get("reply_to_message") is not None
        )
        world.group = await world.tg.control.migrate(old)
        went = "SELECT count(*) FROM cases WHERE chat_id <> :old"
        await eventually(lambda: world.count(went, old=old), "the move was heard of")
        free = "SELECT count(*) = 0 FROM outbox WHERE state = 'pending' AND leased_until IS NULL"
        await eventually(lambda: world.count(free), "the worker has looked")
        slow.let_go()
        await world.quiet()

        told = [one for chat in (old, world.group) for one in await world.said(chat=chat)]
        assert len([one for one in told if _is_told(one)]) == 1


async def test_a_first_card_that_arrives_in_a_group_as_it_moves_is_sent_anew_once(
    database_url: str,
) -> None:
    slow = Slow()
    async with slow.world(database_url, kind="group") as world:
        old, lead = world.group, await world.crm.burning()
        slow.held = True
        await world.card(await world.ask(OLYA, lead))
        world.group = await world.tg.control.migrate(old)
        went = "SELECT count(*) FROM cases WHERE chat_id <> :old"
        await eventually(lambda: world.count(went, old=old), "the move was heard of")
        slow.let_go()

        async def shown() -> list[int]:
            return [one["message_id"] for one in await world.said() if lead in one["text"]]

        [card] = await eventually(shown, "its card, anew", within=20)
        await world.press(MARAT, card, "Разрешить")
        await world.says(card, "в CRM записано ✔")
        await world.quiet()
        assert await shown() == [card]
        assert not await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'")


def _is_told(message: Json) -> bool:
    return "reply_markup" not in message and "Можно оформлять" in message.get("text", "")
