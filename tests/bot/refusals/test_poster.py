"""Who posts a refusal is known in the CRM, or becomes so meanwhile: his own calls do not count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import known
from bot.flows.refusals import Refusals
from sandbox.world import IRINA, OLYA, OWNER
from storage.people import People
from tests.bot.locks import transactions_that_wait
from tests.bot.refusals.refusing import GLEB, UNDO, VERA, a_lead, link, names
from tests.harness import World
from tests.harness.time import eventually

FLOWS = {Refusals.name: Refusals()}


async def test_olya_picks_a_reason_and_her_own_calls_do_not_count(world: World) -> None:
    await link(world, OLYA, VERA)
    lead = await a_lead(world, (VERA, 184), (GLEB, 97), statuses=[])
    card = await world.card(await world.ask(OLYA, lead), "Почему клиент отказался?")
    await world.press(OLYA, card, "другая причина")
    await world.says(card, "Ответьте на карточку")
    await world.reply(OLYA, card, "уезжает в отпуск")
    await world.says(card, f"Закрепить отказ за: {GLEB}?", "уезжает в отпуск")
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()

    assert await world.crm.status(lead) == 163
    assert await names(world, lead) == (GLEB, GLEB)


async def test_an_open_card_counts_the_calls_anew_when_its_poster_is_linked_and_unlinked(
    world: World,
) -> None:
    lead, other = [await a_lead(world, (VERA, 184), (GLEB, 97)) for _ in range(2)]
    card = await world.card(await world.ask(OLYA, lead), f"Закрепить отказ за: {VERA}?")
    pinned = await world.card(await world.ask(OLYA, other), f"Закрепить отказ за: {VERA}?")
    await world.press(IRINA, pinned, "Закрепить")
    await world.says(pinned, "в CRM записано ✔")

    await world.post(OWNER, f"/link {OLYA.id} {VERA}")
    await world.says(card, f"Закрепить отказ за: {GLEB}?", "прислал(а) пост, не в счёт")
    # The same again is no news.
    await world.post(OWNER, f"/link {OLYA.id} {VERA}")
    await world.quiet()
    assert await world.count("SELECT count(*) FROM history WHERE action = 'poster_known'") == 1

    await world.post(OWNER, f"/link {OLYA.id} off")
    await world.says(card, f"Закрепить отказ за: {VERA}?", "бот ещё не знает")
    await world.quiet()
    assert f"Отказ за: {VERA}" in await world.text(pinned)


async def test_a_card_that_was_closed_when_its_poster_was_linked_comes_back_with_that_name(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead), f"Закрепить отказ за: {VERA}?")
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")
    await world.post(OWNER, f"/link {OLYA.id} {VERA}")
    await world.quiet()

    await world.press(IRINA, card, UNDO)

    text = await world.says(card, f"Закрепить отказ за: {GLEB}?")
    assert "бот ещё не знает" not in text


async def test_a_link_waits_for_nothing_that_is_asked_of_the_crm_about_the_same_person(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead), f"Закрепить отказ за: {VERA}?")
    now = world.clock()
    async with world.storage.change() as uow:
        # The CRM was down for it a moment ago.
        await uow.outbox.add(
            now=now,
            destination="crm",
            lane=f"person:{OLYA.id}",
            kind="find_user",
            payload={},
            due_at=now + timedelta(minutes=5),
        )
        await known.link(uow, FLOWS, OLYA.id, crm_user="7", crm_name=VERA, now=now)

    await world.says(card, f"Закрепить отказ за: {GLEB}?")


async def test_a_post_that_comes_while_its_poster_is_being_linked_is_judged_by_the_link(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    # Her name is noted: that waits for the link too, and the post for that.
    await world.post(OLYA, "всем привет")
    await world.quiet()
    async with world.storage.change() as uow:
        await known.link(uow, FLOWS, OLYA.id, crm_user="7", crm_name=VERA, now=world.clock())
        # The link sees no card yet, and the post no link.
        post = await world.ask(OLYA, lead)
        await judged_or_waiting(world)

    await world.card(post)
    await world.quiet()
    assert f"Закрепить отказ за: {GLEB}?" in await world.text(await world.card(post))


async def test_a_link_that_comes_while_the_lead_is_being_judged_is_not_missed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    read, held = People.held_crm_name, list[str]()

    async def slowly(people: People, user_id: int) -> str:
        """He is linked as soon as this reading has seen that he is not."""
        found = await read(people, user_id)
        if not held:
            held.append(found)
            await world.post(OWNER, f"/link {OLYA.id} {VERA}")
            await judged_or_waiting(world)
        return found

    monkeypatch.setattr(People, "held_crm_name", slowly)
    card = await world.card(await world.ask(OLYA, lead))

    await world.says(card, f"Закрепить отказ за: {GLEB}?")
    assert held == [""]


async def judged_or_waiting(world: World) -> None:
    """Until a lead is judged, or somebody waits for another. (SQLite has one writer.)"""
    if world.database.is_sqlite:
        return
    judged = "SELECT count(*) FROM cases WHERE state <> 'reading'"

    async def either() -> bool:
        return bool(await world.count(judged)) or await transactions_that_wait(world) > 0

    await eventually(either, "a lead is judged, or somebody waits")
