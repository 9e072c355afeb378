"""A fault of ours is the same the next time: what meets it ends, and an owner hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime
from typing import Any

import pytest

from bot.enqueue import Enqueue, lane_of
from bot.errors import OtherRelease
from bot.flows.records import Action, Fact
from bot.identifying import Identifying
from bot.perform import Perform
from bot.wiring import Workchats
from sandbox.world import MARAT, OLYA, OWNER
from storage.deadlines import DeadlineRow
from storage.errors import Busy, SchemaError
from storage.outbox import OutboxRow
from storage.uow import UnitOfWork
from tests.harness import World, eventually
from tests.harness.crm import DUPLICATE, TOO_EXPENSIVE
from tests.harness.world import LEASES_END

_DEAD = "SELECT kind FROM outbox WHERE state = 'dead' ORDER BY kind"


class _Forbidden(AbstractAsyncContextManager[UnitOfWork]):
    """A transaction that a rule of the schema forbids."""

    async def __aenter__(self) -> UnitOfWork:
        raise SchemaError("CheckViolationError")

    async def __aexit__(self, *_: object) -> None:
        """It never began."""


@contextmanager
def nothing_noted(workchats: Workchats) -> Iterator[None]:
    """What was said to Telegram can never be noted."""
    note = workchats.storage.note
    workchats.storage.note = _Forbidden  # type: ignore[method-assign]
    try:
        yield
    finally:
        workchats.storage.note = note  # type: ignore[method-assign]


@contextmanager
def nothing_taken_in(
    workchats: Workchats, *facts: Fact, error: type[Exception] = SchemaError
) -> Iterator[None]:
    """What the CRM answers can never be taken in; only these facts, if any are named."""
    answered = workchats.facts.answered

    async def forbidden(
        row: OutboxRow, action: Action, *, due_at: datetime | None = None, dead: bool = False
    ) -> None:
        if not facts or action.name in facts:
            raise error("UntranslatableCharacterError")
        await answered(row, action, due_at=due_at, dead=dead)

    workchats.facts.answered = forbidden  # type: ignore[method-assign]
    try:
        yield
    finally:
        workchats.facts.answered = answered  # type: ignore[method-assign]


async def leases_end(world: World) -> None:
    """Whatever keeps its lease comes again; no reminder shows the card anew yet."""
    await world.quiet()
    await world.pass_time(LEASES_END)
    await world.quiet()


async def test_what_was_said_and_can_never_be_noted_is_said_once(world: World) -> None:
    lead = await world.crm.burning()
    with nothing_noted(world.bot.parts):
        post = await world.ask(OLYA, lead)
        card = await world.card(post, "Можно ли оформить?")
        await leases_end(world)
        assert len(await world.said(reply_to=post)) == 1
        await world.told(OWNER, "Сбой бота", "SchemaError", "/retry 1")
        assert {kind for (kind,) in await world.rows(_DEAD)} == {"card", "say"}

        assert (await world.press(MARAT, card, "Разрешить")).text.startswith("Разрешено")
        await world.told(OLYA, "Можно оформлять")
        await leases_end(world)
        assert sum("Можно оформлять" in text for text in await world.private(OLYA)) == 1
        # One warning an hour will do.
        assert sum("Сбой бота" in text for text in await world.private(OWNER)) == 1
    await world.reply(OWNER, card, "/retry")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    # The owner has read the warning.
    assert await world.rows(_DEAD) == [("say",)]


async def test_an_answer_that_can_never_be_taken_in_lets_people_go_on_without(
    world: World,
) -> None:
    with nothing_taken_in(world.bot.parts, Fact.LEAD_READ):
        card = await world.card(await world.ask(OLYA, await world.crm.burning()))
        await world.says(card, "CRM не пускает бота к лиду", "владелец предупреждён")
        await world.told(OWNER, "CRM не пускает бота к лиду")
        await world.told(OWNER, "Сбой бота", "SchemaError", "/retry 1")
        await world.quiet()
        asked = await world.crm.requests("GET")
        await leases_end(world)
        assert await world.crm.requests("GET") == asked
    await world.reply(OWNER, card, "/retry")
    await world.says(card, "Можно ли оформить?")


async def test_a_write_whose_end_can_never_be_taken_in_is_written_once(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    with nothing_taken_in(world.bot.parts):
        await world.press(MARAT, card, "Разрешить")
        await world.told(OWNER, "Сбой бота", "ответ CRM", "/retry 1")
        asked = await world.crm.requests("GET")
        await leases_end(world)
        assert await world.crm.requests("GET") == asked
        assert await world.rows(_DEAD) == [("write_comment",)]
    await world.reply(OWNER, card, "/retry")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1


async def test_a_status_whose_end_can_never_be_taken_in_is_ours_when_it_is_taken_in_after_all(
    world: World,
) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    with nothing_taken_in(world.bot.parts):
        await world.press(MARAT, card, "Запретить")
        await world.told(OWNER, "Сбой бота", "ответ CRM", "/retry 1")
        await world.quiet()
        assert await world.crm.status(lead) == DUPLICATE
    await world.reply(OWNER, card, "/retry")
    await world.says(card, "в CRM записано ✔")

    await world.press(MARAT, card, "Отменить решение")

    await world.crm.comment(lead, "отменено")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE


async def test_an_answer_of_the_crm_that_the_database_takes_back_is_taken_in_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened, taken_back = Perform.happened, [3]

    async def deadlock(*given: Any) -> None:
        await happened(*given)
        if given[3].name is Fact.CRM_SAVED and taken_back[0]:
            taken_back[0] -= 1
            raise Busy("DeadlockDetectedError")

    monkeypatch.setattr(Perform, "happened", deadlock)
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Запретить")
    # No lease has to end for it: time stands still here.
    await world.says(card, "в CRM записано ✔")
    assert not taken_back[0]
    assert len(await world.crm.tagged(lead)) == 1


async def test_a_name_whose_finding_fails_is_told_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Identifying, "_outcome", breaks)
    await world.write_privately(OLYA, "/link Демонова Оля")
    await world.told(OLYA, "CRM не дала найти сотрудника")
    await world.told(OWNER, "Сбой бота", "ZeroDivisionError")
    asked = await world.crm.requests("GET")
    await leases_end(world)
    assert await world.crm.requests("GET") == asked


# --- deadlines ------------------------------------------------------------------------------------


@contextmanager
def breaking(
    workchats: Workchats, name: str, error: type[Exception] = ZeroDivisionError
) -> Iterator[list[datetime]]:
    """The first case's deadline of that name can never be dealt with. Gives when it was tried."""
    time_up = workchats.facts.time_up
    tried: list[datetime] = []

    async def breaks(deadline: DeadlineRow) -> None:
        if (deadline.case_id, deadline.name) == (1, name):
            tried.append(workchats.facts._clock())
            raise error(name)
        await time_up(deadline)

    workchats.facts.time_up = breaks  # type: ignore[method-assign]
    try:
        yield tried
    finally:
        workchats.facts.time_up = time_up  # type: ignore[method-assign]


async def for_minutes(world: World, minutes: int) -> None:
    """Time passes in small steps, as it does."""
    for _ in range(2 * minutes):
        await world.pass_time(31)


async def test_a_deadline_that_meets_a_fault_comes_more_and_more_rarely_and_an_owner_is_told_once(
    world: World,
) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    with breaking(world.bot.parts, "first_ping") as tried:
        await for_minutes(world, 11)
        told = await world.told(OWNER, "Сбой бота", "ZeroDivisionError", "/retry 1")
        [link] = [one["url"] for one in told["entities"] if one["type"] == "text_link"]
        assert link.endswith(f"/{card}")
        # Its other deadlines came as ever.
        await world.told(MARAT, "Оператор ждёт")
        # A pause is half as long as the last one and half as long again, at least.
        assert len(tried) <= 12
        await for_minutes(world, 6)
        await world.quiet()
        assert sum("Сбой бота" in text for text in await world.private(OWNER)) == 1


async def test_a_deadline_that_met_a_fault_is_dealt_with_when_that_is_mended(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    with breaking(world.bot.parts, "close") as tried:
        await for_minutes(world, 25)
        await world.told(OWNER, "Сбой бота", "ZeroDivisionError")
        assert "Можно ли оформить?" in await world.text(card)
        before = len(tried)
        await world.pass_time(301)

        async def was_tried() -> bool:
            return len(tried) > before

        await eventually(was_tried, "it is forgotten at no time")
        await world.card(
            await world.post(OWNER, "/aside"), "карточки: 1. Попробовать сразу: /retry 1"
        )
    await world.pass_time(301)
    await world.says(card, "Без ответа, оформлять нельзя")
    await world.card(await world.post(OWNER, "/aside"), "Отложенных обновлений нет")


async def test_an_owner_may_have_a_deadline_that_met_a_fault_tried_at_once(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    with breaking(world.bot.parts, "close") as tried:
        await for_minutes(world, 25)
        before = len(tried)
    await world.card(await world.reply(OWNER, card, "/retry"), "Повторяю: 1 запись")
    await world.bot.look_around()
    await world.says(card, "Без ответа, оформлять нельзя")
    assert len(tried) == before


async def test_what_cannot_even_be_put_off_holds_up_no_other_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object, **_more: object) -> None:
        raise ZeroDivisionError

    leads = [await world.crm.burning() for _ in range(2)]
    first, second = [await world.card(await world.ask(OLYA, lead)) for lead in leads]
    await world.quiet()
    monkeypatch.setattr(Enqueue, "tell_owners", breaks)
    with breaking(world.bot.parts, "first_ping"):
        await world.pass_time(61)
        await world.told(MARAT, "Ждут решения: 2", *leads)
        await world.says(second, "⏰")
        await world.quiet()
        assert "⏰" not in await world.text(first)


async def test_what_cannot_be_tidied_is_told_to_an_owner_once_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(depth: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.bot.parts.metrics, "outbox", broken)
    for _ in range(3):
        await world.bot.parts.tidying.tidy()
    await world.told(OWNER, "Сбой бота (ZeroDivisionError)", "посчитать, что ждёт отправки")
    await world.quiet()
    assert sum("Сбой бота" in text for text in await world.private(OWNER)) == 1


async def test_a_deadline_of_a_case_that_only_the_next_release_knows_is_left_to_that(
    world: World,
) -> None:
    await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    with breaking(world.bot.parts, "first_ping", OtherRelease) as tried:
        await for_minutes(world, 9)
        await world.quiet()
        assert await world.private(OWNER) == []
        # That one may take it at any time.
        assert len(tried) >= 9
        await for_minutes(world, 4)
        await world.told(OWNER, "Сбой бота", "OtherRelease")


# --- two releases at work -------------------------------------------------------------------------

_LEFT = "SELECT state, attempts FROM outbox WHERE kind = 'of_the_next_release'"


async def of_the_next_release(world: World, destination: str) -> None:
    """A row that a replica of the next release has inserted, and that is due."""
    async with world.storage.change() as uow:
        await uow.outbox.add(
            now=world.clock(),
            destination=destination,
            lane=lane_of(world.group) if destination == "telegram" else "lead:1",
            kind="of_the_next_release",
            payload={},
        )


async def was_tried(world: World, times: int) -> None:
    async def tried() -> bool:
        [(_, attempts)] = await world.rows(_LEFT)
        return bool(attempts >= times)

    await eventually(tried, f"it is tried {times} times")
    await world.quiet()


@pytest.mark.parametrize("destination", ["crm", "telegram"])
async def test_a_row_that_only_the_next_release_knows_is_left_to_it(
    world: World, destination: str
) -> None:
    await of_the_next_release(world, destination)
    await was_tried(world, 1)
    await world.pass_time(2)
    await was_tried(world, 2)
    assert await world.rows(_LEFT) == [("pending", 2)]
    assert await world.private(OWNER) == []


async def test_a_status_whose_case_only_the_next_release_knows_is_ours_to_that_too(
    world: World,
) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    left = "SELECT count(*) FROM outbox WHERE kind = 'set_disposition' AND error <> ''"
    with nothing_taken_in(world.bot.parts, Fact.CRM_SAVED, error=OtherRelease):
        await world.press(MARAT, card, "Запретить")
        await eventually(lambda: world.count(left), "it is left to that")
        assert await world.crm.status(lead) == DUPLICATE
    await world.pass_time(5)
    await world.says(card, "в CRM записано ✔")

    await world.press(MARAT, card, "Отменить решение")

    await world.crm.comment(lead, "отменено")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE


@pytest.mark.parametrize("what", ["of_the_next_release", "people.of_the_next_release"])
async def test_words_that_only_the_next_release_knows_are_left_to_it(
    world: World, what: str
) -> None:
    await world.bot.parts.saying.say(OLYA.id, what)

    async def tried() -> list[tuple[object, ...]]:
        return await world.rows("SELECT state FROM outbox WHERE kind = 'say' AND attempts > 0")

    await eventually(tried, "it is tried")
    await world.quiet()
    assert await tried() == [("pending",)]


async def test_a_row_that_no_release_takes_ends_and_the_owner_hears_of_it(world: World) -> None:
    await of_the_next_release(world, "crm")
    for times in range(1, 11):
        await was_tried(world, times)
        await world.pass_time(301)
    await world.told(OWNER, "Сбой бота", "OtherRelease")
    assert await world.rows(_LEFT) == [("dead", 10)]


async def test_a_case_in_a_state_that_only_the_next_release_knows_is_shown_by_that(
    world: World,
) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    async with world.storage.change() as uow:
        case = await uow.cases.get(1)
        assert case is not None
        case = await uow.cases.save(case, state="of_the_next_release")
        now = world.clock()
        await uow.outbox.want_again(
            now=now, lane=lane_of(world.group), priority=3, due_at=now, case_id=1
        )
    left = "SELECT state, error FROM outbox WHERE kind = 'card'"

    async def is_left() -> bool:
        [(state, error)] = await world.rows(left)
        return state == "pending" and "of_the_next_release" in error

    await eventually(is_left, "the card is left to it")
    async with world.storage.change() as uow:
        await uow.cases.save(case, state="waiting", data=case.data | {"pings": 1})
    await world.pass_time(2)

    async def is_shown() -> bool:
        return bool((await world.rows(left))[0][0] == "done")

    await eventually(is_shown, "the card is shown")
    assert "Можно ли оформить?" in await world.text(card)
    assert await world.private(OWNER) == []
