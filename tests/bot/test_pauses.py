"""«Проект Белкин» through the real engine: the last place, the queue, the board, a restart."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from sandbox.world import ANUSH, IRINA, OLYA, OPERATORS, OWNER, STRANGER, TIMUR
from tests.harness import World, a_world
from tests.harness.world import buttons_of


@pytest.fixture(autouse=True)
def _one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAUSES_PLACES", "1")


@pytest.fixture
async def belkin(database_url: str) -> AsyncIterator[World]:
    """A chat of its own; Ирина is the supervisor."""
    async with a_world(database_url, bound=False) as world:
        await open_chat(world, supervised=True)
        yield world


async def open_chat(world: World, *, supervised: bool) -> None:
    await world.arrive(IRINA)
    world.group = await world.new_group("Проект Белкин", members=(*OPERATORS, IRINA, STRANGER))
    await world.quiet()
    await world.bind(world.group, flow="pauses")
    await world.give_roles()
    await world.give(IRINA, "supervisor" if supervised else "")


async def test_two_want_the_last_place_at_once_and_the_second_gets_it_in_turn(
    belkin: World,
) -> None:
    people = {OLYA: 0, TIMUR: 0}
    posts = await asyncio.gather(*(belkin.post(who, "обед") for who in people))
    cards = {who: await belkin.card(post, "Обед") for who, post in zip(people, posts, strict=True)}
    await belkin.quiet()
    texts = {who: await belkin.text(card) for who, card in cards.items()}
    [away] = [who for who, text in texts.items() if "Обед до" in text]
    [queued] = [who for who, text in texts.items() if "в очереди" in text]

    await belkin.post(away, "вернулся")

    await belkin.says(cards[away], "На линии с")
    await belkin.says(cards[queued], "ваша очередь")
    await belkin.told(queued, "Ваша очередь: обед 30 мин")
    assert (await belkin.press(away, cards[queued], "Ухожу")).alert
    assert (await belkin.press(queued, cards[queued], "Ухожу")).text == "Хорошей паузы!"
    await belkin.says(cards[queued], "Обед до")


async def test_a_pause_is_taken_back_begun_and_ended_in_hurried_words(belkin: World) -> None:
    lunch = await belkin.card(await belkin.post(TIMUR, "обед"), "Обед до")
    waiting = await belkin.card(await belkin.post(OLYA, "перерыв 10"), "в очереди")

    await belkin.post(TIMUR, "передумал")
    await belkin.says(lunch, "Не нужно: обед")
    await belkin.says(waiting, "ваша очередь")
    await belkin.post(OLYA, "ухожу")
    await belkin.says(waiting, "Перерыв до")
    await belkin.quiet()
    await belkin.pass_time(5 * 60)
    await belkin.post(OLYA, "вернулсь")
    await belkin.says(waiting, "На линии с", "Перерыв 5 мин")


async def test_a_pause_is_one_card_that_is_edited_once(belkin: World) -> None:
    card = await belkin.card(await belkin.post(OLYA, "перерыв 10"), "Перерыв до")
    await belkin.quiet()
    await belkin.tg.control.redeliver(5)
    data = await belkin.button(card, "Вернулся")
    answers = [await belkin.press_data(OLYA, card, data) for _ in range(2)]
    assert {answer.text for answer in answers} == {"С возвращением!"}
    await belkin.says(card, "На линии с")
    await belkin.quiet()

    assert len(await belkin.said()) == 1
    assert buttons_of(await belkin.message(card)) == []
    assert await belkin.private(OLYA) == []
    assert not any("решать некому" in text for text in await belkin.private(OWNER))


async def test_the_supervisor_consents_with_one_press_and_the_operator_is_told(
    belkin: World,
) -> None:
    await belkin.card(await belkin.post(TIMUR, "обед"), "Обед до")
    card = await belkin.card(await belkin.post(ANUSH, "перерыв 10"), "в очереди")
    assert (await belkin.press(TIMUR, card, "Согласовать")).text == "Согласует супервайзер"

    assert (await belkin.press(IRINA, card, "Согласовать")).text == "Согласовано, скажу."

    await belkin.says(card, "Перерыв до", "Согласовано: Ирина Демо")
    await belkin.quiet()
    # She has not started the bot: she is told in the group.
    assert any("✅ Согласовано" in said["text"] for said in await belkin.said())


async def test_a_supervisor_who_consents_in_a_word_hears_that_the_button_does(
    belkin: World,
) -> None:
    away = await belkin.card(await belkin.post(TIMUR, "обед"), "Обед до")
    post = await belkin.post(ANUSH, "перерыв 10")
    card = await belkin.card(post, "в очереди")
    for word in (
        await belkin.reply(IRINA, card, "+"),
        await belkin.post(IRINA, "согласовано", reply_to=post),
    ):
        await belkin.card(word, "Это ещё не решение: нажмите кнопку на карточке")
    assert "в очереди" in await belkin.text(card)

    talk = [
        await belkin.post(TIMUR, "согласовано", reply_to=post),
        # Nobody's consent is waited for there.
        await belkin.post(IRINA, "+", reply_to=away),
    ]
    await belkin.press(IRINA, card, "Согласовать")
    await belkin.says(card, "Согласовано: Ирина Демо")
    talk.append(await belkin.post(IRINA, "согласовано", reply_to=post))
    await belkin.quiet()
    for one in talk:
        assert await belkin.said(reply_to=one) == []


async def test_a_consent_that_was_a_slip_is_taken_back(belkin: World) -> None:
    timur = await belkin.card(await belkin.post(TIMUR, "обед"), "Обед до")
    card = await belkin.card(await belkin.post(OLYA, "перерыв 10"), "в очереди")
    await belkin.press(IRINA, card, "Согласовать")
    await belkin.told(OLYA, "Согласовано: перерыв")

    assert (
        await belkin.press(IRINA, card, "Отменить решение")
    ).text == "Отменено, оператору скажу."

    await belkin.told(OLYA, "Согласие отменено, подождите на линии")
    await belkin.says(card, "в очереди", "Ирина Демо отменил(а) своё решение")
    await belkin.press(IRINA, card, "Согласовать")
    await belkin.says(card, "Перерыв до")
    await belkin.press(TIMUR, timur, "Вернулся")
    await belkin.press(IRINA, card, "Отменить решение")
    await belkin.says(card, "ваша очередь")
    await belkin.told(OLYA, "Ваша очередь")


async def test_late_ones_are_reminded_then_the_supervisor_is_told(belkin: World) -> None:
    card = await belkin.card(await belkin.post(OLYA, "перерыв 10"), "Перерыв до")
    await belkin.quiet()
    await belkin.pass_time(10 * 60 + 1)
    await belkin.told(OLYA, "время вышло")
    await belkin.quiet()
    assert await belkin.private(IRINA) == []
    await belkin.pass_time(5 * 60)
    await belkin.told(IRINA, "Оля Демо: пора на линию")
    await belkin.says(card, "пора было")


async def test_a_reminder_may_be_answered_privately(belkin: World) -> None:
    card = await belkin.card(await belkin.post(OLYA, "перерыв 10"), "Перерыв до")
    await belkin.quiet()
    await belkin.pass_time(10 * 60 + 1)
    reminder = await belkin.told(OLYA, "время вышло")
    await belkin.reply(OLYA, int(reminder["message_id"]), "вернулась", chat=OLYA.id)

    await belkin.says(card, "На линии с")


async def test_a_restart_loses_no_pause_and_words_count_from_when_they_were_written(
    belkin: World,
) -> None:
    first = await belkin.card(await belkin.post(OLYA, "обед"), "Обед до")
    second = await belkin.card(await belkin.post(TIMUR, "перерыв 15"), "в очереди")
    await belkin.quiet()
    await belkin.bot.stop()
    belkin.clock.advance(12 * 60)
    await belkin.post(OLYA, "вернулась")
    belkin.clock.advance(10 * 60)
    await belkin.start_bot()

    text = await belkin.says(first, "На линии с")
    assert re.search(r"Обед 12 мин", text)
    await belkin.says(second, "ваша очередь")
    await belkin.told(TIMUR, "Ваша очередь")
    await belkin.quiet()
    assert await belkin.private(OLYA) == []


async def test_what_fell_due_while_nobody_ran_is_told_afterwards(belkin: World) -> None:
    await belkin.card(await belkin.post(OLYA, "обед"), "Обед до")
    await belkin.quiet()
    await belkin.bot.stop()
    belkin.clock.advance(31 * 60)
    await belkin.start_bot()
    await belkin.bot.look_around()

    await belkin.told(OLYA, "Обед до", "время вышло")


async def test_anybody_in_the_chat_sees_the_board_and_only_there(belkin: World) -> None:
    await belkin.card(await belkin.post(OLYA, "обед"), "Обед до")
    await belkin.card(await belkin.post(TIMUR, "перерыв 10"), "в очереди")
    await belkin.quiet()

    board = await belkin.card(await belkin.post(STRANGER, "/pauses"))
    text = await belkin.text(board)
    for words in ("Не на линии: 1 · мест 1", "Оля Демо · обед с", "осталось 30 мин", "1. Тимур"):
        assert words in text
    again = await belkin.post(TIMUR, "/pauses@workchats_bot")
    assert "Не на линии: 1" in await belkin.text(await belkin.card(again))

    await belkin.post(STRANGER, "/pauses@other_bot")
    await belkin.post(STRANGER, "/pausesss")
    other = await belkin.new_group()
    await belkin.bind(other)
    await belkin.quiet()
    before = len(await belkin.said())
    await belkin.post(OLYA, "/pauses", chat=other)
    await belkin.quiet()
    assert not [one for one in await belkin.said(chat=other) if "Не на линии" in one["text"]]
    assert len(await belkin.said()) == before


async def test_only_somebody_who_waits_for_a_supervisor_misses_one(database_url: str) -> None:
    async with a_world(database_url, bound=False) as world:
        await open_chat(world, supervised=False)
        free = await world.card(await world.post(OLYA, "обед"), "Обед до")
        await world.quiet()
        assert "Решать некому" not in await world.text(free)
        before = await world.private(OWNER)

        waits = await world.card(await world.post(TIMUR, "обед"), "в очереди")

        await world.says(waits, "Решать некому: на смене никого из супервайзеров")
        await world.quiet()
        assert len(await world.private(OWNER)) == len(before) + 1


async def test_without_an_it_chat_a_technical_stop_says_so(belkin: World) -> None:
    card = await belkin.card(await belkin.post(OLYA, "сип завис, выключаю"), "Технический стоп")

    assert (await belkin.press(OLYA, card, "Заявка в IT")).text.startswith("Чат IT мне не")
