"""«Отменить решение» in «Не проставленные отказы», into the CRM's record and back."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from crm_api.server.records import Rights
from sandbox.world import IRINA, OLYA, OWNER, TIMUR
from tests.bot.refusals.refusing import (
    ANNA,
    GLEB,
    UNDO,
    VERA,
    a_lead,
    link,
    names,
    pinned_on_another,
)
from tests.harness import World
from tests.harness.crm import TOO_EXPENSIVE


async def test_a_pin_that_was_a_slip_is_taken_out_of_the_lead(world: World) -> None:
    await link(world, TIMUR, VERA)
    lead, card = await pinned_on_another(world)
    await world.told(TIMUR, "За вами закрепили отказ")
    assert (await names(world, lead))[0] == VERA

    answer = await world.press(IRINA, card, UNDO)

    assert answer.text.startswith("Решение отменено")
    await world.says(card, f"Закрепить отказ за: {GLEB}?", "Ирина Демо отменил(а) своё решение")
    await world.told(OLYA, "Решение отменено, подождите новое")
    await world.told(TIMUR, "Решение отменено, подождите новое")
    await world.quiet()
    assert await names(world, lead) == (GLEB, VERA)
    assert await world.crm.status(lead) == TOO_EXPENSIVE
    said = await world.crm.tagged(lead)
    assert sum("отменено: Ирина Демо" in text for text in said) == 1
    assert len(said) == 3


async def chosen_otherwise(world: World) -> tuple[str, int]:
    """A lead that is Анна's; the CRM would choose Глеб, and Вера is right. It and its card."""
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    world.crm.make_responsible(lead, ANNA)
    return lead, await world.card(await world.ask(OLYA, lead), VERA)


#: What is lost, or turned away, of the two requests that it takes.
HALF_DONE: dict[str, dict[str, Any]] = {
    "the answer to the first": {"kind": "cut_after", "path": "*/refuse_order/*"},
    "the second, turned away": {"kind": "status", "status": 429, "path": "*/change_m/*"},
    "the answer to the second": {"kind": "cut_after", "path": "*/change_m/*"},
}


@pytest.mark.parametrize("fault", HALF_DONE.values(), ids=HALF_DONE)
async def test_a_pin_whose_first_try_was_half_done_goes_back_to_whom_the_supervisor_saw(
    world: World, fault: dict[str, Any]
) -> None:
    lead, card = await chosen_otherwise(world)
    await world.crm.fault(**fault)
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "CRM не отвечает, запись сделаю")
    await world.pass_time(10)
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert await names(world, lead) == (VERA, GLEB)

    await world.press(IRINA, card, UNDO)
    # The try that was half done might come behind it.
    await world.quiet()
    await world.pass_time(4 * world.settings.crm_timeout)

    await world.crm.comment(lead, "отменено")
    await world.quiet()
    assert (await names(world, lead))[0] == ANNA


@pytest.mark.parametrize("who", ["we", "a person"])
async def test_a_pin_that_was_refused_half_way_goes_back_to_whom_the_supervisor_saw(
    world: World, who: str
) -> None:
    lead, card = await chosen_otherwise(world)
    world.crm.change_rights(Rights(changes_manager=False))
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, f"сейчас в CRM: {GLEB}")
    await world.quiet()
    world.crm.change_rights(Rights())
    if who == "a person":
        world.crm.make_responsible(lead, VERA)
    await world.reply(OWNER, card, "/retry")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()

    await world.press(IRINA, card, UNDO)

    await world.crm.comment(lead, "отменено")
    await world.quiet()
    # What a person has set is left.
    assert (await names(world, lead))[0] == (ANNA if who == "we" else VERA)


@pytest.mark.parametrize("talked", [184, 60], ids=["the CRM chooses", "nobody talked for long"])
async def test_a_pin_that_was_refused_half_way_goes_back_to_whom_it_has_really_replaced(
    world: World, talked: int
) -> None:
    another = "Орлов Борис"
    world.crm.store.add_user("another", last_name="Орлов", first_name="Борис")
    lead = await a_lead(world, (VERA, talked), (GLEB, talked // 2))
    world.crm.make_responsible(lead, ANNA)
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(IRINA, card, "Назвать оператора" if talked == 60 else "Другой оператор")
    if talked == 60:
        await world.says(card, "За кем закрепить отказ?")
        await world.reply(IRINA, card, f"{VERA}, говорила со второго номера")
        await world.says(card, f"Закрепить отказ за: {VERA}")
    # Behind the card that the supervisor looks at.
    world.crm.make_responsible(lead, another)
    world.crm.change_rights(Rights(changes_manager=False))
    await world.press(IRINA, card, "Закрепить" if talked == 60 else VERA)
    await world.says(card, "сейчас в CRM:")
    await world.quiet()
    world.crm.change_rights(Rights())
    await world.reply(OWNER, card, "/retry")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert (await names(world, lead))[0] == VERA

    await world.press(IRINA, card, UNDO)

    await world.crm.comment(lead, "отменено")
    await world.quiet()
    assert (await names(world, lead))[0] == another


async def test_where_nobody_was_responsible_the_supervisor_is_told_what_to_mend(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")

    await world.press(IRINA, card, UNDO)

    await world.told(IRINA, "закрепление в CRM вернуть не смог", f"Отказ в CRM за: {VERA}", lead)
    await world.quiet()
    assert (await names(world, lead))[0] == VERA


async def test_whom_a_person_has_made_responsible_since_is_left_and_told(world: World) -> None:
    lead, card = await pinned_on_another(world)
    world.crm.make_responsible(lead, ANNA)

    await world.press(IRINA, card, UNDO)

    await world.told(IRINA, f"Отказ в CRM за: {ANNA}, до решения лид был за: {GLEB}")
    await world.quiet()
    assert (await names(world, lead))[0] == ANNA


async def test_a_lead_that_was_rejected_and_undone_before_the_crm_answered_is_read_twice(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184))
    await world.crm.go_down()
    card = await world.card(await world.ask(OLYA, lead))
    with capture_logs() as said:
        await world.press(IRINA, card, "Нарушения нет")
        await world.press(IRINA, card, UNDO)
        await world.crm.come_back()
        for _ in range(2):
            await world.quiet()
            await world.pass_time(30)
        await world.says(card, VERA)
        await world.quiet()
    assert [line for line in said if line["event"] == "fact_without_rule"] == []
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")
