"""Telegram refuses, forgets and moves: what was to be said is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import web

from bot.budget import Budget
from bot.enqueue import delete_message, lane_of
from sandbox.world import ANUSH, LENA, MARAT, OLYA, OWNER, TIMUR
from tests.harness import World, a_world, eventually
from tests.harness.world import buttons_of


async def test_a_429_pauses_that_chat_and_no_other(world: World) -> None:
    other = await world.new_group("Другой")
    await world.bind(other)
    # Whatever binding still says must not be what is refused.
    await world.quiet()
    await world.tg.control.fault("sendMessage", "error", retry_after=40)
    slow = await world.ask(OLYA, await world.crm.burning())

    async def is_paused() -> int:
        return await world.count("SELECT count(*) FROM outbox WHERE error = 'busy'")

    await eventually(is_paused, "the chat pauses")
    link = world.crm.link(await world.crm.burning())
    quick = await world.post(TIMUR, f"{link} можно?", chat=other)
    await world.card(quick, "Можно ли оформить?", chat=other)
    assert await world.said(reply_to=slow) == []
    await world.pass_time(41)
    await world.card(slow, "Можно ли оформить?")
    refused = [note for note in await world.tg.control.log("sendMessage") if not note["ok"]]
    assert len(refused) == 1


async def test_a_card_that_somebody_deleted_is_sent_anew(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead)
    card = await world.card(post)
    data = await world.button(card, "Разрешить")
    await world.quiet()
    again = await world.ask(TIMUR, lead)
    await world.tg.control.delete(world.group, card)
    await world.card(again, "Этот лид уже на карточке")
    fresh = await world.card(post, "Оля Демо, Тимур Демо")
    assert fresh != card
    assert data in [button for _, button in buttons_of(await world.message(fresh))]
    await world.press(MARAT, fresh, "Разрешить")
    await world.says(fresh, "в CRM записано ✔")


async def test_who_still_knows_the_old_card_sends_no_third_one(world: World) -> None:
    """A press that has read the case before the new card was noted (PostgreSQL)."""
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead)
    card = await world.card(post)
    await world.quiet()
    async with world.storage.look() as uow:
        await uow.cases.get(1)
        seen = uow.cases.seen(1)
    await world.tg.control.delete(world.group, card)
    await world.ask(TIMUR, lead)
    fresh = await world.card(post, "Оля Демо, Тимур Демо")
    await world.quiet()

    soon = world.clock() + timedelta(hours=1)
    lane = lane_of(world.group)
    async with world.storage.change() as uow:
        await uow.outbox.want_again(
            now=world.clock(), lane=lane, priority=3, due_at=soon, case_id=1
        )
        [row] = await uow.lanes.lease("telegram", now=soon, lease=timedelta(hours=1), limit=1)
        case = await uow.cases.get(1)
    assert seen is not None
    assert case is not None
    await world.bot.parts.telegram_worker._deliver(row._replace(seen=seen._replace(case=case)))

    async def is_over() -> bool:
        return not await world.count("SELECT count(*) FROM outbox WHERE state = 'pending'")

    await eventually(is_over, "the row is delivered")
    cards = [one["message_id"] for one in await world.said(reply_to=post)]
    assert cards == [fresh]


async def test_what_telegram_does_not_let_be_taken_away_any_more_stays_and_alarms_nobody(
    world: World,
) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    refusal = "Bad Request: message can't be deleted for everyone"
    await world.tg.control.fault("deleteMessage", "error", code=400, description=refusal)
    async with world.storage.change() as uow:
        await delete_message(uow, world.group, card, now=world.clock())
    await world.quiet()
    assert await world.rows("SELECT kind, state FROM outbox WHERE state <> 'done'") == []


async def test_who_blocked_the_bot_is_told_in_the_group(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead)
    card = await world.card(post)
    # Before the bot has heard of it.
    world.tg.telegram.world.people[OLYA.id].blocked = True
    await world.press(MARAT, card, "Разрешить")
    await eventually(lambda: _said(world, post, "Можно оформлять", 2), "told in the group")


async def test_who_let_the_bot_in_again_is_told_privately(world: World) -> None:
    await world.block(OLYA)
    await world.quiet()
    await world.start(OLYA)
    await world.told(OLYA, "Здравствуйте, Оля")
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.press(MARAT, card, "Разрешить")
    await world.told(OLYA, "Можно оформлять")


async def _said(world: World, post: int, words: str, times: int) -> bool:
    said = [message["text"] for message in await world.said(reply_to=post)]
    return sum(words in text for text in said) == times


async def test_a_card_whose_sending_nobody_knows_of_is_there_in_the_end(world: World) -> None:
    await world.tg.control.fault("sendMessage", "lost_answer")
    post = await world.ask(OLYA, await world.crm.burning())
    await world.card(post)
    await world.quiet()
    await world.pass_time(5)
    await eventually(lambda: _said(world, post, "Можно ли оформить?", 2), "a second card")
    cards = await world.said(reply_to=post)
    await world.press(MARAT, cards[0]["message_id"], "Разрешить")
    await world.says(cards[0]["message_id"], "в CRM записано ✔")


async def test_telegram_down_loses_nothing(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.tg.control.fault("editMessageText", "error", code=502)
    await world.tg.control.fault("sendMessage", "drop")
    await world.press(MARAT, card, "Разрешить")
    for _ in range(2):
        await world.quiet()
        await world.pass_time(5)
    await world.says(card, "в CRM записано ✔")
    await world.told(OLYA, "Можно оформлять")


async def test_a_command_with_the_bots_name_waits_until_telegram_tells_that_name(
    world: World,
) -> None:
    await world.tg.control.fault("getMe", "error", code=502)
    await world.tg.control.fault("getMe", "drop")
    await world.tg.control.fault("getMe", "error", retry_after=5)
    bind = await world.post(OWNER, "/bind@workchats_bot duplicates")
    await world.card(bind, "Готово")
    await world.quiet()
    asked = [call["ok"] for call in await world.tg.control.log("getMe")]
    assert asked[-1]
    assert not any(asked[:-1])
    assert await world.count("SELECT count(*) FROM set_aside") == 0


async def test_a_proxys_page_instead_of_telegram_ends_nothing(database_url: str) -> None:
    pages = [3]

    @web.middleware
    async def proxy(request: web.Request, handler: object) -> web.StreamResponse:
        if request.path.endswith("/getUpdates") and pages[0]:
            pages[0] -= 1
            return web.Response(text="<h1>502</h1>", content_type="text/html", status=502)
        return await handler(request)  # type: ignore[operator, no-any-return]

    async with a_world(database_url, running=False, middleware=proxy) as world:
        await world.start_bot()
        await world.card(await world.ask(OLYA, await world.crm.burning()), "Можно ли оформить?")
        assert pages == [0]


#: In place of updates, with status 200 or another.
_NO_ANSWERS: tuple[tuple[int, bytes, str], ...] = (
    # «Прокси» in an encoding that nobody names, and in one that nobody knows.
    (502, b"<h1>\xcf\xf0\xee\xea\xf1\xe8</h1>", "text/html"),
    (200, b"<h1>\xff\xfe</h1>", "text/html; charset=no-such-encoding"),
    (502, b'{"error": "bad gateway"}', "application/json"),
    (200, b'{"ok": 1, "result": 7}', "application/json"),
    (200, b"[]", "application/json"),
    (200, b'{"ok": true, "result": {"update_id": 1}}', "application/json"),
    (200, b'{"ok": true, "result": [7]}', "application/json"),
    (200, b'{"ok": true, "result": [{"update_id": "x"}]}', "application/json"),
)


async def test_whatever_comes_instead_of_updates_ends_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake._PAUSE", 0.01)
    left = list(_NO_ANSWERS)

    @web.middleware
    async def proxy(request: web.Request, handler: object) -> web.StreamResponse:
        if request.path.endswith("/getUpdates") and left:
            status, body, kind = left.pop(0)
            return web.Response(body=body, status=status, headers={"Content-Type": kind})
        return await handler(request)  # type: ignore[operator, no-any-return]

    async with a_world(database_url, running=False, middleware=proxy) as world:
        await world.start_bot()
        await world.card(await world.ask(OLYA, await world.crm.burning()), "Можно ли оформить?")
        assert left == []
        assert await world.count("SELECT count(*) FROM set_aside") == 0


async def test_a_proxys_json_instead_of_what_was_sent_is_a_trouble_that_passes(
    database_url: str,
) -> None:
    left = [b'{"error": "bad gateway"}', b'{"ok": false}']

    @web.middleware
    async def proxy(request: web.Request, handler: object) -> web.StreamResponse:
        if request.path.endswith("/sendMessage") and left:
            return web.Response(body=left.pop(), status=502, content_type="application/json")
        return await handler(request)  # type: ignore[operator, no-any-return]

    async with a_world(database_url, middleware=proxy) as world:
        post = await world.ask(OLYA, await world.crm.burning())
        for tries in (1, 2):

            async def tried(times: int = tries) -> bool:
                waits = "SELECT count(*) FROM outbox WHERE attempts = :times AND error <> ''"
                return bool(await world.count(waits, times=times))

            await eventually(tried, "it is to be tried again")
            # Long before a lease would run out.
            await world.pass_time(5)
        await world.card(post, "Можно ли оформить?")


async def test_a_group_that_becomes_a_supergroup_takes_its_open_case_along(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        assert card
        await world.quiet()
        world.group = await world.tg.control.migrate(world.group)
        fresh = await world.tg.control.until(
            world.group, lambda message: lead in message.get("text", "")
        )
        await world.quiet()
        assert (await world.press(MARAT, fresh["message_id"], "Разрешить")).text.startswith("Разр")
        await world.says(fresh["message_id"], "в CRM записано ✔")
        await world.card(await world.ask(TIMUR, await world.crm.burning()), "Можно ли оформить?")
        await world.quiet()
        assert len(await world.crm.tagged(lead)) == 1


async def test_what_was_to_be_said_in_a_group_that_moved_is_said_in_the_supergroup(
    database_url: str,
) -> None:
    async with a_world(database_url, kind="group") as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(ANUSH, lead))
        await world.quiet()
        await world.tg.control.fault("sendMessage", "error", code=502, times=1)
        await world.press(MARAT, card, "Разрешить")
        await world.quiet()
        world.group = await world.tg.control.migrate(world.group)
        await world.quiet()
        await world.pass_time(5)
        told = await world.tg.control.until(
            world.group, lambda message: "Можно оформлять" in message.get("text", "")
        )
        assert "reply_to_message" not in told
        await world.quiet()
        card = await world.card(await world.ask(TIMUR, await world.crm.burning()), "Можно ли")
        await world.press(LENA, card, "Разрешить")
        await world.says(card, "в CRM записано ✔")


async def test_a_move_that_the_bot_learns_of_by_a_refusal_is_followed(database_url: str) -> None:
    async with a_world(database_url, kind="group") as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(ANUSH, lead))
        data = await world.button(card, "Разрешить")
        await world.quiet()
        await world.bot.stop()
        old = world.group
        await world.tg.control.press(old, card, MARAT.id, data)
        world.group = await world.tg.control.migrate(old)
        # The news of the move is lost; the press is not.
        world.tg.telegram.world.pending[:] = [
            update for update in world.tg.telegram.world.pending if update.kind == "callback_query"
        ]
        await world.start_bot()
        await world.tg.control.until(
            world.group, lambda message: "Можно оформлять" in message.get("text", "")
        )
        await world.quiet()
        post = await world.ask(TIMUR, await world.crm.burning())
        await world.card(post, "Можно ли оформить?")


async def test_a_burst_of_25_posts_draws_no_429_and_forgets_nobody(database_url: str) -> None:
    async with a_world(database_url, limits=True, budget=Budget) as world:
        leads = [await world.crm.burning() for _ in range(25)]
        for turn, lead in enumerate(leads):
            await world.ask((OLYA, TIMUR, ANUSH)[turn % 3], lead)

        async def all_shown() -> bool:
            await world.pass_time(1)
            texts = " ".join(message["text"] for message in await world.said())
            return all(lead in texts for lead in leads)

        await eventually(all_shown, "a card or a place in a digest for every lead")
        calls = await world.tg.control.log()
        assert [call for call in calls if not call["ok"]] == []


async def test_a_press_is_answered_while_the_groups_budget_is_spent(database_url: str) -> None:
    async with a_world(database_url, limits=True, budget=Budget) as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        for _ in range(8):
            await world.ask(TIMUR, await world.crm.burning())
        assert (await world.press(MARAT, card, "Разрешить")).text.startswith("Разрешено")
        await world.told(OLYA, "Можно оформлять")


async def test_a_message_without_a_case_is_answered_privately(world: World) -> None:
    await world.write_privately(OLYA, "а что ты умеешь?")
    await world.told(OLYA, "Я работаю в группах")
