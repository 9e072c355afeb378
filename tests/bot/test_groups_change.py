"""Groups change under the bot: what was to be said there is said, what was posted is taken."""

from __future__ import annotations

import asyncio

from sandbox.world import ANUSH, MARAT, OLYA, OWNER
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
