"""«Аномальные заказы» through the real engine: one press, the record and the operator."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from sandbox.world import LENA, MARAT, OLYA, TIMUR
from tests.harness import CrashAt, World, a_world
from tests.harness.crash import Moment
from tests.harness.world import COMMENTS_HAVE_COME, buttons_of

ITEMS = [{"name": "Демо-шуруповёрт", "price": 3990}]
ASKS = "в скрипте 3990, на сайте 4990"


@pytest.fixture
async def chat(world: World) -> World:
    """The group is «Аномальные заказы»."""
    await world.bind(world.group, flow="anomalies")
    return world


async def test_a_price_is_decided_written_and_told(chat: World) -> None:
    lead = await chat.crm.lead(items=ITEMS)
    card = await chat.card(await chat.ask(OLYA, lead, ASKS))
    text = await chat.says(card, "Какая цена действует?", "как в скрипте", lead)
    assert "В скрипте 3\u00a0990\u00a0₽ · на сайте 4\u00a0990\u00a0₽" in text

    answer = await chat.press(MARAT, card, "Цена сайта")

    assert answer.text == "Решено, оператору скажу. Пишу в CRM."
    await chat.told(OLYA, "Действует цена сайта: 4\u00a0990\u00a0₽", "Марат Демо")
    await chat.says(card, "Действует цена сайта", "в CRM записано ✔")
    await chat.quiet()
    [comment] = await chat.crm.tagged(lead)
    assert "Действует цена сайта 4 990 ₽ (в скрипте 3 990 ₽, на сайте 4 990 ₽)" in comment
    assert "Марат Демо" in comment
    assert await chat.crm.status(lead) is None
    assert [word for word, _ in buttons_of(await chat.message(card))] == ["↩️ Отменить решение"]


async def test_missing_prices_are_asked_of_the_operator_and_another_price_of_the_admin(
    chat: World,
) -> None:
    lead = await chat.crm.lead(items=ITEMS)
    card = await chat.card(await chat.ask(OLYA, lead, "какая цена?"), "Какие цены?")
    await chat.reply(OLYA, card, "3990/4990")
    await chat.says(card, "Какая цена действует?")
    await chat.press(MARAT, card, "Другая")
    await chat.says(card, "Марат Демо пишет другую цену")
    await chat.reply(MARAT, card, "4 490")
    await chat.told(OLYA, "Действует другая цена: 4\u00a0490\u00a0₽")
    assert "другая цена 4 490 ₽" in await chat.crm.comment(lead, "Действует")


async def test_a_press_on_a_price_that_was_corrected_meanwhile_decides_nothing(
    chat: World,
) -> None:
    lead = await chat.crm.lead(items=ITEMS)
    card = await chat.card(await chat.ask(OLYA, lead, ASKS))
    old = await chat.button(card, "Цена сайта")
    await chat.reply(OLYA, card, "на сайте 5990")
    await chat.says(card, "5\u00a0990")
    answer = await chat.press_data(MARAT, card, old)
    assert (answer.text, answer.alert) == (
        "Карточка уже изменилась, посмотрите на неё ещё раз", True
    )  # fmt: skip
    await chat.quiet()
    assert await chat.crm.tagged(lead) == []


async def test_a_price_that_is_mended_in_the_post_stands_on_the_card(chat: World) -> None:
    lead = await chat.crm.lead(items=ITEMS)
    post = await chat.ask(OLYA, lead, ASKS)
    card = await chat.card(post, "Какая цена действует?")
    old = await chat.button(card, "Цена сайта")
    await edit(chat, post, f"{chat.crm.link(lead)} в скрипте 3990, на сайте 5990")
    await chat.says(card, "3\u00a0990", "5\u00a0990")
    assert (await chat.press_data(MARAT, card, old)).alert
    await chat.tg.control.redeliver(10)
    await chat.quiet()
    assert await chat.count("SELECT count(*) FROM history WHERE action = 'edit'") == 1
    assert await chat.count("SELECT count(*) FROM cases") == 1

    await edit(chat, post, f"{chat.crm.link(lead)} в скрипте 3990, на сайте 4990")
    await chat.says(card, "3\u00a0990", "4\u00a0990")
    await chat.press(MARAT, card, "Цена сайта")
    await chat.says(card, "Действует цена сайта: 4\u00a0990")
    await edit(chat, post, f"{chat.crm.link(lead)} в скрипте 3990, на сайте 6990")
    await chat.quiet()
    assert "6\u00a0990" not in await chat.text(card)


async def test_an_edit_that_comes_again_takes_back_nothing_that_was_said_since(chat: World) -> None:
    first, second = [await chat.crm.lead(items=ITEMS) for _ in range(2)]
    lines = f"{chat.crm.link(first)} скрипт 990, сайт 1490\n{chat.crm.link(second)} 2990/3490"
    post = await chat.post(OLYA, lines)
    card = await chat.card(post, "1\u00a0490")
    await edit(chat, post, lines.replace("1490", "1590"))
    await chat.says(card, "1\u00a0590")
    await chat.reply(OLYA, card, "на сайте 1690")
    await chat.says(card, "1\u00a0690")
    await chat.quiet()
    await chat.tg.control.redeliver(2)
    await chat.quiet()
    assert "1\u00a0690" in await chat.text(card)
    assert await chat.count("SELECT count(*) FROM history WHERE action = 'edit'") == 1


async def test_a_line_that_is_mended_takes_back_nothing_that_was_said_of_another(
    chat: World,
) -> None:
    first, second = [await chat.crm.lead(items=ITEMS) for _ in range(2)]
    lines = f"{chat.crm.link(first)} скрипт 990, сайт 1490\n{chat.crm.link(second)} 2990/3490"
    post = await chat.post(OLYA, lines)
    card, other = await chat.card(post, "1\u00a0490"), await chat.card(post, "3\u00a0490")
    await chat.reply(OLYA, card, "на сайте 1690")
    await chat.says(card, "1\u00a0690")
    await edit(chat, post, lines.replace("3490", "3590"))
    await chat.says(other, "3\u00a0590")
    await chat.quiet()
    assert "1\u00a0690" in await chat.text(card)


async def test_of_two_edits_the_later_one_counts_whichever_comes_first(chat: World) -> None:
    """Telegram brings some side by side to a webhook, and brings again what was not taken."""
    lead = await chat.crm.lead(items=ITEMS)
    post = await chat.ask(OLYA, lead, ASKS)
    card = await chat.card(post, "Какая цена действует?")
    await chat.quiet()
    await chat.bot.stop()
    for price in (5990, 6990):
        chat.clock.advance(2)
        await edit(chat, post, f"{chat.crm.link(lead)} в скрипте 3990, на сайте {price}")
    assert await chat.tg.control.shuffle(1) == 2
    await chat.start_bot()
    await chat.quiet()
    assert "6\u00a0990" in await chat.text(card)


async def test_prices_that_are_added_to_the_post_need_no_reply(chat: World) -> None:
    lead = await chat.crm.lead(items=ITEMS)
    post = await chat.ask(OLYA, lead, "")
    card = await chat.card(post, "Какие цены?")
    await edit(chat, post, f"{chat.crm.link(lead)} 3990/4990")
    await chat.says(card, "Какая цена действует?", "4\u00a0990")


async def test_an_edit_that_touches_no_price_changes_none(chat: World) -> None:
    first, second, third = [await chat.crm.lead(items=ITEMS) for _ in range(3)]
    post = await chat.ask(OLYA, first, "3990/4990")
    card = await chat.card(post, "Какая цена действует?")
    await chat.press(MARAT, card, "Поменять местами")
    await chat.says(card, "В скрипте 4\u00a0990")
    await edit(chat, post, f"{chat.crm.link(first)} 3990/4990, клиент на линии")
    # One of several links: each has its own line.
    lines = f"{chat.crm.link(third)} 2990/3490\n{chat.crm.link(second)} скрипт 990, сайт 1490"
    both = await chat.post(TIMUR, lines)
    other = await chat.card(both, "1\u00a0490")
    await edit(chat, both, lines.replace("1490", "1590"))
    await chat.says(other, "990", "1\u00a0590")
    await chat.quiet()
    assert "В скрипте 4\u00a0990\u00a0₽ · на сайте 3\u00a0990" in await chat.text(card)


async def edit(world: World, post: int, text: str) -> None:
    """Mend a post."""
    author = next(one for one in await world.tg.control.messages(world.group, post - 1))["from"]
    await world.tg.control.edit(world.group, post, author["id"], text)


async def test_the_same_project_and_prices_again_take_one_tap(chat: World) -> None:
    first, second, third = [await chat.crm.lead(items=ITEMS) for _ in range(3)]
    card = await chat.card(await chat.ask(OLYA, first, ASKS))
    waits = await chat.card(await chat.ask(TIMUR, third, ASKS))
    await chat.says(waits, third, "как в скрипте")
    await chat.says(card, first, "как в скрипте")
    await chat.press(MARAT, card, "Цена скрипта")
    # The card that waited already is offered it too.
    await chat.button(waits, "Как в ")
    await chat.says(card, "в CRM записано ✔")
    again = await chat.card(await chat.ask(TIMUR, second, "скрипт 3 990р сайт 4 990р"))
    await chat.button(again, "Как в ")
    await chat.press(LENA, again, "Как в ")
    await chat.told(TIMUR, "Действует цена скрипта", "Лена Демо")
    assert "Лена Демо" in await chat.crm.comment(second, "Действует цена скрипта 3 990 ₽")


async def test_undoing_writes_one_comment_and_takes_the_offer_from_other_cards(
    chat: World,
) -> None:
    first, second = [await chat.crm.lead(items=ITEMS) for _ in range(2)]
    card = await chat.card(await chat.ask(OLYA, first, ASKS))
    other = await chat.card(await chat.ask(TIMUR, second, ASKS))
    await chat.says(card, first, "как в скрипте")
    await chat.says(other, second, "как в скрипте")
    await chat.press(MARAT, card, "Цена скрипта")
    offer = await chat.button(other, "Как в ")
    await chat.press(MARAT, card, "Отменить решение")
    await chat.told(OLYA, "Решение отменено, подождите новое")
    assert (await chat.press_data(LENA, other, offer)).alert
    await chat.quiet()
    words = [word for word, _ in buttons_of(await chat.message(other))]
    assert not [word for word in words if word.startswith("Как в ")]
    said = await chat.crm.tagged(first)
    assert len(said) == 2
    assert sum("отменено: Марат Демо" in text for text in said) == 1
    assert await chat.crm.tagged(second) == []


# --- the bot dies ---------------------------------------------------------------------------------


@pytest.fixture
async def asleep(database_url: str) -> AsyncIterator[World]:
    """The same group; the bot has not started."""
    async with a_world(database_url, running=False) as world:
        await world.bind(world.group, flow="anomalies")
        yield world


DEATHS: list[tuple[str, int, int, Moment]] = [
    ("message", 1, 2, "before commit"),
    ("callback_query", 1, 2, "before commit"),
    ("callback_query", 1, 2, "after commit"),
    ("write_comment", 1, 1, "before commit"),
    ("callback_query", 2, 1, "after commit"),
    ("write_comment", 2, 1, "before commit"),
]


@pytest.mark.parametrize(("step", "nth", "commit", "moment"), DEATHS)
async def test_a_death_loses_no_price_and_doubles_no_comment(
    asleep: World, step: str, nth: int, commit: int, moment: Moment
) -> None:
    world, crash = asleep, CrashAt(step, moment, nth=nth, commit=commit)
    lead = await world.crm.lead(items=ITEMS)
    life = await world.start_bot(crash)
    post = await world.ask(OLYA, lead, ASKS)
    if step == "message":
        await life.crashed()
        await world.start_bot()
    card = await world.card(post, "Какая цена действует?")
    for word in ("Цена скрипта", "Отменить решение"):
        await world.press(MARAT, card, word, wait=0)
        if nth == 1 + (word == "Отменить решение") and step != "message":
            await life.crashed()
            await world.start_bot()
            await world.pass_time(COMMENTS_HAVE_COME)
        await world.told(OLYA, "Действует" if word == "Цена скрипта" else "Решение отменено")
    await world.says(card, "Какая цена действует?", "отменил(а) своё решение")
    await world.quiet()
    said = await world.crm.tagged(lead)
    assert sum("Действует цена скрипта 3 990 ₽" in text for text in said) == 1
    assert sum("отменено" in text for text in said) == 1
    assert len(said) == 2
    assert await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'") == 0


async def test_the_other_way_round_to_a_colleague_turns_no_prices_round(chat: World) -> None:
    post = await chat.ask(OLYA, await chat.crm.lead(items=ITEMS), ASKS)
    card = await chat.card(post, "Какая цена действует?")
    asks = await chat.post(MARAT, "на сайте дешевле?", reply_to=post)
    await chat.quiet()

    await chat.post(OLYA, "наоборот", reply_to=asks)
    await chat.quiet()
    assert "В скрипте 3\u00a0990\u00a0₽ · на сайте 4\u00a0990\u00a0₽" in await chat.text(card)

    await chat.post(OLYA, "ой, наоборот", reply_to=post)
    await chat.says(card, "В скрипте 4\u00a0990\u00a0₽ · на сайте 3\u00a0990\u00a0₽")


async def test_a_price_that_was_decided_and_undone_before_the_crm_answered_is_read_twice(
    chat: World,
) -> None:
    lead = await chat.crm.lead(items=ITEMS)
    await chat.crm.go_down()
    card = await chat.card(await chat.ask(OLYA, lead, ASKS))
    with capture_logs() as said:
        await chat.press(MARAT, card, "Цена сайта")
        await chat.press(MARAT, card, "Отменить решение")
        await chat.crm.come_back()
        for _ in range(2):
            await chat.quiet()
            await chat.pass_time(30)
        await chat.says(card, "Какая цена действует?", "Демо-шуруповёрт")
        await chat.quiet()
    assert [line for line in said if line["event"] == "fact_without_rule"] == []
