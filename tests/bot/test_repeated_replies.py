"""A reply that meant nothing when it was said means nothing when Telegram brings it again."""

from __future__ import annotations

import pytest

from sandbox.world import IRINA, MARAT, OLYA, TIMUR
from tests.harness import World
from tests.harness.crm import TOO_EXPENSIVE

ASKED = "это тот же адрес?"


async def comes_again(world: World, words: str) -> None:
    """Telegram brings the message of these words once more, under another update id."""
    telegram = world.tg.telegram
    brought = next(one for one in telegram.world.confirmed if one.payload.get("text") == words)
    telegram.updates.push(brought.kind, brought.payload, message_ref=brought.message_ref)
    await world.quiet()


async def deeds(world: World) -> list[str]:
    """What people did to the case, besides the post."""
    rows = await world.rows(
        "SELECT action FROM history WHERE actor_id IS NOT NULL AND action <> 'open' ORDER BY id"
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize("privately", [False, True], ids=["in the chat", "privately"])
async def test_a_nod_that_comes_again_after_a_question_does_not_answer_it(
    world: World, *, privately: bool
) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.press(MARAT, card, "Спросить")
    if privately:
        await world.reply(MARAT, card, "клиент ещё на линии?")
        notice = (await world.told(OLYA, "клиент ещё на линии?"))["message_id"]
        await world.reply(OLYA, notice, "да, на линии", chat=OLYA.id)
        await world.says(card, "да, на линии")
        await world.reply(OLYA, notice, "ага", chat=OLYA.id)
    else:
        await world.reply(OLYA, card, "ага")
    await world.quiet()
    await world.reply(MARAT, card, ASKED)
    question = (await world.told(OLYA, ASKED))["message_id"]
    before = await deeds(world)

    await comes_again(world, "ага")

    assert await deeds(world) == before
    assert await world.rows("SELECT state FROM cases") == [("asked",)]
    await world.reply(OLYA, question, "нет, другой", chat=OLYA.id)
    await world.says(card, "нет, другой")


async def test_what_an_admin_said_before_he_pressed_is_no_question_as_it_comes_again(
    world: World,
) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.reply(MARAT, card, "сейчас гляну")
    await world.quiet()
    await world.press(MARAT, card, "Спросить")

    await world.tg.control.redeliver(10)
    await world.quiet()

    assert await deeds(world) == ["ask"]
    await world.reply(MARAT, card, ASKED)
    await world.told(OLYA, ASKED)


async def test_words_that_name_nobody_are_asked_about_once(world: World) -> None:
    await world.open_chat("refusals")
    card = await world.card(await world.ask(OLYA, await world.crm.lead(statuses=[TOO_EXPENSIVE])))
    await world.press(IRINA, card, "Назвать оператора")
    words = "звоню клиенту узнать"
    await world.reply(IRINA, card, words)
    await world.told(IRINA, "Не понял, за кем отказ")
    await world.quiet()
    before = await world.private(IRINA)

    await comes_again(world, words)

    assert await deeds(world) == ["choose", "unclear"]
    assert await world.private(IRINA) == before


async def test_a_post_that_answered_a_card_in_vain_asks_what_it_asks_all_the_same(
    world: World,
) -> None:
    """A death between the two: the reply was read, and what it asks for was not opened."""
    first, second = await world.crm.burning(), await world.crm.burning()
    card = await world.card(await world.ask(OLYA, first))
    words = f"{world.crm.link(second)} а по этому можно?"
    post = await world.reply(OLYA, card, words)
    other = await world.card(post)
    await world.quiet()

    await comes_again(world, words)

    assert await world.count("SELECT count(*) FROM cases") == 2
    assert len(await world.said(reply_to=post)) == 1
    await world.post(OLYA, "отмена", reply_to=post)
    await world.says(other, "Отозвано")


async def test_a_link_that_answers_a_card_takes_the_words_before_it_along(world: World) -> None:
    first, second = await world.crm.burning(), await world.crm.burning()
    card = await world.card(await world.ask(TIMUR, first))
    await world.post(OLYA, "клиент хочет ещё чехол, можно добавить?")
    post = await world.reply(OLYA, card, world.crm.link(second))
    await world.card(post, "Можно ли добавить товар?")
