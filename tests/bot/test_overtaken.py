"""What was read at one moment and has been overtaken by the next: nothing stays wrong for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.enqueue import Enqueue
from bot.flows.records import Action, Actor, Fact, Happened
from bot.sight import Sight
from sandbox.telegram.model import Json
from sandbox.world import ANUSH, KOSTYA, LENA, MARAT, OLYA, OWNER, TIMUR
from storage.cases import Cases
from storage.outbox import OutboxRow
from tests.bot.test_digests import four_wait
from tests.harness import CrashAt, World, a_world, eventually
from tests.harness.time import PATIENCE
from tests.harness.world import buttons_of


class Slow:
    """Between the bot and Telegram: while `held`, what it sends arrives, and gets no answer."""

    def __init__(self, method: str = "sendMessage") -> None:
        self._path = f"/{method}"
        self.held = False
        self._holding = asyncio.Event()
        self._answers = asyncio.Event()

    async def holds(self) -> None:
        """Wait until something has arrived that gets no answer."""
        async with asyncio.timeout(PATIENCE):
            await self._holding.wait()

    def let_go(self) -> None:
        """Everything is answered."""
        self.held = False
        self._answers.set()

    @asynccontextmanager
    async def world(
        self, database_url: str, *, running: bool = True, kind: str = "supergroup"
    ) -> AsyncIterator[World]:
        @web.middleware
        async def slow(request: web.Request, handler: Handler) -> web.StreamResponse:
            answer = await handler(request)
            if self.held and request.path.endswith(self._path):
                self._holding.set()
                await self._answers.wait()
            return answer

        async with a_world(database_url, running=running, kind=kind, middleware=slow) as world:
            yield world


async def comes_to(world: World, state: str) -> None:
    """A case is in that state."""
    those = "SELECT count(*) FROM cases WHERE state = :state"
    await eventually(lambda: world.count(those, state=state), f"a case is {state}")


async def digest_on_its_way(world: World, slow: Slow) -> int:
    """The digest of four who wait has arrived, and whoever has sent it does not know yet."""
    slow.held = True
    await world.pass_time(31)
    shown = await world.tg.control.until(
        world.group, lambda message: "Ждут ответа: 4" in message.get("text", "")
    )
    number: int = shown["message_id"]
    return number


async def two_cards(world: World, post: int) -> list[int]:
    """A life that died before it could note its card has left one; the next one sends another."""

    async def cards() -> list[int]:
        return [one["message_id"] for one in await world.said(reply_to=post)]

    async def two() -> bool:
        return len(await cards()) == 2

    await eventually(two, "the second card is there")
    return await cards()


async def decides_nothing(world: World, card: int) -> None:
    """It has no button that decides."""
    await world.quiet()
    await world.pass_time(121)
    await world.quiet()
    assert not [word for word, _ in buttons_of(await world.message(card)) if "Разрешить" in word]


# --- a first card that is on its way --------------------------------------------------------------


async def test_a_card_whose_case_goes_on_in_another_before_it_is_noted_asks_nobody(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lead was posted by its number, which is known to be the same when it is read."""
    slow = Slow()
    async with slow.world(database_url) as world:
        lead = await world.crm.burning()
        number = str((await world.crm.truth(lead))["id"])
        await world.card(await world.ask(OLYA, lead))
        await world.quiet()
        # The card goes out before the lead is read.
        monkeypatch.setattr(Enqueue, "patience", timedelta(0))
        slow.held = True
        card = await world.card(await world.ask(TIMUR, number))
        await comes_to(world, "joined")
        slow.let_go()

        await decides_nothing(world, card)


async def test_a_card_that_is_to_be_taken_away_is_made_the_case_s_by_no_press(
    database_url: str,
) -> None:
    slow = Slow()
    async with slow.world(database_url, running=False) as world:
        life = await world.start_bot(CrashAt("card", "before commit"))
        post = await world.ask(OLYA, await world.crm.burning())
        await life.crashed()
        slow.held = True
        await world.start_bot()
        stray, second = await two_cards(world, post)
        data = await world.button(second, "Запретить")
        # Nobody may take anything away for a while: Telegram's limits, or its trouble.
        await world.tg.control.fault("deleteMessage", "error", code=502, times=3)
        await world.press(MARAT, stray, "Запретить", wait=0)
        await comes_to(world, "denied")
        slow.let_go()
        await world.quiet()
        assert not (await world.message(second)).get("deleted")

        await world.press_data(LENA, second, data)
        await world.quiet()

        async def gone() -> bool:
            await world.pass_time(31)
            return bool((await world.message(second))["deleted"])

        await eventually(gone, "it is taken away")
        assert not (await world.message(stray)).get("deleted")
        await world.says(stray, "Оформлять нельзя", "Марат Демо")


async def test_an_edit_that_finds_its_card_gone_forgets_no_other_that_has_taken_its_place(
    database_url: str,
) -> None:
    slow = Slow("editMessageText")
    async with slow.world(database_url, running=False) as world:
        life = await world.start_bot(CrashAt("card", "before commit"))
        post = await world.ask(OLYA, await world.crm.burning())
        await life.crashed()
        await world.start_bot()
        stray, second = await two_cards(world, post)
        await world.tg.control.fault("editMessageText", "error", code=502)
        await world.press(MARAT, second, "Запретить", wait=0)
        await comes_to(world, "denied")
        await world.quiet()
        # Somebody deletes it, and the second try to edit it is told so.
        await world.tg.control.delete(world.group, second)
        slow.held = True
        await world.pass_time(31)
        await slow.holds()
        await world.press(MARAT, stray, "Запретить")
        slow.let_go()
        await world.quiet()
        await world.pass_time(31)
        await world.quiet()

        await world.says(stray, "Оформлять нельзя", "Марат Демо")
        assert await world.count("SELECT count(*) FROM messages WHERE kind = 'card'") == 2


async def test_a_card_out_of_a_digest_whose_case_ends_before_it_is_noted_asks_nobody(
    database_url: str,
) -> None:
    slow = Slow()
    async with slow.world(database_url, running=False) as world:
        await four_wait(world)
        await world.pass_time(31)
        digest = await world.digest("Ждут ответа: 4")
        await world.pass_time(120)
        await world.quiet()
        slow.held = True
        await world.press(LENA, digest, "1 …")

        async def own_card() -> int:
            said = [one["message_id"] for one in await world.said()]
            return next((one for one in said if one > digest), 0)

        card = await eventually(own_card, "its own card")
        await world.post(OLYA, "1 отмена", reply_to=digest)
        await comes_to(world, "withdrawn")
        slow.let_go()

        await decides_nothing(world, card)


async def test_a_case_that_ends_as_its_digest_is_noted_is_shown_in_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes it back has read that neither a card nor a digest shows it."""
    slow = Slow()
    async with slow.world(database_url, running=False) as world:
        _, posts = await four_wait(world)
        digest = await digest_on_its_way(world, slow)
        actor = Sight.actor

        async def late(*who: Any) -> Actor:
            # The chat is locked here: the digest is noted behind what is decided now.
            slow.let_go()
            return await actor(*who)

        with monkeypatch.context() as patch:
            patch.setattr(Sight, "actor", late)
            await world.post(OLYA, "отмена", reply_to=posts[0])
            await comes_to(world, "withdrawn")
        await world.quiet()
        await world.pass_time(15)
        await world.quiet()

        assert "Отозвано" in await world.text(digest)


async def test_a_digest_that_is_pressed_before_it_is_noted_goes_on_showing_all_its_cases(
    database_url: str,
) -> None:
    slow = Slow()
    async with slow.world(database_url, running=False) as world:
        leads, _ = await four_wait(world)
        digest = await digest_on_its_way(world, slow)
        await world.press(MARAT, digest, "1 ✅", wait=0)
        await comes_to(world, "allowed")
        slow.let_go()

        await world.says(digest, "Ждут ответа: 3", "1. ✅ Можно оформлять — Марат", leads[3])
        await world.press(LENA, digest, "4 ⛔")
        await world.says(digest, "Ждут ответа: 2", "4. ⛔ Оформлять нельзя — Лена")
        await world.quiet()
        await world.pass_time(61)
        await world.quiet()
        assert "Ждут ответа: 2" in await world.text(digest)
        # A card of its own may go out besides: whoever writes that the CRM has it may have read, on
        # PostgreSQL, that this message is one.
        noted = "SELECT count(*) FROM messages WHERE chat_id = :chat AND message_id = :digest"
        assert not await world.count(noted, chat=world.group, digest=digest)


# --- groups that move -----------------------------------------------------------------------------


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


# --- a replica that slept over its lease ----------------------------------------------------------


@pytest.mark.parametrize("dead", [False, True])
async def test_who_slept_over_his_lease_tells_nobody_that_it_is_not_written(
    world: World, *, dead: bool
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    worker, rows = world.bot.parts.crm_worker, list[OutboxRow]()
    deliver = worker._deliver

    async def watched(row: OutboxRow) -> None:
        rows.append(row)
        await deliver(row)

    worker._deliver = watched
    await world.press(MARAT, card, "Разрешить")
    shown = await world.says(card, "в CRM записано ✔")
    await world.quiet()
    [row] = [row for row in rows if row.kind == "write_comment"]

    what = Happened(no=int(row.payload["no"]), say="no answer in time")
    fact = Action(name=Fact.CRM_REFUSED if dead else Fact.CRM_DOWN, what=what)
    again = None if dead else world.clock() + timedelta(seconds=2)
    await world.bot.parts.facts.answered(row, fact, due_at=again, dead=dead)
    await world.quiet()

    assert await world.text(card) == shown
    assert await world.private(OWNER) == []


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
