"""«Не проставленные отказы» for its tests: a lead that was refused, and who talked on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.world import IRINA, OLYA, DemoPerson
from tests.harness import World
from tests.harness.crm import TOO_EXPENSIVE

VERA, GLEB, ANNA = "Трелькина Вера", "Гудочкин Глеб", "Орлова Анна"
UNDO = "Отменить решение"


async def a_lead(world: World, *calls: tuple[str, int], **more: Any) -> str:
    """A lead that was refused as too expensive; its calls, an hour after one another."""
    made = [
        {
            "operator": operator,
            "at": world.crm._local(world.clock() - timedelta(hours=len(calls) - number)),
            "talked": talked,
        }
        for number, (operator, talked) in enumerate(calls)
    ]
    return await world.crm.lead(calls=made, **({"statuses": [TOO_EXPENSIVE]} | more))


async def link(world: World, who: DemoPerson, crm_name: str) -> None:
    async with world.storage.change() as uow:
        await uow.people.link(who.id, crm_user="", crm_name=crm_name)


async def names(world: World, lead: str) -> tuple[str, str]:
    """Who is responsible for the lead, and its operator."""
    truth = await world.crm.truth(lead)
    return truth["call_manager"]["name"], truth["operator"]


async def pinned_on_another(world: World) -> tuple[str, int]:
    """A lead that is Глеб's, and was pinned on Вера by mistake; it and the card's number."""
    lead = await a_lead(world, (GLEB, 97), (VERA, 184))
    first = await world.card(await world.ask(OLYA, lead), GLEB)
    await world.press(IRINA, first, "Закрепить")
    await world.says(first, "в CRM записано ✔")
    card = await world.card(await world.ask(OLYA, lead), f"В CRM отказ уже за: {GLEB} ✔")
    await world.press(IRINA, card, "Другой оператор")
    await world.press(IRINA, card, VERA)
    await world.says(card, "в CRM записано ✔")
    return lead, card
