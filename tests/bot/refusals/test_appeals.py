"""The one concerned does not agree."""

from __future__ import annotations

from sandbox.world import IRINA, OLYA, TIMUR
from tests.bot.refusals.refusing import GLEB, VERA, a_lead, link, names, pinned_on_another
from tests.harness import World
from tests.harness.crm import TOO_EXPENSIVE, WAITING


async def test_the_one_concerned_is_told_and_appeals_with_a_reply_once(world: World) -> None:
    await link(world, TIMUR, VERA)
    lead = await a_lead(world, (VERA, 184))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Закрепить")
    notice = await world.told(TIMUR, "За вами закрепили отказ", "Не согласны?")

    await world.reply(TIMUR, notice["message_id"], "клиент просил перезвонить", chat=TIMUR.id)
    await world.says(card, f"Закрепить отказ за: {VERA}?", "клиент просил перезвонить")
    await world.told(IRINA, "клиент просил перезвонить")

    await world.press(IRINA, card, "Закрепить")
    upheld = await world.told(TIMUR, "Отказ остаётся за вами")
    await world.reply(TIMUR, upheld["message_id"], "и всё же нет", chat=TIMUR.id)
    await world.quiet()
    assert "Отказ за" in await world.text(card)


async def test_a_granted_appeal_takes_the_refusal_from_the_one_concerned(world: World) -> None:
    await link(world, TIMUR, VERA)
    lead, card = await pinned_on_another(world)
    notice = await world.told(TIMUR, "За вами закрепили отказ")
    await world.reply(TIMUR, notice["message_id"], "клиент просил перезвонить", chat=TIMUR.id)
    await world.says(card, "клиент просил перезвонить")

    await world.press(IRINA, card, "Нарушения нет")

    await world.told(TIMUR, "Отказ больше не за вами")
    await world.says(card, "Нарушения нет", "в CRM записано ✔")
    await world.quiet()
    assert (await names(world, lead))[0] == GLEB


async def test_an_appeal_takes_no_status_away_that_a_person_has_set_while_the_crm_was_down(
    world: World,
) -> None:
    await link(world, TIMUR, VERA)
    lead = await a_lead(world, (VERA, 184), statuses=[WAITING])
    card = await world.card(await world.ask(OLYA, lead), "Почему клиент отказался?")
    await world.press(OLYA, card, "дорого")
    await world.says(card, f"Закрепить отказ за: {VERA}?")
    await world.crm.go_down()
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "CRM не отвечает")
    await world.crm.set_status(lead, TOO_EXPENSIVE)
    await world.crm.come_back()
    await world.pass_time(10)
    await world.says(card, "в CRM записано ✔")
    notice = await world.told(TIMUR, "За вами закрепили отказ")
    await world.reply(TIMUR, notice["message_id"], "клиент просил перезвонить", chat=TIMUR.id)
    await world.says(card, "клиент просил перезвонить")

    await world.press(IRINA, card, "Нарушения нет")

    await world.says(card, "Нарушения нет", "в CRM записано ✔")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE
