"""A burst in one group: one message over many cases, which people then act upon."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.budget import Budget, Limits
from sandbox.world import LENA, MARAT, OLYA, TIMUR, DemoPerson
from tests.harness import World, a_world
from tests.harness.time import eventually

#: So few operations a minute that four posts at once have no room for cards of their own, and so
#: many a second that no test waits.
_SHORT = Limits(all_per_second=1_000, group_per_minute=11, burst=1_000, at_ease=0)


async def four_wait(
    world: World, askers: Sequence[DemoPerson] = (OLYA,) * 4
) -> tuple[list[str], list[int]]:
    """Start the bot in a chat that must be silent for half a minute: the leads of four posts that
    wait there, and the posts.
    """
    budget = Budget(_SHORT)
    budget.pause(world.group, 30, world.clock())
    world.budget = lambda: budget
    await world.start_bot()
    leads = [await world.crm.burning() for _ in range(4)]
    posts = [await world.ask(who, lead) for who, lead in zip(askers, leads, strict=True)]
    read = "SELECT count(*) >= 4 FROM cases WHERE state = 'waiting'"
    await eventually(lambda: world.count(read), "all four leads have been read")
    return leads, posts


@asynccontextmanager
async def a_burst(
    database_url: str, askers: Sequence[DemoPerson] = (OLYA,) * 4
) -> AsyncIterator[tuple[World, int, list[str]]]:
    """Four posts while the chat had to be silent, and the number of the digest that tells them."""
    async with a_world(database_url, running=False) as world:
        leads, _ = await four_wait(world, askers)
        await world.pass_time(31)
        yield world, await world.digest("Ждут ответа: 4"), leads


async def test_four_posts_at_once_are_one_message_with_a_row_of_buttons_each(
    database_url: str,
) -> None:
    async with a_burst(database_url) as (world, digest, leads):
        message = await world.message(digest)
        rows = message["reply_markup"]["inline_keyboard"]
        assert all(lead in message["text"] for lead in leads)
        assert [[button["text"] for button in row] for row in rows] == [
            *([f"{place} ✅ Разрешить", f"{place} ⛔ Запретить"] for place in (1, 2, 3, 4)),
            [f"{place} …" for place in (1, 2, 3, 4)],
        ]


async def test_a_digest_says_too_that_nobody_on_duty_decides(database_url: str) -> None:
    async with a_world(database_url, running=False) as world:
        async with world.storage.change() as uow:
            for admin in (MARAT, LENA):
                await uow.people.set_duty(admin.id, on=False)
        await four_wait(world)
        await world.pass_time(31)
        digest = await world.digest("Ждут ответа: 4")
        assert "⚠️ Решать некому: на смене никого из админов" in await world.text(digest)

        async with world.storage.change() as uow:
            await uow.people.set_duty(MARAT.id, on=True)
        await world.press(MARAT, digest, "1 ✅")

        assert "Решать некому" not in await world.says(digest, "1. ✅ Можно оформлять")


async def test_a_digest_whose_last_question_has_a_card_of_its_own_lacks_nobody(
    database_url: str,
) -> None:
    async with a_burst(database_url) as (world, digest, _):
        for place in (1, 2, 3):
            await world.press(MARAT, digest, f"{place} ✅")
            await world.says(digest, f"{place}. ✅")
        async with world.storage.change() as uow:
            for admin in (MARAT, LENA):
                await uow.people.set_duty(admin.id, on=False)
        await world.pass_time(11)

        await world.press(MARAT, digest, "4 …")

        assert "Решать некому" not in await world.says(digest, "Все вопросы решены")


async def test_a_press_in_a_digest_is_taken_back_there_and_needs_no_card(
    database_url: str,
) -> None:
    async with a_burst(database_url) as (world, digest, leads):
        await world.press(MARAT, digest, "1 ✅")
        await world.says(digest, "1. ✅ Можно оформлять — Марат")
        await world.press(MARAT, digest, "1 ↩️")
        text = await world.says(digest, "1. 👎")
        assert text.startswith("Ждут ответа: 4")
        await world.quiet()
        assert len(await world.crm.tagged(leads[0])) == 2
        assert [message["message_id"] for message in await world.said()] == [digest]


async def test_a_press_in_a_digest_decides_its_own_case_and_moves_no_row(
    database_url: str,
) -> None:
    async with a_burst(database_url) as (world, digest, _):
        answer = await world.press(MARAT, digest, "1 ✅")
        assert "Разрешено" in answer.text
        text = await world.says(digest, "1. ✅ Можно оформлять — Марат")
        assert "2. 👎 заказ ещё в пути" in text
        rows = (await world.message(digest))["reply_markup"]["inline_keyboard"]
        assert [button["text"] for button in rows[0]] == ["1 ↩️ Отменить решение"]
        assert rows[1][0]["text"].startswith("2 ")
        assert [button["text"] for button in rows[4]] == ["1 ✓", "2 …", "3 …", "4 …"]
        again = await world.press(LENA, digest, "1 ↩️")
        assert "Уже решено: Марат" in again.text
        assert "Решают админы" in (await world.press(TIMUR, digest, "2 ⛔")).text
        await world.told(OLYA, "Можно оформлять")


async def test_a_reply_to_a_digest_names_the_number(database_url: str) -> None:
    async with a_burst(database_url) as (world, digest, leads):
        await world.press(MARAT, digest, "2 ⛔")
        await world.says(digest, "2. ⛔ Оформлять нельзя")
        await world.post(MARAT, "2 первый ещё в пути", reply_to=digest)
        await world.told(OLYA, "первый ещё в пути")
        await world.post(OLYA, "3 отмена", reply_to=digest)
        await world.says(digest, "3. ↩️ Отозвано")
        await world.quiet()
        comments = [text for lead in leads for text in await world.crm.tagged(lead)]
        assert sum("первый ещё в пути" in text for text in comments) == 1


async def test_no_row_goes_while_another_is_open(database_url: str) -> None:
    async with a_burst(database_url) as (world, digest, _):
        await world.post(OLYA, "4 отмена", reply_to=digest)
        await world.says(digest, "4. ↩️ Отозвано")
        rows = (await world.message(digest))["reply_markup"]["inline_keyboard"]
        assert [row[0]["text"] for row in rows[2:]] == ["3 ✅ Разрешить", "4 ✓", "1 …"]


async def test_three_dots_bring_a_card_of_its_own(database_url: str) -> None:
    async with a_burst(database_url) as (world, digest, _):
        assert "полную карточку" in (await world.press(MARAT, digest, "1 …")).text
        await world.says(digest, "карточка ниже")
        own = await world.tg.control.until(
            world.group, lambda message: "Спрашивает" in message.get("text", ""), within=20
        )
        answer = await world.press(MARAT, int(own["message_id"]), "Спросить")
        assert "Ответьте на карточку" in answer.text


async def test_a_card_of_its_own_that_somebody_deletes_comes_again(database_url: str) -> None:
    async with a_burst(database_url) as (world, digest, _):

        async def comes(after: int) -> int:
            own = await world.tg.control.until(
                world.group, lambda message: "Спрашивает" in message.get("text", ""), after=after
            )
            number: int = own["message_id"]
            return number

        await world.press(MARAT, digest, "1 …")
        own = await comes(digest)
        await world.says(digest, "карточка ниже")
        await world.tg.control.delete(world.group, own)
        await world.press(MARAT, digest, "1 ✓")
        again = await comes(own)
        await world.press(MARAT, again, "Разрешить")
        await world.says(again, "Можно оформлять")


async def test_a_digest_that_somebody_deletes_is_sent_anew_over_those_who_wait(
    database_url: str,
) -> None:
    async with a_burst(database_url) as (world, digest, leads):
        await world.tg.control.delete(world.group, digest)
        [(post,)] = await world.rows("SELECT min(message_id) FROM cases")
        await world.post(OLYA, "отмена", reply_to=post)
        anew = await world.tg.control.until(
            world.group, lambda message: "Ждут ответа: 3" in message.get("text", "")
        )
        assert anew["message_id"] != digest
        assert [lead in anew["text"] for lead in leads] == [False, True, True, True]
        await world.quiet()
        # Nothing that an owner could revive, and that would be kept for ever.
        assert await world.rows("SELECT kind FROM outbox WHERE state <> 'done'") == []


async def test_a_digest_in_a_supergroup_links_no_posts_that_stayed_in_the_group(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group", running=False) as world:
        await four_wait(world)
        await world.bot.stop()
        world.group = await world.tg.control.migrate(world.group)
        world.budget().pause(world.group, 30, world.clock())
        await world.start_bot()
        moved = "SELECT count(*) = 4 FROM cases WHERE chat_id = :chat"
        await eventually(lambda: world.count(moved, chat=world.group), "they have gone along")
        await world.pass_time(31)
        shown = await world.tg.control.until(
            world.group, lambda message: "Ждут ответа: 4" in message.get("text", "")
        )
        links = [one["url"] for one in shown["entities"] if one["type"] == "text_link"]
        assert links
        assert not [link for link in links if link.startswith("https://t.me/c/")]


async def test_cards_that_a_group_left_behind_as_it_moved_are_one_message_in_the_supergroup(
    database_url: str,
) -> None:
    """A question of now would wait behind them, one by one."""
    async with a_world(database_url, kind="group") as world:
        leads = [await world.crm.burning() for _ in range(4)]
        for lead in leads:
            await world.card(await world.ask(OLYA, lead), "Можно ли оформить?")
        await world.quiet()
        await world.bot.stop()
        world.group = await world.tg.control.migrate(world.group)
        world.budget = lambda: Budget(_SHORT)
        await world.start_bot()

        digest = await world.digest("Ждут ответа: 4")

        await world.quiet()
        assert [one["message_id"] for one in await world.said()] == [digest]
        await world.press(MARAT, digest, "1 ✅")
        await world.says(digest, "1. ✅ Можно оформлять — Марат")
        assert "Можно ли оформить?" not in await world.text(digest)


async def test_a_plain_word_to_a_digest_takes_back_his_one_question_in_it(
    database_url: str,
) -> None:
    async with a_burst(database_url, (OLYA, TIMUR, OLYA, OLYA)) as (world, digest, _):
        talk = await world.post(MARAT, "отмена", reply_to=digest)
        await world.post(TIMUR, "отмена, клиент ушёл", reply_to=digest)
        await world.says(digest, "2. ↩️ Отозвано", "Ждут ответа: 3")
        await world.tg.control.redeliver(5)
        await world.quiet()
        assert await world.count("SELECT count(*) FROM cases WHERE state = 'withdrawn'") == 1
        assert await world.said(reply_to=talk) == []


async def test_of_several_in_a_digest_he_says_which_by_its_number(database_url: str) -> None:
    async with a_burst(database_url, (OLYA, TIMUR, OLYA, OLYA)) as (world, digest, _):
        await world.post(OLYA, "4 отмена", reply_to=digest)
        await world.says(digest, "4. ↩️ Отозвано")
        word = await world.post(OLYA, "отмена", reply_to=digest)
        await world.card(word, "Что отозвать? Ваши здесь: 1, 3. Ответьте с номером: «1 отмена».")
        await world.post(OLYA, "1 отмена", reply_to=digest)
        await world.says(digest, "1. ↩️ Отозвано", "Ждут ответа: 2")
        # He has said it since: as the word comes again, it is not about the one that is left.
        await world.tg.control.redeliver(3)
        await world.quiet()
        assert "3. 👎" in await world.text(digest)
        assert len(await world.said(reply_to=word)) == 1


async def test_his_words_to_a_digest_go_with_his_one_question_in_it(database_url: str) -> None:
    async with a_burst(database_url, (OLYA, TIMUR, OLYA, OLYA)) as (world, digest, _):
        await world.post(TIMUR, "клиент хочет ещё набор бит", reply_to=digest)
        await world.post(OLYA, "клиент хочет ещё фонарик", reply_to=digest)
        await world.press(MARAT, digest, "2 ✅")
        await world.says(digest, "2. ✅ Можно оформлять")
        await world.quiet()
        assert await world.count("SELECT count(*) FROM history WHERE action = 'add'") == 1


async def test_whoever_decides_hears_how_to_answer_a_digest(database_url: str) -> None:
    async with a_burst(database_url) as (world, digest, _):
        question = await world.post(MARAT, "а телефон её?", reply_to=digest)
        await world.card(question, "О каком вопросе? Начните ответ с номера: «1 …».")
        decided = await world.post(MARAT, "можно", reply_to=digest)
        await world.card(decided, "Это ещё не решение: нажмите кнопку")
        more = await world.post(OLYA, "клиент хочет ещё набор бит", reply_to=digest)
        await world.card(more, "О каком вопросе?")
        thanks = ((MARAT, "сейчас"), (OLYA, "ок, жду"), (TIMUR, "могу оформить?"))
        talk = [await world.post(who, words, reply_to=digest) for who, words in thanks]
        await world.post(MARAT, "2 а телефон её?", reply_to=digest)
        await world.told(OLYA, "а телефон её?")
        await world.quiet()
        for one in talk:
            assert await world.said(reply_to=one) == []


async def test_a_digest_may_hold_cases_of_what_the_chat_ran_before(database_url: str) -> None:
    async with a_world(database_url, running=False) as world:
        await world.bind(world.group, flow="anomalies")
        budget = Budget(_SHORT)
        budget.pause(world.group, 30, world.clock())
        world.budget = lambda: budget
        await world.start_bot()
        for _ in range(2):
            lead = await world.crm.burning()
            await world.ask(OLYA, lead, "в скрипте 3990, на сайте 4990")
        await eventually(lambda: world.count("SELECT count(*) = 2 FROM cases"), "both are taken")
        await world.bind(world.group)
        for _ in range(2):
            await world.ask(OLYA, await world.crm.burning())
        read = "SELECT count(*) = 4 FROM cases WHERE state = 'waiting'"
        await eventually(lambda: world.count(read), "all four leads have been read")
        await world.pass_time(31)
        digest = await world.digest("Ждут ответа: 4")
        more = await world.post(OLYA, "клиент хочет ещё набор бит", reply_to=digest)
        await world.card(more, "О каком вопросе?")


async def test_who_decides_and_asks_himself_hears_that_a_word_decides_nothing(
    database_url: str,
) -> None:
    async with a_burst(database_url, (OLYA, MARAT, OLYA, OLYA)) as (world, digest, _):
        decided = await world.post(MARAT, "можно", reply_to=digest)
        await world.card(decided, "Это ещё не решение: нажмите кнопку")
        await world.post(MARAT, "отмена", reply_to=digest)
        await world.says(digest, "2. ↩️ Отозвано")
