"""Groups change under the bot: what was to be said there is said, what was posted is taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.enqueue import delete_message, lane_of
from sandbox.telegram.model import Json
from sandbox.world import ANUSH, MARAT, OLYA, OWNER, STRANGER, TIMUR, DemoPerson
from tests.harness import World, a_world, eventually


async def decided_and_unsaid(world: World) -> tuple[int, int, str]:
    """A case that is decided while the bot may not speak in the group: (post, card, lead).

    Anush has not started the bot: she is answered in the group.
    """
    lead = await world.crm.burning()
    post = await world.ask(ANUSH, lead)
    card = await world.card(post, "Можно ли оформить?")
    data = await world.button(card, "Разрешить")
    await world.quiet()
    await world.bot.stop()
    await world.tg.control.press(world.group, card, MARAT.id, data)
    return post, card, lead


async def everything_is_said(world: World, post: int, card: int) -> None:
    await world.says(card, "Можно оформлять", "в CRM записано ✔")

    async def all_is_said() -> bool:
        return not await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'")

    await eventually(all_is_said, "nothing is left to be said")
    told = [message["message_id"] for message in await world.said(reply_to=post)]
    assert len(told) == 2
    assert card in told


async def test_what_was_said_in_vain_is_said_when_the_bot_is_taken_back(world: World) -> None:
    post, card, _ = await decided_and_unsaid(world)
    await world.tg.control.member(world.group, world.tg.bot_id, "kicked", by=OWNER.id)
    await world.start_bot()
    await world.quiet()
    assert "Можно ли" in await world.text(card)
    await world.tg.control.member(world.group, world.tg.bot_id, "member", by=OWNER.id)
    await everything_is_said(world, post, card)


async def test_what_was_said_in_vain_is_said_when_the_bot_may_speak_again(world: World) -> None:
    post, card, _ = await decided_and_unsaid(world)
    me = world.tg.bot_id
    await world.tg.control.member(
        world.group, me, "restricted", by=OWNER.id, can_send_messages=False
    )
    await world.start_bot()
    await world.quiet()
    await world.tg.control.member(world.group, me, "administrator", by=OWNER.id)
    await everything_is_said(world, post, card)


async def test_a_post_in_a_supergroup_whose_old_group_has_not_spoken_yet_is_taken(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        await world.bot.stop()
        old = world.group
        world.group = await world.tg.control.migrate(old)
        pending = world.tg.telegram.world.pending
        pending[:] = [one for one in pending if one.payload["chat"]["id"] != old]
        post = await world.ask(OLYA, await world.crm.burning())
        await world.start_bot()
        await world.card(post, "Можно ли оформить?")


async def test_a_post_in_a_group_whose_move_was_heard_of_first_is_asked_in_the_supergroup(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        taken, lead = await world.crm.burning(), await world.crm.burning()
        first = await world.ask(OLYA, taken)
        await world.card(first)
        await world.quiet()
        # That one was taken already, and comes again; so does the other.
        late = [raw_post(world, OLYA, first, taken), raw_post(world, TIMUR, 9000, lead)]
        same = raw_post(world, ANUSH, 9001, lead)
        world.group = await world.tg.control.migrate(world.group)
        await world.quiet()
        for post in (*late, *late):
            await world.bot.parts.intake.take_raw(post)
        card = await world.tg.control.until(
            world.group, lambda message: lead in message.get("text", "")
        )
        await world.quiet()
        assert "Тимур Демо" in card["text"]
        assert "reply_to_message" not in card
        assert await world.count("SELECT count(*) FROM history WHERE action = 'joined'") == 0
        await world.bot.parts.intake.take_raw(same)
        await world.says(card["message_id"], "Тимур Демо, Ануш Демо")
        assert "-9001" not in str(await world.rows("SELECT payload FROM outbox WHERE kind = 'say'"))
        assert (await world.press(MARAT, card["message_id"], "Разрешить")).text.startswith("Разр")
        await world.told(TIMUR, "Можно оформлять")
        await world.quiet()
        assert await world.count("SELECT count(*) FROM cases") == 2
        assert await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'") == 0


def raw_post(world: World, who: DemoPerson, number: int, lead: str) -> Json:
    """An update as Telegram writes it, of a post in the group as it is now."""
    chat = {"id": world.group, "type": "group", "title": "РФ Админы"}
    by = {"id": who.id, "is_bot": False, "first_name": who.first_name, "last_name": "Демо"}
    said = {"message_id": number, "date": int(world.clock().timestamp()), "chat": chat, "from": by}
    words = f"{world.crm.link(lead)} Могу оформить?"
    return {"update_id": 900_000_000 + number, "message": {**said, "text": words}}


async def test_a_move_that_is_heard_of_twice_at_once_sends_each_card_once(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        lead = await world.crm.burning()
        await world.card(await world.ask(OLYA, lead))
        await world.quiet()
        old = world.group
        world.group = await world.tg.control.migrate(old)
        moved = world.bot.parts.chats.moved
        await asyncio.gather(*(moved(old, world.group) for _ in range(4)))
        await world.quiet()
        cards = [message for message in await world.said() if lead in message["text"]]
        assert len(cards) == 1


async def test_a_press_on_a_card_of_the_group_that_was_says_where_the_card_is_now(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        lead, decided = await world.crm.burning(), await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        closed = await world.card(await world.ask(OLYA, decided))
        data, late = await world.button(card, "Разрешить"), await world.button(closed, "Разрешить")
        await world.press(MARAT, closed, "Запретить")
        await world.quiet()
        old = world.group
        world.group = await world.tg.control.migrate(old)
        await world.quiet()
        elsewhere = await world.new_group("Другая")
        await world.bind(elsewhere)
        words = f"{world.crm.link(lead)} Могу оформить?"
        other = await world.card(await world.post(OLYA, words, chat=elsewhere), chat=elsewhere)

        moved = await world.press_data(MARAT, card, data, chat=old)
        over = await world.press_data(MARAT, closed, late, chat=old)
        foreign = await world.press_data(MARAT, other, data, chat=elsewhere)

        assert moved.text == "Группа переехала: карточка теперь в новой, нажмите там"
        assert over.text.startswith("Группа переехала, решать здесь нечего. Уже решено: Марат")
        assert foreign.text == "Эта карточка из другого чата"
        assert moved.alert
        assert over.alert
        assert await world.count("SELECT count(*) FROM history WHERE action = 'allow'") == 0


async def moves_unheard(world: World, flow: str = "duplicates") -> int:
    """The group becomes a supergroup, which is bound as if it were another one: nobody has told
    the bot of the move. The old group's id.
    """
    await world.quiet()
    await world.bot.stop()
    old = world.group
    world.group = await world.tg.control.migrate(old)
    world.tg.telegram.updates.drop_pending()
    await world.bind(world.group, flow=flow)
    await world.start_bot()
    return old


@asynccontextmanager
async def a_group_that_moved_unheard(database_url: str) -> AsyncIterator[tuple[World, int, str]]:
    """As above: (world, old group, the lead that Оля has asked about there)."""
    async with a_world(database_url, kind="group") as world:
        lead = await world.crm.burning()
        await world.says(await world.card(await world.ask(OLYA, lead)), "Первый заказ")
        yield world, await moves_unheard(world), lead


async def test_a_lead_that_is_open_in_both_groups_of_a_move_is_one_case_for_both_who_asked(
    database_url: str,
) -> None:
    async with a_group_that_moved_unheard(database_url) as (world, old, lead):
        card = await world.card(await world.ask(TIMUR, lead), "Можно ли оформить?")
        await world.quiet()
        await world.bot.parts.chats.moved(old, world.group)
        await world.says(card, "Оля Демо", "Тимур Демо")
        await world.press(MARAT, card, "Разрешить")
        for who in (OLYA, TIMUR):
            await world.told(who, "Можно оформлять")
        await world.says(card, "в CRM записано ✔")
        await world.quiet()
        assert len(await world.crm.tagged(lead)) == 1
        [first, second] = await world.rows("SELECT state, chat_id FROM cases ORDER BY id")
        assert (tuple(first), tuple(second)) == (
            ("joined", world.group),
            ("allowed", world.group),
        )
        joins = "SELECT count(*) FROM history WHERE action IN ('same_lead', 'joined')"
        assert await world.count(joins) == 2
        assert await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'") == 0
        # The number of Оля's post means another message here.
        assert not [one for one in await world.said() if "уже на карточке" in one["text"]]


async def test_cards_that_a_supergroup_had_before_the_move_was_heard_of_stay(
    database_url: str,
) -> None:
    async with a_group_that_moved_unheard(database_url) as (world, old, lead):
        other = await world.crm.burning()
        card = await world.card(await world.ask(TIMUR, other), "Можно ли оформить?")
        await world.quiet()
        await world.bot.parts.chats.moved(old, world.group)
        came = await world.tg.control.until(
            world.group, lambda message: lead in message.get("text", "")
        )
        await world.quiet()
        cards = [one for one in await world.said() if "Можно ли оформить?" in one["text"]]
        assert [one["message_id"] for one in cards] == [card, came["message_id"]]
        await world.press(MARAT, card, "Разрешить")
        await world.says(card, "в CRM записано ✔")


async def test_what_is_still_to_be_said_in_a_group_long_moved_goes_the_way_of_its_move(
    database_url: str,
) -> None:
    async with a_group_that_moved_unheard(database_url) as (world, old, _):
        await world.bot.parts.chats.moved(old, world.group)
        await world.quiet()
        await world.bot.parts.saying.say(old, "anonymous")
        await world.tg.control.until(
            world.group, lambda message: "от своего имени" in message.get("text", "")
        )
        await world.quiet()
        assert await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'") == 0


async def test_who_has_a_pause_in_both_groups_of_a_move_is_on_the_one_that_he_took_last(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        await world.bind(world.group, flow="pauses")
        await world.card(await world.post(OLYA, "обед 30 минут"))
        old = await moves_unheard(world, "pauses")
        card = await world.card(await world.post(OLYA, "перерыв 15 минут"))
        await world.quiet()
        await world.bot.parts.chats.moved(old, world.group)
        await world.quiet()
        rows = await world.rows("SELECT state FROM cases ORDER BY id")
        assert [row.state for row in rows] == ["back", "away"]
        await world.press(OLYA, card, "Вернул")
        await world.quiet()
        assert await world.count("SELECT count(*) FROM cases WHERE closed_at IS NULL") == 0


async def test_the_minutes_of_a_pause_in_both_groups_of_a_move_are_spent_once(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        await world.bind(world.group, flow="pauses")
        await world.card(await world.post(OLYA, "перерыв 30 минут"))
        old = await moves_unheard(world, "pauses")
        await world.pass_time(600)
        card = await world.card(await world.post(OLYA, "перерыв 20 минут"))
        await world.pass_time(300)
        await world.bot.parts.chats.moved(old, world.group)
        await world.pass_time(300)
        await world.press(OLYA, card, "Вернул")
        board = await world.card(await world.post(ANUSH, "/pauses"))
        assert "Оля Демо: перерыв 20 мин" in await world.text(board)


async def test_two_incidents_of_one_lead_both_go_on_when_their_groups_become_one(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        await world.bind(world.group, flow="it")
        lead = await world.crm.burning()
        await world.card(await world.ask(OLYA, lead, "не открывается карточка"))
        old = await moves_unheard(world, "it")
        await world.card(await world.ask(TIMUR, lead, "не открывается карточка"))
        await world.quiet()
        member = {"case": 9, "who": {"id": OLYA.id, "name": "Оля Демо"}}
        for case_id in (1, 2):
            async with world.storage.change() as uow:
                row = await uow.cases.locked(case_id)
                assert row is not None
                await uow.cases.save(row, state=row.state, data={**row.data, "members": [member]})
        await world.bot.parts.chats.moved(old, world.group)
        await world.quiet()
        rows = await world.rows("SELECT chat_id, lead, closed_at FROM cases ORDER BY id")
        assert [tuple(row) for row in rows] == [(world.group, "", None), (world.group, lead, None)]


async def test_what_was_decided_before_a_move_is_looked_up_without_a_link_to_other_messages(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        await world.press(MARAT, card, "Разрешить")
        await world.says(card, "в CRM записано ✔")
        await world.quiet()
        world.group = await world.tg.control.migrate(world.group)
        await world.quiet()
        await world.write_privately(MARAT, f"/history {lead}")
        told = await world.told(MARAT, f"История лида {lead}")
        assert "Марат Демо: ✅ Разрешить" in told["text"]
        links = [one.get("url", "") for one in told["entities"]]
        assert not [link for link in links if link.startswith("https://t.me/c/")]


async def test_what_was_to_be_taken_away_in_a_group_that_moved_is_left_behind(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        card = await world.card(await world.ask(OLYA, await world.crm.burning()))
        await world.quiet()
        old = world.group
        await world.bot.stop()
        async with world.storage.change() as uow:
            await delete_message(uow, old, card, now=world.clock())
        world.group = await world.tg.control.migrate(old)
        await world.start_bot()

        async def all_is_done() -> bool:
            return not await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'")

        await eventually(all_is_done, "it is no trouble that an owner must see to", within=20)


async def test_a_group_that_is_to_be_left_is_left_as_the_supergroup_that_it_became(
    database_url: str,
) -> None:
    async with a_world(database_url) as world:
        group = await world.new_group("Чужой чат", members=[MARAT], by=STRANGER, kind="group")
        await world.told(OWNER, "добавил не владелец")
        await world.quiet()
        await world.bot.stop()
        # It was told to leave, and could not.
        await world.tg.control.member(group, world.tg.bot_id, "member", by=STRANGER.id)
        world.tg.telegram.updates.drop_pending()
        async with world.storage.change() as uow:
            await uow.outbox.add(
                now=world.clock(), destination="telegram", lane=lane_of(group), kind="leave",
                payload={"chat": group},
            )  # fmt: skip
        became = await world.tg.control.migrate(group)
        await world.start_bot()

        async def has_left() -> bool:
            chat = world.tg.telegram.world.chats[became]
            return not chat.is_present(world.tg.bot_id)

        await eventually(has_left, "it leaves", within=20)
