"""«КЦ IT Вопросы» through the real engine: albums, replies, incidents, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.world import ANUSH, IRINA, KOSTYA, OLYA, OPERATORS, OWNER, TIMUR
from tests.bot.locks import locks_waited_for
from tests.harness import World, a_world, eventually
from tests.storage.conftest import a_case

ALBUM: dict[str, Any] = {"media": "photo", "media_group_id": "77"}


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with a_world(database_url) as running:
        await running.open_chat("it")
        yield running


async def states(world: World) -> list[str]:
    return [row[0] for row in await world.rows("SELECT state FROM cases ORDER BY id")]


async def three(world: World) -> list[int]:
    """Three tickets of a kind; the card of each."""
    cards = []
    for who in OPERATORS:
        post = await world.post(who, "CRM зависла")
        cards.append(await world.card(post, "CRM: кто возьмёт?"))
    return cards


async def test_a_ticket_is_taken_and_solved_and_the_lead_gets_one_comment(world: World) -> None:
    lead = await world.crm.lead()
    post = await world.ask(OLYA, lead, "нет баланса звонков")
    card = await world.card(post, "Баланс звонков: кто возьмёт?")
    await world.says(card, lead)
    await world.press(KOSTYA, card, "Беру")
    await world.told(OLYA, "занимается Костя Демо")
    data = await world.button(card, "Решено")
    for _ in range(3):
        assert (await world.press_data(KOSTYA, card, data, repeat=2)).text.startswith("Решено")
    await world.told(OLYA, "✅ Решено", "Костя Демо")
    await world.says(card, "в CRM записано ✔")
    await world.tg.control.redeliver(20)
    await world.quiet()
    [comment] = await world.crm.tagged(lead)
    assert "КЦ IT, решено (Баланс звонков): Костя Демо" in comment


async def test_a_photo_alone_is_a_ticket_and_a_voice_message_is_none(world: World) -> None:
    await world.post(OLYA, "всем привет")
    await world.post(OLYA, media="voice")
    post = await world.post(OLYA, media="photo")
    await world.card(post, "Другое: кто возьмёт?")
    await world.quiet()
    assert await states(world) == ["new"]


async def test_it_was_a_ticket_after_all(world: World) -> None:
    post = await world.post(OLYA, media="photo")
    card = await world.card(post, "кто возьмёт?")
    await world.press(KOSTYA, card, "Не заявка")
    await world.told(OLYA, "Это не заявка")
    assert (await world.press(KOSTYA, card, "Отменить")).text == "Отменил, заявка снова открыта."
    await world.told(OLYA, "это всё же заявка, она снова открыта")
    await world.says(card, "кто возьмёт?")


async def test_an_album_is_one_ticket_whose_words_may_come_last(world: World) -> None:
    first = await world.post(OLYA, **ALBUM)
    await world.post(OLYA, **ALBUM)
    await world.post(OLYA, caption="гарнитура не работает", **ALBUM)
    await world.card(first, "Гарнитура/ПК: кто возьмёт?")
    await world.quiet()
    assert await states(world) == ["new"]
    assert len(await world.said()) == 1


async def test_an_album_about_a_lead_that_has_a_ticket_joins_it_whole(world: World) -> None:
    lead = await world.crm.lead()
    card = await world.card(await world.ask(TIMUR, lead, "CRM не сохраняет"), lead)
    first = await world.post(OLYA, caption=f"{world.crm.link(lead)} и у меня", **ALBUM)
    await world.post(OLYA, **ALBUM)
    await world.post(OLYA, **ALBUM)
    await world.quiet()
    [note] = await world.said(reply_to=first)
    assert "уже на карточке" in note["text"]
    assert await states(world) == ["new", "folded", "folded"]
    assert len(await world.said()) == 2
    await world.press(KOSTYA, card, "Решено")
    await world.told(OLYA, "✅ Решено")


async def test_the_link_comes_as_a_reply_or_by_editing_the_post(world: World) -> None:
    leads = [await world.crm.lead(), await world.crm.lead()]
    waiting = await world.card(await world.post(OLYA, "нет баланса"), "нужна ссылка на лид")
    await world.reply(OLYA, waiting, f"вот {world.crm.link(leads[0])}")
    await world.says(waiting, "кто возьмёт?", leads[0])

    post = await world.post(TIMUR, "нет баланса смс")
    edited = await world.card(post, "нужна ссылка на лид")
    words = f"нет баланса смс {world.crm.link(leads[1])}"
    await world.tg.control.edit(world.group, post, TIMUR.id, words)
    await world.says(edited, "кто возьмёт?", leads[1])
    await world.quiet()
    assert len(await world.said()) == 2
    named = await world.rows("SELECT actor_id FROM history WHERE action = 'name_lead' ORDER BY id")
    assert [row.actor_id for row in named] == [OLYA.id, TIMUR.id]


async def test_replies_with_their_media_are_the_thread_and_no_tickets(world: World) -> None:
    card = await world.card(await world.post(OLYA, "CRM зависла"), "кто возьмёт?")
    await world.press(KOSTYA, card, "Беру")
    await world.reply(KOSTYA, card, "какой браузер?")
    notice = await world.told(OLYA, "💬 Костя Демо: какой браузер?")
    await world.post(OLYA, caption="вот скрин", media="photo", reply_to=card)
    await world.says(card, "💬 Оля Демо: 📷 фото вот скрин")
    await world.reply(OLYA, int(notice["message_id"]), "хром", chat=OLYA.id)
    await world.told(KOSTYA, "💬 Оля Демо: хром")
    await world.quiet()
    assert await states(world) == ["taken"]


async def test_a_picture_that_only_the_bot_sees_is_asked_for_in_the_chat(world: World) -> None:
    card = await world.card(await world.post(OLYA, "CRM зависла"), "кто возьмёт?")
    await world.press(KOSTYA, card, "Беру")
    await world.reply(KOSTYA, card, "какой браузер?")
    notice = await world.told(OLYA, "какой браузер?")
    await world.post(OLYA, media="photo", chat=OLYA.id, reply_to=int(notice["message_id"]))
    await world.told(OLYA, "вижу только я", "ответом на карточку")
    answer = await world.told(KOSTYA, "💬 Оля Демо: 📷 фото")
    await world.post(KOSTYA, media="photo", chat=KOSTYA.id, reply_to=int(answer["message_id"]))
    await world.told(KOSTYA, "вижу только я", "ответом на карточку")


async def test_an_answer_to_a_colleague_is_no_ticket_unless_it_says_so(world: World) -> None:
    talk = await world.post(TIMUR, "кто на обед?")
    await world.post(OLYA, "не работает у меня ничего", reply_to=talk)
    await world.post(OLYA, media="photo", reply_to=talk)
    await world.quiet()
    assert await states(world) == []
    await world.post(OLYA, "/it не работает ничего", reply_to=talk)
    await world.quiet()
    assert await states(world) == ["new"]


async def test_in_a_topic_a_post_is_no_answer_to_the_topic(world: World) -> None:
    forum = await world.new_group("Форум", is_forum=True)
    topic = (await world.tg.control.topic(forum, "КЦ IT Вопросы"))["id"]
    await world.bind(forum, topic, flow="it")
    post = await world.post(OLYA, "CRM зависла", chat=forum, thread_id=topic)
    await world.card(post, "CRM: кто возьмёт?", chat=forum)


async def test_an_anonymous_ticket_is_told_how_to_ask(world: World) -> None:
    await world.tg.control.member(
        world.group, OLYA.id, "administrator", by=OWNER.id, is_anonymous=True
    )
    await world.post(OLYA, "кто на обед?")
    post = await world.post(OLYA, media="photo")
    await world.card(post, "Сообщение пришло от имени группы или канала")
    await world.quiet()
    assert len(await world.said()) == 1


async def test_an_incident_is_merged_solved_undone_and_solved(world: World) -> None:
    lead = await world.crm.lead()
    with_lead = await world.card(await world.ask(IRINA, lead, "CRM не сохраняет"), lead)
    cards = [with_lead, *await three(world)]
    head = cards[-1]
    await world.says(head, "Похоже на общий сбой")

    assert (await world.press(KOSTYA, head, "Объединить")).text.startswith("Объединил")
    await world.says(head, "Инцидент №4", "Вместе с ней")
    for card in cards[:-1]:
        await world.says(card, "В инциденте №4")
    assert await states(world) == ["merged", "merged", "merged", "new"]

    await world.press(KOSTYA, head, "Решено")
    for card in cards:
        await world.says(card, "✅ Решено")
    await world.told(OLYA, "✅ Решено")
    await world.crm.comment(lead, "решено")
    assert await states(world) == ["solved"] * 4

    await world.press(KOSTYA, head, "Отменить")
    await world.says(head, "занимается Костя Демо")
    await world.says(with_lead, "В инциденте №4")
    await world.told(OLYA, "ещё не решено")
    await world.press(KOSTYA, head, "Решено")
    await world.quiet()
    assert await states(world) == ["solved"] * 4
    assert len(await world.crm.tagged(lead)) == 3
    assert await world.count("SELECT count(*) FROM outbox WHERE state = 'dead'") == 0


async def test_the_end_of_an_incident_waits_for_who_decides_about_a_lead_of_its_members(
    world: World,
) -> None:
    """In another chat, on another replica: his writes to that lead are not to be seen yet."""
    if world.database.is_sqlite:
        # One process, one writer.
        return
    lead = await world.crm.lead()
    with_lead = await world.card(await world.ask(IRINA, lead, "CRM не сохраняет"), lead)
    head = (await three(world))[-1]
    await world.press(KOSTYA, head, "Объединить")
    await world.says(with_lead, "В инциденте №4")
    await world.quiet()
    async with world.storage.change() as uow:
        elsewhere = await a_case(uow, lead=lead, data={})

    async with world.storage.change() as uow:
        await uow.cases.locked(elsewhere.id)
        await world.press(KOSTYA, head, "Решено", wait=0)

        async def waits_or_is_done() -> bool:
            return await locks_waited_for(world) > 0 or "solved" in await states(world)

        await eventually(waits_or_is_done)
        assert "solved" not in await states(world)
    await world.says(with_lead, "✅ Решено")
    await world.crm.comment(lead, "решено")


async def test_a_later_ticket_is_offered_to_join(world: World) -> None:
    head = (await three(world))[-1]
    await world.press(KOSTYA, head, "Объединить")
    late = await world.card(await world.post(OLYA, "срм не открывается"), "Похоже на инцидент №3")
    await world.press(KOSTYA, late, "В инцидент №3")
    await world.says(late, "В инциденте №3")
    await world.press(KOSTYA, head, "Решено")
    await world.says(late, "✅ Решено")


async def test_nobody_in_time_pings_it_and_then_the_supervisor(world: World) -> None:
    card = await world.card(await world.post(ANUSH, "CRM зависла"), "кто возьмёт?")
    await world.pass_time(601)
    await world.told(KOSTYA, "Никто не взял заявку")
    await world.pass_time(3000)
    await world.told(IRINA, "Долго без решения")
    await world.says(card, "супервайзер предупреждён")


async def test_not_solved_within_a_day_opens_a_new_round(world: World) -> None:
    post = await world.post(OLYA, "CRM зависла")
    card = await world.card(post, "кто возьмёт?")
    await world.press(KOSTYA, card, "Решено")
    await world.says(card, "✅ Решено")
    await world.pass_time(301)
    await world.quiet()
    # The time is asked for at the press: no edit takes the button away.
    late = await world.press(KOSTYA, card, "Отменить")
    assert late.alert
    assert "✅ Решено" in await world.text(card)
    await world.reply(OLYA, card, "не решено")
    await world.says(card, "CRM: кто возьмёт?", "Не помогло")
    await world.told(KOSTYA, "Не решено: CRM")
    assert await world.count("SELECT round FROM cases") == 2


async def test_a_screenshot_and_its_words_are_one_ticket(world: World) -> None:
    post = await world.post(OLYA, media="photo")
    card = await world.card(post, "Другое: кто возьмёт?")
    words = await world.post(OLYA, "вот такая ошибка в сипе")
    await world.says(card, "MicroSIP/3CX: кто возьмёт?", "💬 Оля Демо: вот такая ошибка в сипе")
    await world.post(OLYA, "при входе пишет 403")
    await world.says(card, "💬 Оля Демо: при входе пишет 403")
    await world.post(OLYA, "кто на обед?")
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert await states(world) == ["new"]
    assert (await world.text(card)).count("💬") == 2
    await world.press(KOSTYA, card, "Беру")
    # A reply to either message reaches the ticket.
    await world.post(KOSTYA, "какая гарнитура?", reply_to=words)
    await world.told(OLYA, "💬 Костя Демо: какая гарнитура?")
    await world.post(OLYA, "вот такая ошибка в сипе")
    await world.quiet()
    assert await states(world) == ["taken", "new"]
