"""«Отменить решение» in «Не проставленные отказы», into the CRM's record and back."""

from __future__ import annotations

from sandbox.world import IRINA, OLYA, TIMUR
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
