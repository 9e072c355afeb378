"""Bad input: each gets its answer, nothing is lost, nothing else stops."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.telegram.model import Json
from sandbox.world import ANUSH, LENA, MARAT, OLYA, OWNER, TIMUR, DemoPerson
from storage.cases import CaseRow, Cases
from storage.presses import Presses
from tests.bot.locks import locks_waited_for
from tests.harness import World, eventually
from tests.harness.world import buttons_of


async def works_still(world: World) -> None:
    """Another operator's lead goes its way."""
    card = await world.card(await world.ask(TIMUR, await world.crm.burning()), "Можно ли оформить?")
    assert (await world.press(LENA, card, "Разрешить")).text.startswith("Разрешено")


async def test_a_link_to_another_host_is_named_and_not_followed(world: World) -> None:
    post = await world.post(OLYA, "https://evil.example/orders/f5086aeebb могу оформить?")
    hint = await world.card(post, "Это ссылка не нашей CRM (evil.example)")
    # The example is of our host, and of nobody's lead.
    example = world.crm.link("xxxxxxxxxx")
    assert example in await world.text(hint)
    await world.post(OLYA, f"{example} могу оформить?")
    rows = "SELECT count(*) = 2 FROM outbox"
    await eventually(lambda: world.count(rows), "it was read, and its link is waited for")
    await world.pass_time(6)
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 0
    assert await world.crm.requests("GET") == []
    await works_still(world)


async def test_a_key_that_the_crm_does_not_know_is_told_at_once(world: World) -> None:
    post = await world.ask(OLYA, "0123456789")
    card = await world.card(post, "CRM не знает лид 0123456789")
    assert buttons_of(await world.message(card)) == []
    await works_still(world)


async def test_two_links_in_one_post_are_two_cases(world: World) -> None:
    leads = [await world.crm.burning(), await world.crm.burning()]
    post = await world.post(OLYA, " и ".join(map(world.crm.link, leads)) + " можно оформить?")
    cards = [await world.card(post, lead) for lead in leads]
    assert cards[0] != cards[1]
    await world.press(MARAT, cards[0], "Разрешить")
    await world.press(MARAT, cards[1], "Запретить")
    await world.quiet()
    assert "Оформить разрешил(а)" in (await world.crm.tagged(leads[0]))[0]
    assert "Оформить не разрешил(а)" in (await world.crm.tagged(leads[1]))[0]


async def test_an_edit_that_brings_the_link_is_read_like_a_new_post(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.post(OLYA, "могу оформить?")
    await world.tg.control.edit(
        world.group, post, OLYA.id, f"могу оформить? {world.crm.link(lead)}"
    )
    await world.card(post, lead)


async def test_an_edit_of_a_post_that_has_its_card_changes_nothing(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead)
    card = await world.card(post)
    await world.tg.control.edit(
        world.group, post, OLYA.id, f"{world.crm.link(lead)} ну что, можно?"
    )
    await world.quiet()
    assert [said["message_id"] for said in await world.said()] == [card]


async def test_a_forwarded_post_is_the_forwarders_question(world: World) -> None:
    lead = await world.crm.burning()
    forward = {"from_name": "Кто-то Демо"}
    words = f"{world.crm.link(lead)} могу оформить?"
    post = await world.post(OLYA, words, forward=forward)
    card = await world.card(post, "Спрашивает Оля Демо")
    await world.press(MARAT, card, "Разрешить")
    await world.told(OLYA, "Можно оформлять")


async def test_a_reply_that_comes_twice_at_once_is_taken_once(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    reply = raw_reply(world, MARAT, card, "первый заказ ещё в пути")
    take = world.bot.parts.intake.take_raw
    async with world.storage.change(world.group):
        twice = [asyncio.create_task(take(reply)) for _ in range(2)]
        await all_wait(world, len(twice))
    await asyncio.gather(*twice)
    await world.says(card, "первый заказ ещё в пути")
    await world.quiet()
    assert await world.count("SELECT count(*) FROM set_aside") == 0
    assert await world.count("SELECT count(*) FROM history WHERE action = 'reason'") == 1


async def all_wait(world: World, count: int) -> None:
    """Until so many wait for a chat's lock. (Those of SQLite have their turns.)"""
    if world.database.is_sqlite:
        return

    async def waiting() -> bool:
        return await locks_waited_for(world) == count

    await eventually(waiting, "they wait for the chat")


def raw_reply(world: World, who: DemoPerson, to: int, words: str) -> Json:
    """An update as Telegram writes it, of a reply to a message of the bot."""
    chat = {"id": world.group, "type": "supergroup", "title": "РФ Админы"}
    me = {"id": world.tg.bot_id, "is_bot": True, "first_name": "Workchats"}
    by = {"id": who.id, "is_bot": False, "first_name": who.first_name, "last_name": "Демо"}
    at = int(world.clock().timestamp())
    replied = {"message_id": to, "date": at, "chat": chat, "from": me, "text": "Карточка"}
    said = {"message_id": 9000, "date": at, "chat": chat, "from": by, "text": words}
    return {"update_id": 900_000_001, "message": {**said, "reply_to_message": replied}}


async def test_a_link_in_a_photos_caption_counts(world: World) -> None:
    lead = await world.crm.burning()
    caption = f"{world.crm.link(lead)} могу оформить?"
    await world.card(await world.post(OLYA, media="photo", caption=caption), lead)


async def test_a_link_behind_words_counts(world: World) -> None:
    lead = await world.crm.burning()
    entity = {"type": "text_link", "offset": 0, "length": 4, "url": world.crm.link(lead)}
    await world.card(await world.post(OLYA, "этот можно оформить?", entities=[entity]), lead)


async def test_a_link_without_its_scheme_counts(world: World) -> None:
    lead = await world.crm.burning()
    bare = world.crm.link(lead).removeprefix("http://")
    await world.card(await world.post(OLYA, f"{bare} можно?"), lead)


async def test_a_post_deleted_before_the_card_is_sent_gets_a_card_all_the_same(
    world: World,
) -> None:
    lead = await world.crm.burning()
    await world.crm.fault(kind="hang", method="GET", seconds=0.3)
    post = await world.ask(OLYA, lead)
    await world.tg.control.delete(world.group, post)
    message = await world.tg.control.until(world.group, lambda said: lead in said.get("text", ""))
    assert message["message_id"] > post
    assert "reply_to_message" not in message
    await works_still(world)


async def test_a_button_that_somebody_made_up_is_refused(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    for data in ("1:1:no_such_action", "999:1:allow", "nonsense", "1:1:trash_anyway", "0:0:"):
        assert (await world.press_data(MARAT, card, data)).alert
    await world.quiet()
    assert await world.crm.tagged(lead) == []


async def test_a_press_that_no_button_carries_moves_no_card(world: World) -> None:
    """A client may send any data from any message of the bot: a hint is no card for that."""
    hint = await world.card(await world.post(OLYA, "https://evil.example/orders/f5086aeebb ?"))
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.press_data(TIMUR, hint, await world.button(card, "Разрешить"))
    await world.quiet()
    assert not (await world.message(card))["deleted"]
    assert buttons_of(await world.message(hint)) == []
    assert (await world.press(MARAT, card, "Разрешить")).text.startswith("Разрешено")


async def test_a_press_with_a_case_of_another_chat_is_refused(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    data = await world.button(card, "Разрешить")
    elsewhere = await world.new_group("Другой чат")
    await world.bind(elsewhere)
    words = f"{world.crm.link(await world.crm.burning())} можно?"
    there = await world.card(await world.post(OLYA, words, chat=elsewhere), chat=elsewhere)
    answer = await world.press_data(MARAT, there, data, chat=elsewhere)
    assert (answer.text, answer.alert) == ("Эта карточка из другого чата", True)
    await world.quiet()
    assert await world.crm.tagged(lead) == []


async def test_a_button_of_an_earlier_round_is_refused(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Запретить")
    again = await world.card(await world.ask(TIMUR, lead), "Уже решено")
    old = await world.button(again, "Спросить заново")
    await world.press(TIMUR, again, "Спросить заново")
    await world.says(again, "Можно ли оформить?")
    answer = await world.press_data(OLYA, again, old)
    assert (answer.text, answer.alert) == ("Карточка устарела, смотрите новую", True)


async def test_a_press_on_a_decided_case_hears_who_decided(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    data = await world.button(card, "Запретить")
    await world.press(MARAT, card, "Разрешить")
    answer = await world.press_data(LENA, card, data)
    assert answer.text.startswith("Уже решено: Марат Демо, ")
    assert answer.alert
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1


async def test_a_reply_to_the_card_by_somebody_else_is_just_talk(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Спросить")
    await world.reply(TIMUR, card, "а мне кажется, это дубль")
    await world.reply(LENA, card, "не мой вопрос")
    await world.reply(TIMUR, card, "отмена")
    await world.quiet()
    text = await world.text(card)
    assert "Марат Демо пишет вопрос" in text
    assert "кажется" not in text
    assert "не мой вопрос" not in text
    assert await world.private(OLYA) == []


async def test_an_anonymous_admin_is_told_how_to_ask(world: World) -> None:
    lead = await world.crm.burning()
    await world.tg.control.member(
        world.group, OLYA.id, "administrator", by=OWNER.id, is_anonymous=True
    )
    post = await world.ask(OLYA, lead)
    await world.card(post, "Сообщение пришло от имени группы или канала")
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 0
    await world.post(OLYA, "просто болтаю")
    await world.quiet()
    assert len(await world.said()) == 1


async def test_a_post_in_the_name_of_a_channel_is_told_how_to_ask(world: World) -> None:
    lead = await world.crm.burning()
    channel = await world.tg.control.chat("Новости", creator=OLYA.id, kind="channel")
    words = f"{world.crm.link(lead)} можно оформить?"
    post = await world.post(OLYA, words, as_chat=channel["id"])
    await world.card(post, "Сообщение пришло от имени группы или канала")
    assert await world.count("SELECT count(*) FROM cases") == 0


async def test_an_album_with_one_caption_is_one_case(world: World) -> None:
    lead = await world.crm.burning()
    album: dict[str, Any] = {"media": "photo", "media_group_id": "77"}
    first = await world.post(OLYA, caption=f"{world.crm.link(lead)} можно?", **album)
    for _ in range(3):
        await world.post(OLYA, **album)
    await world.card(first, lead)
    await world.quiet()
    assert len(await world.said()) == 1
    assert await world.count("SELECT count(*) FROM cases") == 1


async def test_a_client_and_an_operator_with_signs_of_html_break_nothing(world: World) -> None:
    name = '<b>&"'
    lead = await world.crm.burning(client_name=name, project=f"Дрель {name}")
    rude = await world.tg.control.person(name, last_name="</a>")
    await world.tg.control.member(world.group, rude["id"], "member", by=OWNER.id)
    who = DemoPerson(id=rude["id"], first_name=name, username="", about="")
    words = f"можно оформить {name}? " + "клиент очень просит и ждёт на линии " * 2
    post = await world.ask(who, lead, words)
    card = await world.card(post, f"Дрель {name}")
    text = await world.text(card)
    assert f"{name} </a>" in text
    assert words.strip() in text
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")


async def test_the_clients_name_and_phone_are_not_on_the_card(world: World) -> None:
    lead = await world.crm.burning(client_name="Демонов Демьян")
    [phone] = (await world.crm.truth(lead))["phones"]
    text = await world.text(await world.card(await world.ask(OLYA, lead)))
    assert "Демонов" not in text
    assert phone not in text


async def test_words_of_four_thousand_characters_make_a_card_that_can_be_sent(
    world: World,
) -> None:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead, "<ой> " * 800)
    card = await world.card(post, lead)
    await world.press(MARAT, card, "Спросить")
    await world.reply(MARAT, card, "&" * 4000)
    await world.told(OLYA, "спрашивает")
    await world.press(MARAT, card, "Запретить")
    await world.reply(MARAT, card, "причина " * 500)
    await world.says(card, "Причина:")
    await world.quiet()
    assert await world.count("SELECT count(*) FROM outbox WHERE state = 'dead'") == 0


async def test_a_lead_with_a_comment_of_ten_thousand_characters_is_decided(world: World) -> None:
    lead = await world.crm.burning(comments=["очень длинно " * 800])
    card = await world.card(await world.ask(OLYA, lead), lead)
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    assert len(await world.crm.tagged(lead)) == 1


async def test_small_talk_gets_no_answer(world: World) -> None:
    for words in ("привет", "кто сегодня админ?", "https://example.com/", "orders/36973", "12345"):
        await world.post(OLYA, words)
    await world.post(OLYA, media="photo")
    await world.post(ANUSH, media="voice")
    await world.quiet()
    assert await world.said() == []


async def test_an_unbound_topic_gets_no_answer(world: World) -> None:
    forum = await world.new_group("Форум", is_forum=True)
    bound = (await world.tg.control.topic(forum, "РФ Админы"))["id"]
    other = (await world.tg.control.topic(forum, "Курилка"))["id"]
    await world.bind(forum, bound)
    leads = [await world.crm.burning(), await world.crm.burning()]
    words = [f"{world.crm.link(lead)} можно?" for lead in leads]
    await world.post(OLYA, words[0], chat=forum, thread_id=other)
    post = await world.post(OLYA, words[1], chat=forum, thread_id=bound)
    card = await world.card(post, leads[1], chat=forum)
    assert (await world.message(card, chat=forum))["message_thread_id"] == bound
    await world.quiet()
    assert len(await world.said(chat=forum)) == 1


@pytest.mark.parametrize("kind", ["unknown update", "broken press"])
async def test_an_update_that_nobody_expects_blocks_nobody(world: World, kind: str) -> None:
    press = {
        "id": "1",
        "from": {"id": OLYA.id, "is_bot": False, "first_name": "Оля"},
        "chat_instance": "1",
        "data": "1:1:allow",
    }
    update = {"callback_query": press} if kind == "broken press" else {"message": {}}
    await world.tg.control.push(update)
    await works_still(world)


async def test_two_posts_with_the_same_leads_the_other_way_round_wait_for_each_other_in_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in a chat of its own, where both leads are open."""
    if world.database.is_sqlite:
        # One writer.
        return
    other = await world.new_group("Другой")
    await world.bind(other)
    leads = [await world.crm.burning(), await world.crm.burning()]
    for chat in (world.group, other):
        for lead in leads:
            link = world.crm.link(lead)
            await world.card(await world.post(OLYA, f"{link} можно?", chat=chat), chat=chat)
    await world.quiet()
    locked, arrived = Cases.locked, list[int]()

    async def slowly(cases: Cases, case_id: int) -> CaseRow | None:
        """Who has the first lock goes on when the other one has his, or waits."""
        found = await locked(cases, case_id)
        arrived.append(case_id)

        async def both() -> bool:
            return len(arrived) > 1 or await locks_waited_for(world) > 0

        await eventually(both)
        return found

    monkeypatch.setattr(Cases, "locked", slowly)
    posts = [
        raw_post(world, TIMUR, chat, " и ".join(map(world.crm.link, asked)) + " можно?")
        for chat, asked in ((world.group, leads), (other, leads[::-1]))
    ]
    await asyncio.gather(*map(world.bot.parts.intake.take_raw, posts))
    assert await world.count("SELECT count(*) FROM history WHERE action = 'joined'") == 4


async def test_two_edits_about_the_same_leads_wait_for_each_other_in_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As two posts do."""
    if world.database.is_sqlite:
        return
    other = await world.new_group("Другой")
    await world.bind(other)
    links = [world.crm.link(await world.crm.burning()) for _ in range(2)]
    edits = []
    for chat, named in ((world.group, links), (other, links[::-1])):
        words = " и ".join(named)
        post = await world.post(TIMUR, words, chat=chat)
        update = raw_post(world, TIMUR, chat, f"{words} клиент хочет ещё набор бит, можно?")
        message = update.pop("message")
        edits.append(update | {"edited_message": message})
        message |= {"message_id": post, "edit_date": message["date"]}
    await world.quiet()
    read, arrived = Presses.read, list[int]()

    async def slowly(
        presses: Presses, case_id: int, press: str, *, by: int
    ) -> tuple[CaseRow | None, bool]:
        found = await read(presses, case_id, press, by=by)
        arrived.append(case_id)

        async def both() -> bool:
            return len(arrived) > 1 or await locks_waited_for(world) > 0

        await eventually(both)
        return found

    monkeypatch.setattr(Presses, "read", slowly)
    await asyncio.gather(*map(world.bot.parts.intake.take_raw, edits))
    assert await world.count("SELECT count(*) FROM history WHERE action = 'add'") == 4


def raw_post(world: World, who: DemoPerson, chat: int, words: str) -> Json:
    """An update as Telegram writes it, of a post."""
    update = raw_reply(world, who, 0, words)
    del update["message"]["reply_to_message"]
    update["message"]["chat"] = {"id": chat, "type": "supergroup", "title": "РФ Админы"}
    return update
