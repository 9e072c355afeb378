"""The same lead again: who joins a question, what was decided before, and who asks anew."""

from __future__ import annotations

from sandbox.world import LENA, MARAT, OLYA, TIMUR
from tests.harness import World


async def test_the_same_lead_again_while_open_joins_the_case(world: World) -> None:
    lead = await world.crm.burning()
    first = await world.ask(OLYA, lead)
    card = await world.card(first, "Можно ли оформить?")
    second = await world.ask(TIMUR, lead)
    await world.card(second, "Этот лид уже на карточке")
    await world.says(card, "Оля Демо, Тимур Демо")
    await world.press(MARAT, card, "Разрешить")
    await world.told(OLYA, "Можно оформлять")
    await world.told(TIMUR, "Можно оформлять")
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 1
    assert len(await world.crm.tagged(lead)) == 1


async def test_a_post_that_joins_takes_no_number_of_a_case_away(world: World) -> None:
    lead = await world.crm.burning()
    await world.card(await world.ask(OLYA, lead), "Можно ли оформить?")
    await world.card(await world.ask(TIMUR, lead), "Этот лид уже на карточке")
    await world.card(await world.ask(TIMUR, await world.crm.burning()), "Можно ли оформить?")
    await world.quiet()
    assert await world.rows("SELECT id FROM cases ORDER BY id") == [(1,), (2,)]


async def test_the_key_and_the_number_of_a_lead_become_one_case(world: World) -> None:
    lead = await world.crm.burning()
    number = str((await world.crm.truth(lead))["id"])
    card = await world.card(await world.ask(OLYA, lead), "Можно ли оформить?")
    await world.quiet()
    await world.ask(TIMUR, number)
    await world.says(card, "Оля Демо, Тимур Демо")
    await world.press(MARAT, card, "Разрешить")
    await world.told(TIMUR, "Можно оформлять")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1


async def test_after_a_decision_the_lead_gets_that_answer_and_can_be_asked_anew(
    world: World,
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "в CRM записано ✔")
    again = await world.card(await world.ask(TIMUR, lead), "Уже решено по лиду")
    assert "Оформлять нельзя — Марат Демо" in (await world.text(again))
    assert (await world.press(OLYA, again, "Спросить заново")).alert
    assert (await world.press(TIMUR, again, "Спросить заново")).text == "Спрашиваю админов заново."
    await world.says(again, "Можно ли оформить?")
    await world.press(LENA, again, "Разрешить")
    await world.told(TIMUR, "Можно оформлять", "Лена Демо")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 2


async def test_two_people_who_ask_anew_get_one_case(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    cards = [
        await world.card(await world.ask(who, lead), "Уже решено по лиду") for who in (OLYA, TIMUR)
    ]
    await world.press(OLYA, cards[0], "Спросить заново")
    await world.says(cards[0], "Можно ли оформить?")
    answer = await world.press(TIMUR, cards[1], "Спросить заново")
    await world.quiet()
    assert answer.given
    assert await world.count("SELECT count(*) FROM set_aside") == 0
    assert await world.count("SELECT count(*) FROM cases WHERE closed_at IS NULL") == 1
    await world.press(MARAT, cards[0], "Разрешить")
    await world.told(TIMUR, "Можно оформлять")
