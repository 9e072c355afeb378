"""/history and /find: what admins and above look up, and who does not see it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.world import ANUSH, LENA, MARAT, OLYA, OWNER, TIMUR
from tests.harness import World

_DAY = 24 * 3600.0


async def refused(world: World) -> str:
    """A lead of Оля that Марат has refused, with a reason."""
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "в CRM записано ✔")
    await world.reply(MARAT, card, "заказ в пути, тел 87011234567")
    await world.says(card, "Причина")
    return lead


async def links_of(world: World, words: str) -> list[str]:
    """Where the links of Марат's message with these words lead."""
    message = await world.told(MARAT, words)
    return [one["url"] for one in message.get("entities", []) if one["type"] == "text_link"]


async def test_a_history_tells_every_case_of_a_lead_and_who_decided_what(world: World) -> None:
    lead = await refused(world)
    other = await world.new_group("Вторые админы")
    await world.bind(other)
    again = await world.post(TIMUR, f"{world.crm.link(lead)} могу?", chat=other)
    await world.card(again, chat=other)
    await world.write_privately(MARAT, f"/history {lead}")
    told = await world.told(MARAT, f"История лида {lead}")
    text = told["text"]
    assert "2 заявки" in text
    assert "оформлять нельзя" in text
    assert "ждут админов" in text
    assert "Спросил" not in text
    assert "Оля Демо" in text
    assert "Тимур Демо" in text
    assert "Марат Демо: ⛔ Запретить" in text
    assert text.index("№2") < text.index("№1"), "the newest first"
    assert "заказ в пути, тел …4567" in text
    card = (await world.rows("SELECT message_id FROM messages WHERE kind = 'card' AND case_id=1"))[
        0
    ]
    assert f"https://t.me/c/{str(world.group)[4:]}/{card[0]}" in await links_of(world, "История")


async def test_a_lead_is_known_by_its_link_and_by_what_was_pasted(world: World) -> None:
    lead = await refused(world)
    number = str((await world.crm.truth(lead))["id"])
    card = await world.card(await world.ask(TIMUR, number))
    await world.says(card, lead)
    for asked in (world.crm.link(lead), number):
        await world.write_privately(MARAT, f"/history {asked}")
        await world.told(MARAT, f"История лида {asked.rpartition('/')[2]}", "2 заявки")


async def test_a_lead_is_known_by_its_number_too_though_nobody_pasted_it(world: World) -> None:
    lead = await refused(world)
    number = str((await world.crm.truth(lead))["id"])
    await world.write_privately(MARAT, f"/history {number}")
    await world.told(MARAT, f"История лида {number}", "⛔ Запретить")


async def test_a_case_that_took_a_reason_and_was_asked_anew_tells_all_of_it(world: World) -> None:
    lead = await refused(world)
    await world.write_privately(OWNER, "/history #C1-2-k7")
    await world.told(OWNER, "История лида #C1", lead, "Причина")


async def test_many_cases_come_in_several_messages(world: World) -> None:
    lead = await world.crm.burning()
    for _ in range(5):
        card = await world.card(await world.ask(OLYA, lead))
        await world.press(OLYA, card, "Отозвать")
        await world.says(card, "Отозвано")
    await world.write_privately(MARAT, f"/history {lead}")
    await world.told(MARAT, "История лида", "5 заявок", "№5", "№4")
    await world.told(MARAT, "№3", "№2", "отозвано")
    await world.told(MARAT, "№1", "отозвано")


@pytest.mark.parametrize("command", ["/history {lead}", "/find оля", "/export"])
async def test_an_operator_is_refused(world: World, command: str) -> None:
    lead = await refused(world)
    await world.quiet()
    before = await world.private(OLYA)
    await world.write_privately(OLYA, command.format(lead=lead))
    await world.told(OLYA, "видят админы, супервайзеры, аудиторы")
    await world.card(await world.post(TIMUR, command.format(lead=lead)), "видят админы")
    await world.quiet()
    assert len(await world.private(OLYA)) == len(before) + 1


async def test_in_a_group_the_answer_goes_to_the_person_alone(world: World) -> None:
    lead = await refused(world)
    await world.quiet()
    there = len(await world.said())
    post = await world.post(MARAT, f"/history@workchats_bot {lead}")
    await world.card(post, "Ответил в личке")
    await world.told(MARAT, "История лида", lead)
    await world.quiet()
    assert len(await world.said()) == there + 1


async def test_who_has_not_started_the_bot_hears_how_to(world: World) -> None:
    lead = await refused(world)
    await world.card(await world.post(OWNER, f"/role auditor {ANUSH.id}"), "роль auditor дана")
    post = await world.post(ANUSH, f"/find {lead}")
    await world.card(post, "нажмите «Запустить»")
    await world.quiet()
    assert await world.private(ANUSH) == []


async def test_a_post_in_the_name_of_the_group_has_no_authority(world: World) -> None:
    lead = await refused(world)
    await world.tg.control.member(
        world.group, MARAT.id, "administrator", is_anonymous=True, by=OWNER.id
    )
    before = len(await world.private(MARAT))
    post = await world.post(MARAT, f"/history {lead}", as_chat=world.group)
    await world.card(post, "от имени группы или канала")
    await world.quiet()
    assert len(await world.private(MARAT)) == before


async def test_the_same_update_again_answers_once(world: World) -> None:
    lead = await refused(world)
    await world.write_privately(MARAT, f"/history {lead}")
    await world.told(MARAT, "История лида")
    await world.quiet()
    before = len(await world.private(MARAT))
    await world.tg.control.redeliver(3)
    await world.quiet()
    assert len(await world.private(MARAT)) == before


async def test_find_by_operator_day_and_state(world: World) -> None:
    first = await refused(world)
    await world.pass_time(_DAY)
    second = await world.crm.burning()
    await world.card(await world.ask(OLYA, second))
    third = await world.crm.burning()
    await world.card(await world.ask(TIMUR, third))
    today = (world.clock() + timedelta(hours=3)).strftime("%d.%m")
    for query, seen in {
        "оля": {first, second},
        "оля ждут": {second},
        "ждут": {second, third},
        "вчера оформлять нельзя": {first},
        "запретили за неделю": {first},
        "решены": {first},
        "без ответа": set(),
        f"от:Оля с:{today} по:{today}": {second},
        f"{third} оля": set(),
        "без ответа неизвестно": set(),
    }.items():
        before = len(await world.private(LENA))
        await world.write_privately(LENA, f"/find {query}")
        await world.told(LENA, "Нашлось" if seen else "Ничего не нашлось")
        await world.quiet()
        [text] = (await world.private(LENA))[before:]
        assert {lead for lead in (first, second, third) if lead in text} == seen, query


async def test_more_than_ten_are_counted(world: World) -> None:
    for _ in range(12):
        await world.card(await world.ask(OLYA, await world.crm.lead()))
    await world.write_privately(MARAT, "/find ждут")
    found = await world.told(MARAT, "Нашлось: 12", "Показал 10 последних")
    assert "№12" in found["text"]
    assert "№2 " not in found["text"]


async def test_find_without_words_shows_how(world: World) -> None:
    await world.write_privately(MARAT, "/find")
    await world.told(MARAT, "/find оля вчера ждут")
    await world.write_privately(MARAT, "/history")
    await world.told(MARAT, "/history f5086aeebb")
    await world.write_privately(MARAT, "/history 99999")
    await world.told(MARAT, "ещё не спрашивали")


async def test_a_search_by_days_alone_does_not_read_a_year(world: World) -> None:
    await world.write_privately(MARAT, "/find решены 01.01.2025 31.12.2025")
    await world.told(MARAT, "не больше 31 дня", "365", "/find 01.12.2025 31.12.2025")
