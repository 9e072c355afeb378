"""The bot dies at every step, and is started again on the same database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.config import Settings
from sandbox.world import MARAT, OLYA
from tests.harness import CrashAt, World, a_world, eventually
from tests.harness.crash import Moment
from tests.harness.crm import DUPLICATE
from tests.harness.world import COMMENTS_HAVE_COME, LEASES_END

#: An update's first transaction notes the person's name; the second decides.
_DECIDES = 2

#: In the order in which a denial goes its way.
STEPS = [
    ("message", 1, _DECIDES),
    ("read_lead", 1, 1),
    ("card", 1, 1),
    ("callback_query", 1, _DECIDES),
    ("set_disposition", 1, 1),
    ("write_comment", 1, 1),
    ("tell", 1, 1),
    ("card", 2, 1),
]


@pytest.fixture
async def asleep(database_url: str) -> AsyncIterator[World]:
    """A world whose bot has not started."""
    async with a_world(database_url, running=False) as world:
        yield world


async def the_job_is_done(world: World, lead: str, card: int) -> None:
    """Decided once, one comment, the status set, the operator told, and the card says so."""
    await world.says(card, "Оформлять нельзя", "Марат Демо", "в CRM записано ✔")
    await world.told(OLYA, "Оформлять нельзя")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1
    assert await world.crm.status(lead) == DUPLICATE
    decided = "SELECT count(*) FROM history WHERE to_state = 'denied' AND from_state <> 'denied'"
    assert await world.count(decided) == 1
    assert await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'") == 0
    assert await world.count("SELECT count(*) FROM set_aside") == 0


async def current_card(world: World) -> int:
    """The card that is edited from now on: a crash after sending can leave a stray besides."""
    rows = await world.rows("SELECT message_id FROM messages WHERE kind = 'card' AND current")
    return int(rows[0][0]) if rows else 0


#: Done outside and not noted; and where others wait for us: noted and not confirmed, not answered.
DEATHS: list[tuple[str, int, int, Moment]] = [
    *((*step, "before commit") for step in STEPS),
    *((*step, "after commit") for step in STEPS if step[0] in {"message", "callback_query"}),
]


@pytest.mark.parametrize(("step", "nth", "commit", "moment"), DEATHS)
async def test_a_death_at_any_step_loses_nothing_and_doubles_nothing(
    asleep: World, step: str, nth: int, commit: int, moment: Moment
) -> None:
    world = asleep
    lead = await world.crm.burning()
    crash = CrashAt(step, moment, nth=nth, commit=commit)
    life = await world.start_bot(crash)
    post = await world.ask(OLYA, lead)
    if STEPS.index((step, nth, commit)) < STEPS.index(("callback_query", 1, _DECIDES)):
        await life.crashed()
        await world.start_bot()
        await world.card(post, "Можно ли оформить?")
        await world.quiet()
        card = await current_card(world)
        await world.press(MARAT, card, "Запретить")
    else:
        card = await world.card(post, "Можно ли оформить?")
        await world.press(MARAT, card, "Запретить", wait=0)
        await life.crashed()
        await world.start_bot()
    await the_job_is_done(world, lead, await current_card(world))


async def test_the_card_that_is_pressed_stays_where_a_death_has_left_two(asleep: World) -> None:
    world = asleep
    lead = await world.crm.burning()
    life = await world.start_bot(CrashAt("card", "before commit"))
    post = await world.ask(OLYA, lead)
    await life.crashed()
    [stray] = await world.said(reply_to=post)
    await world.start_bot()
    await world.quiet()
    cards = await world.said(reply_to=post)
    assert len(cards) == 2
    await world.press(MARAT, stray["message_id"], "Запретить")
    await the_job_is_done(world, lead, stray["message_id"])
    assert (await world.message(cards[1]["message_id"]))["deleted"]


async def test_a_stray_that_a_dead_life_has_deleted_already_is_no_trouble(asleep: World) -> None:
    world = asleep
    life = await world.start_bot(CrashAt("card", "before commit"))
    post = await world.ask(OLYA, await world.crm.burning())
    await life.crashed()
    [stray] = await world.said(reply_to=post)
    life = await world.start_bot(CrashAt("delete", "before commit"))
    # The second card, which this life sends, is the one that goes.
    await two_cards(world, post)
    await world.press(MARAT, stray["message_id"], "Запретить", wait=0)
    await life.crashed()
    await world.start_bot()
    await world.quiet()
    assert await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'") == 0


async def test_of_two_cards_that_were_noted_at_once_the_one_that_was_there_first_stays(
    asleep: World,
) -> None:
    world = asleep
    lead = await world.crm.burning()
    life = await world.start_bot(CrashAt("card", "before commit"))
    post = await world.ask(OLYA, lead)
    await life.crashed()
    await world.start_bot()
    await two_cards(world, post)
    stray, other = [message["message_id"] for message in await world.said(reply_to=post)]
    # So a press on the stray leaves it that meets, on PostgreSQL, the note of the second card.
    async with world.storage.change() as uow:
        card = await uow.messages.card(1)
        assert card is not None
        await uow.messages.note(card._replace(message_id=stray, shown=""))
    await world.press(MARAT, stray, "Запретить")
    await the_job_is_done(world, lead, stray)
    assert (await world.message(other))["deleted"]
    current = "SELECT count(*) FROM messages WHERE kind = 'card' AND current"
    assert await world.count(current) == 1


async def two_cards(world: World, post: int) -> None:
    """Wait until the post has them, and nothing is left to do."""

    async def both() -> bool:
        return len(await world.said(reply_to=post)) > 1

    await eventually(both, "the second card is there")
    await world.quiet()


async def it_dies(world: World, crash: CrashAt) -> bool:
    """Wait until the bot has died, or has nothing left to do."""
    died, rests = asyncio.create_task(crash.fired.wait()), asyncio.create_task(world.quiet())
    await asyncio.wait([died, rests], return_when=asyncio.FIRST_COMPLETED)
    died.cancel()
    rests.cancel()
    await asyncio.gather(died, rests, return_exceptions=True)
    return crash.fired.is_set()


async def test_a_bot_that_dies_again_and_again_gets_there(asleep: World) -> None:
    world = asleep
    lead = await world.crm.burning()
    await world.ask(OLYA, lead)
    lives, is_pressed = 0, False
    while True:
        lives += 1
        assert lives < 40
        # Some lives end before they have brought anything about.
        moment: Moment = "before commit" if lives % 3 == 0 else "after commit"
        # A life begins with two commits: what it had leased itself, and what others had.
        crash = CrashAt("*", moment, commit=3 + lives % 4)
        life = await world.start_bot(crash)
        while not await it_dies(world, crash) and not is_pressed:
            is_pressed = True
            await world.press(MARAT, await current_card(world), "Запретить", wait=0)
        if not crash.fired.is_set():
            await life.stop()
            break
        await life.crashed()
    assert lives > 5
    await world.start_bot()
    await world.pass_time(COMMENTS_HAVE_COME)
    await the_job_is_done(world, lead, await current_card(world))


async def test_another_process_takes_up_what_a_dead_one_had_when_the_lease_has_run_out(
    asleep: World,
) -> None:
    world = asleep
    lead = await world.crm.burning()
    life = await world.start_bot(CrashAt("write_comment", "before commit"))
    card = await world.card(await world.ask(OLYA, lead), "Можно ли оформить?")
    await world.press(MARAT, card, "Запретить", wait=0)
    await life.crashed()
    world.settings = Settings(**{**world.settings.model_dump(), "instance": "another"})
    await world.start_bot()
    await world.press_data(MARAT, card, "1:1:deny:duplicate")
    assert await world.count("SELECT count(*) FROM outbox WHERE state = 'pending'") > 0
    await world.pass_time(LEASES_END)
    await the_job_is_done(world, lead, card)
