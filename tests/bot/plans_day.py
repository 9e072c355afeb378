"""A day on which the bot asks its database nearly all that it ever asks: for the judge of plans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from bot.budget import Budget, Limits
from sandbox.world import IRINA, LENA, MARAT, OLYA, OWNER, TIMUR
from storage.deadlines import DeadlineRow
from storage.messages import MessageRow
from storage.outbox import OutboxRow
from storage.tables import cases
from storage.uow import Storage
from tests.bot.rights_field import PEOPLE, Field, prepare
from tests.harness import World, eventually
from tests.harness.world import LEASES_END, buttons_of

#: Never at ease, so that cases and outcomes are gathered; and so much room that no test waits.
_SHORT = Limits(all_per_second=1_000, group_per_minute=17, burst=1_000, at_ease=1_000)
_PENDING = "SELECT count(*) FROM outbox WHERE state = 'pending'"
_WAIT = "SELECT count(*) FROM cases WHERE state = 'waiting'"
_DECIDED = "SELECT count(*) >= 5 FROM cases WHERE state = 'allowed'"
_COMMANDS = (
    *("/find ждут", "/find оля вчера", "/find решены за неделю", "/history {lead}", "/history 1"),
    *("/export", "/me", "/duty off", "/duty on", "/people", "/aside", "/aside replay", "/retry 1"),
    *("/role {timur} admin", "/role {timur} off", "/link {timur} operator1", "/link {timur} off"),
    "/code",
)


async def live(world: World) -> None:
    """The day, and a month behind it."""
    field = Field(world)
    await prepare(field)
    world.group = field.chats["duplicates"]
    await _ask_and_talk(world)
    await _command(field)
    await _rush(world)
    await _move(world)
    await _stumble(world)
    await world.pass_time(700)
    await _tidy(world, 1)
    evening = world.clock().astimezone(world.settings.zone).replace(hour=20, minute=1)
    await world.pass_time((evening - world.clock()) % timedelta(days=1) / timedelta(seconds=1))
    await _tidy(world, 1)
    await world.pass_time(40 * 24 * 3600)
    await _tidy(world, 6)


async def _tidy(world: World, times: int) -> None:
    for _ in range(times):
        await world.quiet()
        await world.bot.parts.tidying.tidy()
    await world.quiet()


async def _ask_and_talk(world: World) -> None:
    """One lead from the post to the end, with all that people say and press beside it."""
    post = await world.ask(TIMUR, await world.crm.burning(), "")
    card = await world.card(post, "Можно ли")
    await world.tg.control.edit(world.group, post, TIMUR.id, await world.text(post) + " два")
    await world.reply(TIMUR, card, "спасибо")
    await world.post(OLYA, "а мне?", reply_to=post)
    data = await world.button(card, "Запретить")
    await world.press_data(MARAT, card, data)
    await world.says(card, "в CRM записано ✔")
    await world.press_data(MARAT, card, data)
    await world.press_data(LENA, card, data)
    await world.reply(MARAT, card, "первый заказ в пути")
    await world.quiet()
    await world.press(MARAT, card, "Отменить")
    await world.quiet()
    for chat in (world.group, OLYA.id):
        for words in ("отмена", "/help", "не согласна", "Трелькина Вера"):
            await world.post(OLYA, words, chat=chat)
    await world.quiet()
    await world.tg.control.delete(world.group, card)
    await world.pass_time(61)
    await world.quiet()
    await world.pass_time(700)
    await world.quiet()


async def _command(field: Field) -> None:
    world = field.world
    named = {"lead": field.leads[0], "timur": TIMUR.id}
    for words in _COMMANDS:
        await world.write_privately(OWNER, words.format(**named))
    await world.write_privately(MARAT, "/duty on")
    await world.write_privately(TIMUR, "Гудочкин Глеб")
    await world.post(IRINA, "/pauses", chat=field.chats["pauses"])
    await world.quiet()


async def _rush(world: World) -> None:
    """A digest, outcomes told together, and a digest that is deleted."""
    at_ease, budget = world.budget, Budget(_SHORT)
    world.budget = lambda: budget
    async with world.storage.change() as uow:
        await uow.people.set_reachable(OLYA.id, reachable=False)
    await world.restart_bot()
    digest = await _digest(world, budget)
    budget.pause(world.group, 30, world.clock())
    shown = await world.message(digest)
    for _, data in buttons_of(shown):
        if data.endswith((":allow", ":open")):
            await world.press_data(MARAT, digest, data, wait=0)
    await eventually(lambda: world.count(_DECIDED), "all of them are decided")
    await _said(world)
    await world.tg.control.delete(world.group, await _digest(world, budget))
    await world.pass_time(61)
    await _said(world)
    world.budget = at_ease
    await world.restart_bot()
    await world.quiet()


async def _digest(world: World, budget: Budget) -> int:
    """The number of a new digest of five cases."""
    await _said(world)
    budget.pause(world.group, 30, world.clock())
    before = await world.count(_WAIT)
    for _ in range(5):
        await world.ask(OLYA, await world.crm.burning())

    async def read() -> bool:
        return await world.count(_WAIT) == before + 5

    await eventually(read, "all five leads have been read")
    await _said(world)
    return await world.count("SELECT max(message_id) FROM digests")


async def _said(world: World) -> None:
    """Let time pass until all is said that a short minute has held up."""

    async def rests() -> bool:
        await world.pass_time(20)
        return not world.bot.is_busy and not await world.count(_PENDING)

    await eventually(rests, "all is said")


async def _move(world: World) -> None:
    """A group becomes a supergroup that is at work already, and another is left."""
    old = await world.new_group("Старая", members=PEOPLE, kind="group")
    await world.quiet()
    await world.bind(old)
    lead = await world.crm.burning()
    link = world.crm.link(lead)
    await world.card(await world.post(OLYA, f"{link} могу?", chat=old), chat=old)
    await world.quiet()
    new = await world.tg.control.migrate(old)
    await world.quiet()
    await world.post(TIMUR, f"{link} могу?", chat=new)
    await world.quiet()
    gone = await world.new_group("Лишняя", members=PEOPLE)
    await world.quiet()
    await world.tg.control.member(gone, world.tg.bot_id, "kicked", by=OWNER.id)
    await world.quiet()


async def _stumble(world: World) -> None:
    """The CRM is away for a while, and somebody has blocked the bot."""
    card = await world.card(await world.ask(TIMUR, await world.crm.burning()), "Можно ли")
    await world.quiet()
    await world.crm.go_down()
    await world.tg.control.block(TIMUR.id)
    await world.press(MARAT, card, "Запретить")
    await world.quiet()
    await world.crm.come_back()
    await world.tg.control.unblock(TIMUR.id)
    await world.write_privately(OWNER, "/retry 1")
    await world.pass_time(LEASES_END)
    await world.pass_time(timedelta(minutes=6).total_seconds())
    await world.quiet()


async def ask_by_hand(storage: Storage, questions: Collection[str]) -> None:
    """Ask what the day did not, of whatever there is."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    card = MessageRow(chat_id=-1, message_id=1, case_id=1, kind="notice", current=False, shown="")
    row = OutboxRow(0, None, "crm", "lead:x", "x", {}, 1, 1, 1, now, now)
    due = DeadlineRow(id=0, case_id=1, name="x", due_at=now, faults=0)
    async with storage.change() as uow:
        newest = await uow.cases.get(await uow.connection.scalar(select(func.max(cases.c.id))))
        assert newest is not None
        of_case = row._replace(case_id=newest.id)
        asks: dict[str, Callable[[], Awaitable[Any]]] = {
            "Aside.put": lambda: uow.aside.put(1, {}, "x", now=now),
            "Aside.replayed": lambda: uow.aside.replayed(1, now=now),
            "Cases.let_go": lambda: uow.cases.let_go(newest.id),
            "Cases.lock_lead": lambda: uow.cases.lock_lead("x"),
            "Cases.names_of": lambda: uow.cases.names_of(newest),
            "Cases.of_lead": lambda: uow.cases.of_lead("x", but=newest.id),
            "Chats.stayed": lambda: uow.chats.stayed(-1, now=now),
            "Chats.unbind": lambda: uow.chats.unbind(-1, 0, now=now),
            "Deadlines.put_off": lambda: uow.deadlines.put_off(due, until=now),
            "History.of": lambda: uow.history.of(newest.id),
            "Lanes.is_any_unnoted": lambda: uow.lanes.is_any_unnoted("chat:1", now=now),
            "Messages.drop_card": lambda: uow.messages.drop_card(card),
            "Messages.note": lambda: uow.messages.note(card._replace(case_id=newest.id)),
            "Outbox.call": lambda: uow.outbox.call("telegram"),
            "Outbox.dead": lambda: uow.outbox.dead(row, now=now, error="x"),
            "Outbox.drop": lambda: uow.outbox.drop(row, now=now),
            "Outbox.is_there": lambda: uow.outbox.is_there("x"),
            "Outbox.revive_lane": lambda: uow.outbox.revive_lane("chat:1", now=now),
            "Outbox.sent_before": lambda: uow.outbox.sent_before(of_case, ("set_disposition",)),
            "Outbox.sent_by": lambda: uow.outbox.sent_by(of_case, ("set_disposition",), now=now),
            "People.begin_duty": lambda: uow.people.begin_duty(("admin", "it")),
            "People.is_heard_since": lambda: uow.people.is_heard_since(1, now),
            "People.of_crm": lambda: uow.people.of_crm("x"),
            "People.take_all": lambda: uow.people.take_all(1),
            "Posts.has_posted": lambda: uow.posts.has_posted(1),
            "History.answer_given": lambda: uow.history.answer_given(newest.id, 1, "allow", 1),
        }
        for question in sorted({*questions} & {*asks}):
            # PostgreSQL hears of a call by a statement that SQLite has not.
            if question != "Outbox.call" or uow.connection.dialect.name == "postgresql":
                await asks[question]()
