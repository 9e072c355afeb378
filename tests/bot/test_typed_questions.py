"""Whoever decides asks something in a reply: where no flow passes it on, he hears what does."""

from __future__ import annotations

import pytest

from sandbox.world import IRINA, KOSTYA, MARAT, OLYA, TIMUR, ZARINA, DemoPerson
from tests.harness import World
from tests.harness.crm import CONFIRMED, TOO_EXPENSIVE

UNSEEN = "Оператор этого не увидит: спросите ответом на его пост."
QUESTION = "а что говорит клиент?"


async def a_card(world: World, flow: str) -> tuple[int, int]:
    """A post of the chat, and its card, which waits for somebody."""
    await world.open_chat(flow)
    if flow == "pauses":
        await world.post(TIMUR, "обед 30 мин")
        post = await world.post(OLYA, "обед 45 мин")
    elif flow == "it":
        post = await world.post(OLYA, "MicroSIP не регистрируется, пишет ошибку")
    else:
        lead = await world.crm.lead(statuses=[TOO_EXPENSIVE])
        post = await world.ask(OLYA, lead, "в скрипте 3990, на сайте 4990")
    card = await world.card(post)
    await world.quiet()
    return post, card


@pytest.mark.parametrize(
    ("flow", "who"),
    [
        ("anomalies", MARAT),
        ("refusals", IRINA),
        ("returns", ZARINA),
        ("returns", IRINA),
        ("pauses", IRINA),
    ],
)
async def test_where_nobody_passes_a_question_on_he_hears_how_to_ask(
    world: World, flow: str, who: DemoPerson
) -> None:
    post, card = await a_card(world, flow)
    before = len(await world.said())

    await world.card(await world.reply(who, card, QUESTION), UNSEEN)
    await world.card(await world.reply(who, card, QUESTION), UNSEEN)

    await world.tg.control.redeliver(5)
    # Of a reply to his own post Telegram tells the operator; others speak among themselves.
    await world.post(who, QUESTION, reply_to=post)
    await world.reply(TIMUR, card, QUESTION)
    await world.reply(who, card, "сейчас посмотрю")
    await world.quiet()
    assert len(await world.said()) == before + 2


async def test_where_somebody_does_it_is_passed_on(world: World) -> None:
    _, card = await a_card(world, "it")
    question = await world.reply(KOSTYA, card, QUESTION)
    await world.told(OLYA, QUESTION)
    await world.quiet()
    assert await world.said(reply_to=question) == []


async def test_a_question_under_a_decided_card_is_unseen_too(world: World) -> None:
    _, card = await a_card(world, "refusals")
    await world.press(IRINA, card, "Нарушения нет")
    await world.says(card, "Нарушения нет")
    await world.give(TIMUR, "supervisor")
    await world.card(await world.reply(TIMUR, card, QUESTION), UNSEEN)


async def test_privately_he_hears_it_and_nothing_else(world: World) -> None:
    await a_card(world, "anomalies")
    await world.pass_time(61)
    ping = await world.told(MARAT, "Открыть карточку")
    before = len(await world.private(MARAT))
    question = await world.reply(MARAT, ping["message_id"], QUESTION, chat=MARAT.id)
    await world.card(question, UNSEEN, chat=MARAT.id)
    await world.quiet()
    assert len(await world.private(MARAT)) == before + 1


async def test_a_price_in_letters_is_asked_for_again(world: World) -> None:
    _, card = await a_card(world, "anomalies")
    await world.press(MARAT, card, "Другая")
    await world.says(card, "Марат Демо")
    await world.reply(MARAT, card, "пять тысяч")
    await world.told(MARAT, "одним числом")
    await world.card(await world.reply(MARAT, card, QUESTION), UNSEEN)
    await world.reply(MARAT, card, "5000")
    await world.says(card, "Действует")


async def test_a_name_that_is_none_is_asked_for_again(world: World) -> None:
    _, card = await a_card(world, "refusals")
    await world.press(IRINA, card, "Назвать оператора")
    await world.says(card, "За кем закрепить отказ?")
    await world.reply(IRINA, card, "Гудочкину")
    await world.told(IRINA, "«Фамилия Имя, почему»")
    await world.card(await world.reply(IRINA, card, "кто первый говорил?"), UNSEEN)
    await world.reply(IRINA, card, "Гудочкин Глеб, говорил со второго номера")
    await world.says(card, "Почему: говорил со второго номера")
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "Отказ за: Гудочкин Глеб")


async def test_what_the_operator_answers_under_his_post_goes_with_his_question(
    world: World,
) -> None:
    post, card = await a_card(world, "anomalies")
    await world.says(card, "4\u00a0990")
    question = await world.post(MARAT, "на сайте точно 4990?", reply_to=post)
    await world.tg.control.redeliver(1)
    await world.post(TIMUR, "на сайте 6990", reply_to=question)
    await world.post(OLYA, "отмена", reply_to=question)
    await world.post(OLYA, "на сайте 5990", reply_to=question)
    await world.says(card, "5\u00a0990", "Какая цена действует?")
    await world.quiet()
    assert await world.said(reply_to=question) == []


async def test_his_yes_to_a_question_of_theirs_is_none_to_ours(world: World) -> None:
    await world.open_chat("returns")
    lead = await world.crm.burning(statuses=[CONFIRMED])
    post = await world.ask(OLYA, lead, "не включается")
    card = await world.card(post, "это заявка текущего звонка?")
    await world.says(card, "в CRM записано ✔")
    question = await world.post(IRINA, "клиент дома?", reply_to=post)
    await world.post(OLYA, "да", reply_to=question)
    await world.quiet()
    assert await world.crm.status(lead) == CONFIRMED
