"""The reminder of an admin in a rush: one a minute, and it names all who wait for him by then."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.budget import Budget, Limits
from bot.desk import Desk
from bot.flows.records import Post
from sandbox.world import ANUSH, LENA, MARAT, OLYA, TIMUR, DemoPerson
from tests.harness import World, a_world
from tests.harness.time import eventually

_WIDE = Limits(all_per_second=1_000, group_per_minute=1_000, burst=1_000, at_ease=1_000)
CALL = re.compile("Ждут решения|Оператор ждёт")


async def a_minute_begins(world: World) -> None:
    """What is asked now falls due in one minute by the clock."""
    await world.pass_time(61 - world.clock().second)


async def calls(world: World, who: DemoPerson) -> list[str]:
    """The reminders that he has had."""
    await world.quiet()
    return [text for text in await world.private(who) if CALL.search(text)]


async def two_topics_wait(world: World) -> int:
    """Of one group: Оля in «РФ Админы», Тимур in «Аномальные заказы», whose topic it gives."""
    world.group = await world.new_group("Форум", is_forum=True)
    topic: int = (await world.tg.control.topic(world.group, "Аномальные заказы"))["id"]
    await world.bind(world.group)
    await world.bind(world.group, topic, "anomalies")
    await a_minute_begins(world)
    await world.card(await world.ask(OLYA, await world.crm.burning()), "Скорее нет")
    link = world.crm.link(await world.crm.burning())
    await world.card(await world.post(TIMUR, f"{link} 3990/4990", thread_id=topic), "Какая цена")
    await world.quiet()
    return topic


@asynccontextmanager
async def held(database_url: str) -> AsyncIterator[tuple[World, Budget]]:
    """A world whose budget a test can stop."""
    budget = Budget(_WIDE)
    async with a_world(database_url, budget=lambda: budget) as world:
        yield world, budget


async def wanted(world: World) -> None:
    """Every admin's reminder is wanted."""
    found = "SELECT count(*) = 2 FROM outbox WHERE once LIKE 'call:%'"
    await eventually(lambda: world.count(found), "both reminders are wanted")


async def test_however_many_wait_an_admin_is_called_once_a_minute_and_told_of_all(
    world: World,
) -> None:
    await a_minute_begins(world)
    asked = [(who, await world.crm.burning()) for who in (OLYA, TIMUR, ANUSH)]
    cards = [await world.card(await world.ask(*one), "Скорее нет") for one in asked]
    await world.quiet()

    await world.pass_time(61)

    message = await world.told(MARAT, "Ждут решения: 3", *(lead for _, lead in asked))
    blocks = message["text"].split("\n\n")
    for number, (block, (who, lead)) in enumerate(zip(blocks[1:], asked, strict=True), start=1):
        assert block.startswith(f"{number}. 👎 заказ ещё в пути · {who.first_name}")
        assert lead in block
    links = [one["url"] for one in message["entities"] if one["type"] == "text_link"]
    assert [link for link in links if "t.me" in link] == [
        f"https://t.me/c/{str(world.group)[4:]}/{card}" for card in cards
    ]
    assert len(await calls(world, MARAT)) == len(await calls(world, LENA)) == 1


async def test_who_was_answered_before_it_is_sent_is_not_named(database_url: str) -> None:
    async with held(database_url) as (world, budget):
        await a_minute_begins(world)
        asked = [await world.ask(OLYA, await world.crm.burning()) for _ in range(3)]
        cards = [await world.card(post, "Скорее нет") for post in asked]
        await world.quiet()
        for admin in (MARAT, LENA):
            budget.pause(admin.id, 90, world.clock())
        await world.pass_time(61)
        await wanted(world)

        await world.press(MARAT, cards[0], "Разрешить")
        await world.says(cards[0], "в CRM записано ✔")
        await world.pass_time(30)

        await world.told(MARAT, "Ждут решения: 2")
        [called] = await calls(world, MARAT)
        leads = [row.lead for row in await world.rows("SELECT lead FROM cases ORDER BY id")]
        assert [lead in called for lead in leads] == [False, True, True]


async def test_a_reminder_of_what_is_decided_by_then_is_not_sent(database_url: str) -> None:
    async with held(database_url) as (world, budget):
        await a_minute_begins(world)
        first, second = [
            await world.card(await world.ask(OLYA, await world.crm.burning()), "Скорее нет")
            for _ in range(2)
        ]
        await world.quiet()
        for admin in (MARAT, LENA):
            budget.pause(admin.id, 90, world.clock())
        await world.pass_time(61)
        await wanted(world)
        await world.press(MARAT, first, "Разрешить")
        budget.pause(LENA.id, 90, world.clock())
        await world.pass_time(30)
        await world.told(MARAT, "Оператор ждёт, клиент на линии", "Открыть карточку")
        await world.press(MARAT, second, "Разрешить")
        await world.says(second, "в CRM записано ✔")

        await world.pass_time(61)

        assert await calls(world, LENA) == []
        assert await world.rows("SELECT kind FROM outbox WHERE state <> 'done'") == []


async def test_reminders_that_had_to_wait_come_as_one(database_url: str) -> None:
    async with held(database_url) as (world, budget):
        await a_minute_begins(world)
        await world.card(await world.ask(OLYA, await world.crm.burning()), "Скорее нет")
        for admin in (MARAT, LENA):
            budget.pause(admin.id, 125, world.clock())
        await world.pass_time(61)
        await world.card(await world.ask(TIMUR, await world.crm.burning()), "Скорее нет")
        await world.pass_time(61)
        twice = "SELECT count(*) = 4 FROM outbox WHERE once LIKE 'call:%' AND state = 'pending'"
        await eventually(lambda: world.count(twice), "each has two that wait")

        await world.pass_time(10)

        await world.told(MARAT, "Ждут решения: 2")
        assert len(await calls(world, MARAT)) == 1
        assert await world.rows("SELECT kind FROM outbox WHERE state <> 'done'") == []


async def test_who_is_found_late_behind_a_reminder_of_that_minute_is_named_in_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """His only reminder falls due as he is found, and so did that of whoever was found first."""
    await world.bot.stop()
    leads = [await world.crm.burning() for _ in range(2)]
    _, second = [await world.ask(*one) for one in zip((OLYA, TIMUR), leads, strict=True)]
    world.clock.advance(241 - world.clock().second)
    take = Desk.post

    async def late(desk: Desk, post: Post) -> None:
        if post.message_id == second:
            for admin in (MARAT, LENA):
                await world.told(admin, "Оператор ждёт", leads[0])
        await take(desk, post)

    monkeypatch.setattr(Desk, "post", late)
    await world.start_bot()
    await world.card(second, "Скорее нет")
    await world.pass_time(1)
    over = "SELECT count(*) = 2 FROM deadlines WHERE name = 'second_ping' AND state = 'done'"
    await eventually(lambda: world.count(over), "his reminder has fallen due")
    assert not any(leads[1] in text for text in await world.private(MARAT))

    await world.pass_time(61)

    await world.told(MARAT, "Ждут решения: 2", *leads)
    assert len(await calls(world, MARAT)) == len(await calls(world, LENA)) == 2


async def test_who_decides_is_not_reminded_of_what_he_asks_himself(world: World) -> None:
    await a_minute_begins(world)
    for who in (OLYA, MARAT, TIMUR):
        await world.card(await world.ask(who, await world.crm.burning()), "Скорее нет")
    await world.quiet()

    await world.pass_time(61)

    assert "Марат" not in (await world.told(MARAT, "Ждут решения: 2"))["text"]
    assert "Марат" in (await world.told(LENA, "Ждут решения: 3"))["text"]


async def test_a_reply_to_it_names_the_number(world: World) -> None:
    await a_minute_begins(world)
    cards = [
        await world.card(await world.ask(who, await world.crm.burning()), "Скорее нет")
        for who in (OLYA, TIMUR)
    ]
    await world.quiet()
    await world.pass_time(61)
    call = int((await world.told(MARAT, "Ждут решения: 2"))["message_id"])
    await world.quiet()

    asks = await world.post(MARAT, "сколько штук берёт?", chat=MARAT.id, reply_to=call)
    await world.card(asks, "О чём из этого речь? Подходят 1, 2.", chat=MARAT.id)
    await world.post(MARAT, "2 сколько штук берёт?", chat=MARAT.id, reply_to=call)

    await world.told(TIMUR, "сколько штук берёт?")
    await world.says(cards[1], "Ждём ответа оператора")
    await world.quiet()
    assert "сколько штук" not in await world.text(cards[0])
    yes = await world.post(MARAT, "1 можно", chat=MARAT.id, reply_to=call)
    await world.card(yes, "Это ещё не решение", chat=MARAT.id)
    await world.quiet()
    assert not any("Я работаю в группах" in text for text in await world.private(MARAT))


async def test_topics_of_one_group_share_it(world: World) -> None:
    await two_topics_wait(world)

    await world.pass_time(61)

    await world.told(MARAT, "Ждут решения: 2", "заказ ещё в пути", "Какая цена?", "Тимур")
    assert len(await calls(world, MARAT)) == 1


async def test_who_waits_in_a_topic_that_was_unbound_since_is_named(world: World) -> None:
    topic = await two_topics_wait(world)
    async with world.storage.change() as uow:
        await uow.chats.unbind(world.group, topic, now=world.clock())

    await world.pass_time(61)

    await world.told(MARAT, "Ждут решения: 2", "заказ ещё в пути", "Какая цена?")


@pytest.mark.parametrize(
    "words",
    [
        "2-й заказ оплачен?",
        "1.5 или 2 литра берёт?",
        "2 товара берёт?",
        "1 и 2 дубли?",
        "2 года носит?",
    ],
)
async def test_a_question_that_only_begins_with_a_number_names_none(
    world: World, words: str
) -> None:
    await a_minute_begins(world)
    for who in (OLYA, TIMUR):
        await world.card(await world.ask(who, await world.crm.burning()), "Скорее нет")
    await world.quiet()
    await world.pass_time(61)
    call = int((await world.told(MARAT, "Ждут решения: 2"))["message_id"])
    await world.quiet()

    asks = await world.post(MARAT, words, chat=MARAT.id, reply_to=call)

    await world.card(asks, "О чём из этого речь? Подходят 1, 2.", chat=MARAT.id)


async def test_a_phone_that_admins_must_look_up_is_named_by_its_end(world: World) -> None:
    await a_minute_begins(world)
    await world.crm.fault(kind="status", status=503, times=1_000)
    for phone in ("77011234567", "77017654321"):
        card = await world.card(await world.post(OLYA, f"{phone} был ли заказ на этот номер?"))
        await world.says(card, "CRM не отвечает боту")

    await world.pass_time(61)

    called = await world.told(MARAT, "Ждут решения: 2", "1. Был ли заказ на номер …4567? Оля")
    assert "2. Был ли заказ на номер …4321? Оля" in called["text"]
    assert "Лид" not in called["text"]


async def test_of_many_the_first_ten_are_named(world: World) -> None:
    await a_minute_begins(world)
    for _ in range(12):
        await world.ask(OLYA, await world.crm.burning())
    waiting = "SELECT count(*) = 12 FROM cases WHERE state = 'waiting'"
    await eventually(lambda: world.count(waiting), "all are read")
    await world.quiet()

    await world.pass_time(61)

    message = await world.told(MARAT, "Ждут решения: 12", "10. ", "и ещё 2")
    assert "11. " not in message["text"]
    assert len(await calls(world, MARAT)) == 1
