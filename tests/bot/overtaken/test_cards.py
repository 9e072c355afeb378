"""A card or a digest that is on its way while what it shows changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.enqueue import Enqueue
from bot.flows.records import Actor
from bot.sight import Sight
from sandbox.world import LENA, MARAT, OLYA, TIMUR
from storage.messages import MessageRow, Messages
from tests.bot.locks import locks_waited_for
from tests.bot.overtaken.slow import Slow, comes_to, digest_on_its_way
from tests.bot.test_digests import four_wait
from tests.harness import CrashAt, World, eventually
from tests.harness.world import buttons_of


async def asked_before_a_death(world: World) -> int:
    """A life has sent the card, and died before it could note that; the number of the post."""
    life = await world.start_bot(CrashAt("card", "before commit"))
    post = await world.ask(OLYA, await world.crm.burning())
    await life.crashed()
    return post


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
        post = await asked_before_a_death(world)
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


async def test_of_two_cards_one_stays_where_each_is_pressed_as_the_second_is_noted(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has sent it has seen that the case has a card by now, and takes this one away."""
    slow = Slow()
    async with slow.world(database_url, running=False) as world:
        post = await asked_before_a_death(world)
        slow.held = True
        await world.start_bot()
        stray, second = await two_cards(world, post)
        data = await world.button(second, "Запретить")
        await world.press(MARAT, stray, "Запретить", wait=0)
        await comes_to(world, "denied")
        note = Messages.note

        async def came() -> int:
            noted = "SELECT count(*) FROM messages WHERE message_id = :second AND current"
            return await world.count(noted, second=second) or await locks_waited_for(world)

        async def late(room: Messages, row: MessageRow) -> None:
            if row.message_id == second and not row.current:
                await world.press_data(LENA, second, data, wait=0)
                if "postgresql" in database_url:
                    await eventually(came, "the press is taken, or waits for the lock of the chat")
            await note(room, row)

        monkeypatch.setattr(Messages, "note", late)
        slow.let_go()
        await world.quiet()
        await world.pass_time(31)
        await world.quiet()

        assert [one["message_id"] for one in await world.said(reply_to=post)] == [stray]
        await world.says(stray, "Оформлять нельзя", "Марат Демо")


async def test_a_card_that_is_pressed_while_a_digest_brings_its_case_shows_what_was_pressed(
    database_url: str,
) -> None:
    """A life that died before it could note the card has left it."""
    slow = Slow()
    async with slow.world(database_url, running=False) as world:
        post = await asked_before_a_death(world)
        stray = await world.card(post)
        await four_wait(world)
        slow.held = True
        await world.pass_time(31)
        await world.tg.control.until(
            world.group, lambda message: "Ждут ответа: 5" in message.get("text", "")
        )
        await world.press(MARAT, stray, "Спросить", wait=0)
        await comes_to(world, "asking")
        slow.let_go()

        await world.says(stray, "Марат Демо пишет вопрос")
        await world.digest("Ждут ответа: 4")


async def test_an_edit_that_finds_its_card_gone_forgets_no_other_that_has_taken_its_place(
    database_url: str,
) -> None:
    slow = Slow("editMessageText")
    async with slow.world(database_url, running=False) as world:
        post = await asked_before_a_death(world)
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
