"""Outcomes that a group whose minute is short hears in one message, and replies to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.budget import Budget, Limits
from sandbox.world import ANUSH, KOSTYA, LENA, MARAT, OLYA, TIMUR, DemoPerson
from tests.harness import World, a_world
from tests.harness.time import eventually

#: A group is never at ease, so outcomes are gathered; and so much room that no test waits.
_SHORT = Limits(all_per_second=1_000, group_per_minute=1_000, burst=1_000, at_ease=1_000)
_STRANGERS = (ANUSH, TIMUR, OLYA)


@asynccontextmanager
async def a_chat(database_url: str, flow: str) -> AsyncIterator[tuple[World, Budget]]:
    """A chat whose operators have not started the bot, and the bot's budget."""
    budget = Budget(_SHORT)
    async with a_world(database_url, budget=lambda: budget) as world:
        await world.open_chat(flow)
        async with world.storage.change() as uow:
            for who in _STRANGERS:
                await uow.people.set_reachable(who.id, reachable=False)
        yield world, budget


async def told(
    world: World, budget: Budget, by: DemoPerson, presses: Sequence[tuple[int, str]], *words: str
) -> int:
    """The number of the one message that tells what comes of these presses: (card, button)."""
    buttons = [(card, await world.button(card, word)) for card, word in presses]
    await world.quiet()
    budget.pause(world.group, 30, world.clock())
    for card, data in buttons:
        await world.press_data(by, card, data)
    await world.pass_time(31)
    shown = await world.tg.control.until(
        world.group,
        lambda message: (
            "reply_to_message" not in message
            and all(word in message.get("text", "") for word in words)
        ),
    )
    await world.quiet()
    return int(shown["message_id"])


async def solved_together(
    world: World, budget: Budget, *posts: tuple[DemoPerson, str]
) -> tuple[list[int], int]:
    """The cards of these tickets, and the one message that tells that each of them is solved."""
    cards = await tickets(world, *posts)
    numbers = [f"{number}. " for number in range(1, len(cards) + 1)]
    presses = [(card, "Решено") for card in cards]
    return cards, await told(world, budget, KOSTYA, presses, *numbers)


async def states(world: World) -> list[str]:
    return [row[0] for row in await world.rows("SELECT state FROM cases ORDER BY id")]


async def done(world: World, action: str) -> list[tuple[int, int]]:
    """(case, who) of each time that somebody did that."""
    found = "SELECT case_id, actor_id FROM history WHERE action = :action ORDER BY id"
    return [(row.case_id, row.actor_id) for row in await world.rows(found, action=action)]


async def tickets(world: World, *posts: tuple[DemoPerson, str]) -> list[int]:
    """The cards of these posts, a minute apart each."""
    cards = []
    for who, words in posts:
        cards.append(await world.card(await world.post(who, words), "кто возьмёт?"))
        await world.pass_time(61)
    return cards


async def test_not_solved_reopens_her_own_ticket_of_an_incident(database_url: str) -> None:
    async with a_chat(database_url, "it") as (world, budget):
        cards = await tickets(world, *((who, "CRM зависла") for who in _STRANGERS))
        await world.press(KOSTYA, cards[2], "Объединить")
        await world.says(cards[0], "В инциденте №3")
        together = await told(world, budget, KOSTYA, [(cards[2], "Решено")], "1. ", "2. ", "3. ")
        await world.restart_bot()

        await world.post(TIMUR, "не решено", reply_to=together)

        await world.says(cards[1], "кто возьмёт?", "Не помогло")
        await world.tg.control.redeliver(5)
        await world.quiet()
        assert await states(world) == ["solved", "new", "solved"]
        assert await done(world, "reopen") == [(2, TIMUR.id)]
        assert await done(world, "note") == []


async def test_who_has_two_of_an_incident_need_not_say_which(database_url: str) -> None:
    async with a_chat(database_url, "it") as (world, budget):
        people = (ANUSH, ANUSH, TIMUR, OLYA)
        cards = await tickets(world, *((who, "CRM зависла") for who in people))
        await world.press(KOSTYA, cards[3], "Объединить")
        together = await told(world, budget, KOSTYA, [(cards[3], "Решено")], "4. ")

        word = await world.post(ANUSH, "не решено", reply_to=together)
        await world.says(cards[0], "кто возьмёт?", "Не помогло")

        await world.tg.control.redeliver(5)
        await world.quiet()
        assert await done(world, "reopen") == [(1, ANUSH.id)]
        assert await world.said(reply_to=word) == []


async def test_who_has_two_different_ones_is_asked_which(database_url: str) -> None:
    async with a_chat(database_url, "it") as (world, budget):
        posts = ((ANUSH, "CRM зависла"), (ANUSH, "в сипе нет гудков"), (TIMUR, "нет звука"))
        cards, together = await solved_together(world, budget, *posts)

        word = await world.post(ANUSH, "не решено", reply_to=together)
        await world.card(word, "О чём из этого речь? Подходят 1, 2. Ответьте на то же")
        assert await states(world) == ["solved"] * 3
        await world.post(ANUSH, "2 не решено", reply_to=together)
        await world.says(cards[1], "кто возьмёт?", "Не помогло")

        # It comes again when one of the two is left: he has said which one since.
        await world.tg.control.redeliver(5)
        await world.quiet()
        assert await states(world) == ["solved", "new", "solved"]
        assert len(await world.said(reply_to=word)) == 1


async def test_a_colleague_who_has_nothing_there_reopens_nothing(database_url: str) -> None:
    async with a_chat(database_url, "it") as (world, budget):
        posts = ((ANUSH, "CRM зависла"), (TIMUR, "в сипе нет гудков"))
        _, together = await solved_together(world, budget, *posts)
        talk = await world.post(OLYA, "не решено", reply_to=together)
        await world.quiet()
        assert await states(world) == ["solved", "solved"]
        assert await world.said(reply_to=talk) == []


async def test_what_helped_an_incident_is_told_to_all_of_it(database_url: str) -> None:
    async with a_chat(database_url, "it") as (world, budget):
        cards = await tickets(world, *((who, "CRM зависла") for who in _STRANGERS))
        await world.press(KOSTYA, cards[2], "Объединить")
        together = await told(world, budget, KOSTYA, [(cards[2], "Решено")], "3. ")

        await world.post(KOSTYA, "перезапустили сервер", reply_to=together)

        for card in cards:
            await world.says(card, "Что помогло: перезапустили сервер")


async def test_an_admins_reason_for_several_decisions_names_the_number(database_url: str) -> None:
    async with a_chat(database_url, "duplicates") as (world, budget):
        leads = [await world.crm.burning() for _ in range(2)]
        people = (ANUSH, TIMUR)
        posts = [await world.ask(who, lead) for who, lead in zip(people, leads, strict=True)]
        cards = [await world.card(post, "Можно ли оформить?") for post in posts]
        presses = [(card, "Разрешить") for card in cards]
        together = await told(world, budget, MARAT, presses, "1. ", "2. ", "Можно оформлять")

        word = await world.post(MARAT, "первый ещё в пути", reply_to=together)
        await world.card(word, "О чём из этого речь? Подходят 1, 2.")
        assert await done(world, "reason") == []
        await world.post(LENA, "1 первый ещё в пути", reply_to=together)
        await world.post(MARAT, "2 первый ещё в пути", reply_to=together)
        await world.says(cards[1], "первый ещё в пути")

        await world.quiet()
        assert [by for _, by in await done(world, "reason")] == [MARAT.id]


async def test_how_often_or_how_many_is_no_number_of_the_message(database_url: str) -> None:
    async with a_chat(database_url, "it") as (world, budget):
        posts = ((ANUSH, "CRM зависла"), (TIMUR, "в сипе нет гудков"))
        cards, together = await solved_together(world, budget, *posts)

        word = await world.post(KOSTYA, "2 раза перезагрузили, CRM работает", reply_to=together)
        await world.card(word, "О чём из этого речь? Подходят 1, 2.")
        await world.post(TIMUR, "1 раз сработало, не решено", reply_to=together)
        await world.says(cards[1], "кто возьмёт?", "Не помогло")
        await world.post(KOSTYA, "1: перезагрузили 2 раза", reply_to=together)
        await world.says(cards[0], "Что помогло: перезагрузили 2 раза")


async def test_a_message_about_one_lead_has_no_numbers_and_takes_a_reason(
    database_url: str,
) -> None:
    async with a_chat(database_url, "duplicates") as (world, budget):
        lead = await world.crm.burning()
        card = await world.card(await world.ask(ANUSH, lead), "Можно ли оформить?")
        await world.ask(TIMUR, lead)
        await world.says(card, "Ануш Демо, ")
        together = await told(
            world, budget, MARAT, [(card, "Разрешить")], "Ануш", "Можно оформлять"
        )
        assert "1. " not in await world.text(together)
        noted = "SELECT count(*) FROM messages WHERE message_id = :message"
        await eventually(lambda: world.count(noted, message=together), "it is noted")

        await world.post(MARAT, "первый ещё в пути", reply_to=together)

        await world.says(card, "первый ещё в пути")
