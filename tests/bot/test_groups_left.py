"""Groups that the bot is added to, that it leaves, and that it is taken out of."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from bot.flows.records import Person
from sandbox.world import MARAT, OLYA, OWNER, STRANGER
from storage.chats import ChatRow, Chats
from tests.harness import World, eventually


def is_in(world: World, group: int) -> bool:
    """Whether the bot is in that group, as Telegram sees it."""
    return world.tg.telegram.world.chats[group].is_present(world.tg.bot_id)


async def test_a_stranger_who_adds_the_bot_sees_it_leave(world: World) -> None:
    group = await world.new_group("Чужой чат", members=[MARAT], by=STRANGER)
    await world.told(OWNER, "Чужой чат", "добавил не владелец", "Гость Демо")

    async def has_left() -> bool:
        return not is_in(world, group)

    await eventually(has_left, "it leaves")


async def test_a_group_that_nobody_binds_is_left_after_an_hour(world: World) -> None:
    group = await world.new_group("Забытый чат")
    await world.told(OWNER, "Забытый чат", "/bind")
    await world.quiet()
    world.clock.advance(61 * 60)
    await world.bot.parts.tidying.tidy()
    await world.told(OWNER, "Вышел из группы «Забытый чат»")

    async def has_left() -> bool:
        return not is_in(world, group)

    await eventually(has_left, "it leaves")
    assert is_in(world, world.group)


async def test_a_group_that_is_bound_as_its_hour_ends_is_not_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await world.new_group("Новый чат")
    await world.quiet()
    world.clock.advance(61 * 60)
    unbound_since, chats = Chats.unbound_since, world.bot.parts.chats
    owner = Person(id=OWNER.id, name="Владелец")

    async def bound_meanwhile(room: Chats, before: datetime) -> list[ChatRow]:
        """It is bound when the bot has seen that nobody has bound it."""
        found = await unbound_since(room, before)
        if not await chats.flow_in(group, 0):
            await chats.bind(group, 0, "Новый чат", "duplicates", owner)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Chats, "unbound_since", bound_meanwhile)
        await world.bot.parts.tidying.tidy()
    await world.quiet()

    assert is_in(world, group)
    assert not any("Вышел из группы" in text for text in await world.private(OWNER))
    assert await world.count("SELECT count(*) FROM chats WHERE left_at IS NOT NULL") == 0


async def test_a_group_that_worked_for_long_has_an_hour_to_be_bound_anew(world: World) -> None:
    world.clock.advance(25 * 3600)
    unbound = await world.post(OWNER, "/unbind")
    await world.card(unbound, "здесь я больше не работаю")
    await world.bot.parts.tidying.tidy()
    await world.quiet()
    assert is_in(world, world.group)
    world.clock.advance(61 * 60)
    await world.bot.parts.tidying.tidy()
    await world.told(OWNER, "Вышел из группы")


async def test_a_group_that_is_bound_before_the_bot_has_left_it_stays_until_its_next_hour(
    world: World,
) -> None:
    group = await world.new_group("Новый чат")
    await world.quiet()
    await world.tg.control.fault("leaveChat", "error", code=500)
    world.clock.advance(61 * 60)
    await world.bot.parts.tidying.tidy()
    await world.told(OWNER, "Вышел из группы «Новый чат»")
    await world.quiet()
    bound = await world.post(OWNER, "/bind duplicates", chat=group)
    await world.card(bound, "Готово", chat=group)
    await world.pass_time(61)

    async def is_over() -> bool:
        return not await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'")

    await eventually(is_over, "it has tried to leave again")
    assert is_in(world, group)
    unbound = await world.post(OWNER, "/unbind", chat=group)
    await world.card(unbound, "здесь я больше не работаю", chat=group)
    await world.bot.parts.tidying.tidy()
    await world.quiet()
    assert is_in(world, group)
    world.clock.advance(61 * 60)
    await world.bot.parts.tidying.tidy()
    await world.quiet()
    assert not is_in(world, group)
    said = [text for text in await world.private(OWNER) if "Вышел из группы" in text]
    assert len(said) == 2


async def test_two_replicas_that_tidy_at_once_leave_a_group_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await world.new_group("Забытый чат")
    await world.quiet()
    world.clock.advance(61 * 60)
    unbound_since, looked, both = Chats.unbound_since, 0, asyncio.Event()

    async def slowly(room: Chats, before: datetime) -> list[ChatRow]:
        """Neither goes on before both have looked."""
        nonlocal looked
        found = await unbound_since(room, before)
        looked += 1
        if looked == 2:
            both.set()
        await both.wait()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Chats, "unbound_since", slowly)
        await asyncio.gather(*(world.bot.parts.chats.leave_unbound() for _ in range(2)))
    await world.quiet()

    assert not is_in(world, group)
    assert await world.count("SELECT count(*) FROM outbox WHERE kind = 'leave'") == 1


async def test_a_bound_group_is_left_all_the_same_if_a_stranger_has_taken_the_bot_back(
    world: World,
) -> None:
    me = world.tg.bot_id
    await world.tg.control.member(world.group, me, "kicked", by=OWNER.id)
    await world.tg.control.member(world.group, me, "member", by=STRANGER.id)
    await world.told(OWNER, "добавил не владелец")
    await world.quiet()
    assert not is_in(world, world.group)


@pytest.mark.parametrize("takes_in", [False, True], ids=["binds it", "takes the bot in himself"])
async def test_a_stranger_s_group_that_an_owner_wants_before_the_bot_has_left_it_is_not_left(
    world: World, *, takes_in: bool
) -> None:
    await world.tg.control.fault("leaveChat", "error", code=500, times=100)
    group = await world.new_group("Новый чат", members=[MARAT, OWNER], by=STRANGER)
    await world.told(OWNER, "Новый чат", "добавил не владелец")
    await world.quiet()
    if takes_in:
        await world.tg.control.member(group, world.tg.bot_id, "kicked", by=OWNER.id)
        await world.tg.control.member(group, world.tg.bot_id, "member", by=OWNER.id)
        await world.told(OWNER, "Новый чат", "/bind")
    else:
        bound = await world.post(OWNER, "/bind duplicates", chat=group)
        await world.card(bound, "Готово", chat=group)
    await world.tg.control.clear_faults()
    await world.pass_time(301)

    async def is_over() -> bool:
        return not await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'")

    await eventually(is_over, "it has tried to leave again")
    assert is_in(world, group)


async def test_a_group_that_could_not_be_left_is_not_left_when_it_works_and_the_bot_is_back(
    world: World,
) -> None:
    """What was to be said there in vain is tried again then; to leave it is nobody's wish now."""
    me = world.tg.bot_id
    refusal = "Forbidden: bot was kicked from the group chat"
    await world.tg.control.fault("leaveChat", "error", code=403, description=refusal)
    group = await world.new_group("Новый чат", members=[MARAT, OWNER], by=STRANGER)
    await world.told(OWNER, "Новый чат", "добавил не владелец")
    await world.quiet()
    for status in ("kicked", "member"):
        await world.tg.control.member(group, me, status, by=OWNER.id)
    await world.card(await world.post(OWNER, "/bind duplicates", chat=group), "Готово", chat=group)
    for status in ("kicked", "member"):
        await world.tg.control.member(group, me, status, by=OWNER.id)

    async def is_over() -> bool:
        return not await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'")

    await eventually(is_over, "it has tried to leave again")
    assert is_in(world, group)


async def test_a_bound_group_that_loses_the_bot_is_told_to_the_owner(world: World) -> None:
    await world.tg.control.member(world.group, world.tg.bot_id, "kicked", by=OWNER.id)
    await world.told(OWNER, "Меня убрали из рабочего чата «РФ Админы»")
    other = await world.new_group("Другой")
    await world.bind(other)
    link = world.crm.link(await world.crm.burning())
    post = await world.post(OLYA, f"{link} можно?", chat=other)
    await world.card(post, "Можно ли оформить?", chat=other)


async def test_a_bot_that_is_taken_back_shows_who_still_waits(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead)
    await world.card(post)
    await world.quiet()
    await world.tg.control.member(world.group, world.tg.bot_id, "kicked", by=OWNER.id)
    await world.quiet()
    await world.tg.control.member(world.group, world.tg.bot_id, "member", by=OWNER.id)
    await world.quiet()
    card = [message["message_id"] for message in await world.said(reply_to=post)][-1]
    assert (await world.press(MARAT, card, "Разрешить")).text.startswith("Разрешено")


async def test_a_bot_without_the_right_to_write_stops_nobody_else(world: World) -> None:
    await world.tg.control.member(
        world.group, world.tg.bot_id, "restricted", by=OWNER.id, can_send_messages=False
    )
    await world.ask(OLYA, await world.crm.burning())
    other = await world.new_group("Другой")
    await world.bind(other)
    link = world.crm.link(await world.crm.burning())
    post = await world.post(OLYA, f"{link} можно?", chat=other)
    await world.card(post, "Можно ли оформить?", chat=other)
