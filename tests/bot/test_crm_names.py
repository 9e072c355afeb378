"""The lead record calls our people as the CRM does, where the bot knows how."""

from __future__ import annotations

from sandbox.world import LENA, MARAT, OLYA, ZARINA, DemoPerson
from tests.harness import World

MARATOV, OLGINA = "Маратов Марат", "Ольгина Ольга"


async def link(world: World, who: DemoPerson, crm_name: str) -> None:
    async with world.storage.change() as uow:
        await uow.people.link(who.id, crm_user="7", crm_name=crm_name)


async def test_a_comment_names_who_decided_as_the_crm_does(world: World) -> None:
    await link(world, MARAT, MARATOV)
    lead = await world.crm.lead()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Разрешить")
    assert f"Оформить разрешил(а): {MARATOV}, " in await world.crm.comment(lead, "разрешил(а)")
    # In the chat he is who his colleagues know.
    await world.says(card, "Марат Демо", "в CRM записано")
    await world.reply(MARAT, card, "первый заказ выкуплен")
    assert f"({MARATOV}, " in await world.crm.comment(lead, "Причина решения")
    await world.press(MARAT, card, "Отменить решение")
    assert f"отменено: {MARATOV}, " in await world.crm.comment(lead, "отменено")
    assert not any("Демо" in comment for comment in await world.crm.tagged(lead))


async def test_whoever_is_not_linked_is_named_as_telegram_does(world: World) -> None:
    await link(world, MARAT, MARATOV)
    lead = await world.crm.lead()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(LENA, card, "Разрешить")
    assert "разрешил(а): Лена Демо, " in await world.crm.comment(lead, "разрешил(а)")


async def test_an_operator_is_named_as_the_crm_does_too(world: World) -> None:
    await world.open_chat("returns")
    await link(world, OLYA, OLGINA)
    lead = await world.crm.lead()
    card = await world.card(await world.ask(OLYA, lead, "не включается"))
    assert f"(оператор {OLGINA}, " in await world.crm.comment(lead, "не включается")
    await link(world, ZARINA, "Зарипова Зарина")
    for word in ("Беру", "Дозвонились", "Обмен"):
        await world.press(ZARINA, card, word)
    assert "итог: обмен (Зарипова Зарина, " in await world.crm.comment(lead, "итог")


async def test_a_comment_that_waits_keeps_its_words_and_its_tag(world: World) -> None:
    lead = await world.crm.lead()
    card = await world.card(await world.ask(OLYA, lead))
    await world.says(card, "Дублей в CRM нет")
    await world.crm.go_down()
    await world.press(MARAT, card, "Разрешить")
    await world.quiet()
    await link(world, MARAT, MARATOV)
    await world.crm.come_back()
    await world.pass_time(600)
    assert "разрешил(а): Марат Демо, " in await world.crm.comment(lead, "разрешил(а)")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1
