from __future__ import annotations

from sandbox.world import LENA, MARAT, OLYA
from tests.harness import World
from tests.harness.crm import DUPLICATE


async def test_the_admins_permission_reaches_the_lead_and_the_operator(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead)
    card = await world.card(post, "Можно ли оформить?")
    assert (await world.press(MARAT, card, "Разрешить")).text.startswith("Разрешено")
    comment = await world.crm.comment(lead, "Марат Демо")
    assert "Оформить разрешил(а)" in comment
    await world.told(OLYA, "Можно оформлять", "Марат Демо")
    await world.says(card, "Можно оформлять", "в CRM записано ✔")
