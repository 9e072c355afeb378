"""What an owner arranges by commands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.flows import FLOWS
from bot.flows.base import Flow
from bot.flows.records import Post, Role
from sandbox.world import MARAT, OLYA, OWNER, TIMUR
from tests.harness import World, a_world

#: Who decides, as the owner is asked for them.
PEOPLE = {
    Role.ADMIN: "админов",
    Role.SUPERVISOR: "супервайзеров",
    Role.IT: "айтишников",
    Role.RETURNS: "сотрудников отдела возвратов",
}


@pytest.fixture
async def unbound(database_url: str) -> AsyncIterator[World]:
    """A fresh installation: nothing is bound, nobody has a role."""
    async with a_world(database_url, bound=False) as world:
        world.group = await world.new_group()
        yield world


async def test_from_bind_and_role_to_the_first_decision(unbound: World) -> None:
    world = unbound
    bind = await world.post(OWNER, "/bind duplicates")
    await world.card(bind, "Теперь назначьте админов")
    hello = await world.post(MARAT, "всем привет")
    role = await world.post(OWNER, "/role admin", reply_to=hello)
    await world.card(role, "Марат Демо: роль admin дана")
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead), "Можно ли оформить?")
    assert (await world.press(TIMUR, card, "Разрешить")).text == "Решают админы"
    assert (await world.press(MARAT, card, "Разрешить")).text.startswith("Разрешено")
    assert "Марат Демо" in await world.crm.comment(lead, "Оформить разрешил(а)")


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
async def test_each_chat_asks_for_its_own_people(unbound: World, flow: type[Flow[Any]]) -> None:
    role, *_ = sorted(flow.deciders)
    bound = await unbound.card(await unbound.post(OWNER, f"/bind {flow.name}"), "Готово")
    await unbound.says(bound, f"Теперь назначьте {PEOPLE[role]}", f"командой /role {role}.")


async def test_commands_work_with_the_bots_name_and_a_number(unbound: World) -> None:
    world = unbound
    await world.card(await world.post(OWNER, "/bind@workchats_bot duplicates"), "Готово")
    role = await world.post(OWNER, f"/role@workchats_bot admin {MARAT.id}")
    await world.card(role, "роль admin дана")
    people = await world.post(OWNER, "/people")
    await world.card(people, str(MARAT.id))


@pytest.mark.parametrize("command", ["/bind duplicates", "/role admin 1", "/unbind", "/people"])
async def test_a_command_of_anybody_else_is_refused(unbound: World, command: str) -> None:
    post = await unbound.post(OLYA, command)
    await unbound.card(post, "Это может только владелец бота")
    assert await unbound.count("SELECT count(*) FROM bindings") == 0
    assert await unbound.count("SELECT count(*) FROM roles") == 0


async def test_the_role_of_operator_takes_the_others_away(world: World) -> None:
    await world.card(await world.post(OWNER, f"/role operator {MARAT.id}"), "обычный оператор")
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    assert (await world.press(MARAT, card, "Разрешить")).text == "Решают админы"


async def test_with_nobody_to_decide_the_card_says_so_and_the_owner_is_told(
    unbound: World,
) -> None:
    world = unbound
    await world.start(OWNER)
    await world.card(await world.post(OWNER, "/bind duplicates"))
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.says(card, "Решать некому: на смене никого из админов")
    await world.told(OWNER, "оператор ждёт ответа, а решать некому", "/role admin")
    assert (await world.press(OWNER, card, "Разрешить")).text.startswith("Разрешено")


async def test_an_unbound_group_is_not_at_work_any_more(world: World) -> None:
    await world.card(await world.post(OWNER, "/unbind"), "здесь я больше не работаю")
    await world.ask(OLYA, await world.crm.burning())
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 0


@contextmanager
def breaking(world: World, name: str) -> Iterator[None]:
    """What the bot wants to say by that name meets a fault of its own."""
    saying = world.bot.parts.saying
    say = saying.say

    async def breaks(chat_id: int, what: str, **more: Any) -> None:
        if what == name:
            raise ZeroDivisionError
        await say(chat_id, what, **more)

    saying.say = breaks  # type: ignore[method-assign]
    try:
        yield
    finally:
        saying.say = say  # type: ignore[method-assign]


async def test_an_update_that_failed_is_kept_and_can_be_replayed(world: World) -> None:
    desk = world.bot.parts.intake._dispatcher.workflow_data["desk"]
    post, broken = desk.post, [True]

    async def post_or_fail(what: Post) -> None:
        if broken[0]:
            raise ZeroDivisionError
        await post(what)

    desk.post = post_or_fail
    lead = await world.crm.burning()
    lost = await world.ask(OLYA, lead)
    await world.told(OWNER, "отложено", "ZeroDivisionError")
    broken[0] = False
    await world.card(await world.ask(TIMUR, await world.crm.burning()), "Можно ли оформить?")
    assert await world.said(reply_to=lost) == []
    await world.card(await world.post(OWNER, "/aside"), "Отложено обновлений: 1")
    await world.card(await world.post(OWNER, "/aside replay"), "Повторено обновлений: 1")
    await world.card(lost, lead)
    await world.card(await world.post(OWNER, "/aside"), "Отложенных обновлений нет")


async def test_a_replay_that_was_set_aside_itself_is_replayed_once(world: World) -> None:
    with breaking(world, "replayed"):
        lost = await world.post(OWNER, "/aside replay")
        await world.told(OWNER, "отложено", "ZeroDivisionError")
    again = await world.post(OWNER, "/aside replay")
    await world.card(again, "Повторено обновлений: 1, не удалось: 0")
    await world.card(lost, "обновления я уже повторяю")
    await world.card(await world.post(OWNER, "/aside"), "Отложенных обновлений нет")
    assert len(await world.said(reply_to=lost)) == len(await world.said(reply_to=again)) == 1
