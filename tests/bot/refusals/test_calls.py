"""All calls of a refused lead, of which its record carries the latest."""

from __future__ import annotations

from sandbox.world import OLYA
from tests.bot.refusals.refusing import GLEB, VERA, a_lead
from tests.harness import World


async def test_the_first_of_thirty_calls_is_found_though_the_record_has_twenty(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), *[(GLEB, 90)] * 30)

    await world.card(await world.ask(OLYA, lead), f"Закрепить отказ за: {VERA}?")


async def test_a_lead_is_not_unknown_when_only_the_list_of_calls_is(world: World) -> None:
    lead = await a_lead(world, (VERA, 184))
    await world.crm.fault(kind="status", status=404, body={}, path="/api/v2/calls", times=100)
    card = await world.card(await world.ask(OLYA, lead, "отказ не проставлен"))
    await world.says(card, "CRM не отвечает")
    await world.crm.come_back()
    await world.quiet()
    await world.pass_time(30)
    await world.says(card, VERA)
