"""Writes into a lead that another decision has overtaken, or that come behind it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.ours import Try
from crm_api.crmka import CrmkaCrm
from crm_api.errors import CrmNotFound
from crm_api.port import Lead, LeadBrief, LeadRef
from crm_api.server.records import Rights
from sandbox.world import LENA, MARAT, OLYA, OWNER, TIMUR
from storage import tables as t
from storage.outbox import OutboxRow
from tests.bot.locks import locks_waited_for
from tests.harness import World, eventually
from tests.harness.crm import DUPLICATE, TOO_EXPENSIVE

UNDO = "Отменить решение"


async def denied(world: World, lead: str) -> int:
    """Marat has refused; the card's number."""
    card = await world.card(await world.ask(OLYA, lead))
    await world.says(card, "Можно ли оформить?")
    await world.quiet()
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    return card


async def denied_elsewhere(world: World, lead: str) -> tuple[int, int]:
    """Lena has refused in a second chat; that chat, and the card's number there."""
    second = await world.new_group("РФ Админы 2")
    await world.bind(second)
    asked = await world.post(TIMUR, f"{world.crm.link(lead)} Могу оформить?", chat=second)
    card = await world.card(asked, chat=second)
    await world.says(card, "Можно ли оформить?", chat=second)
    await world.press(LENA, card, "Запретить", chat=second)
    await world.says(card, "в CRM записано ✔", chat=second)
    return second, card


async def all_is_done(world: World) -> None:
    left = "SELECT count(*) FROM outbox WHERE state <> 'done'"

    async def none() -> bool:
        return not await world.count(left)

    await eventually(none, "nothing is left to deliver")


async def test_retry_sets_no_status_of_a_decision_that_was_taken_back(world: World) -> None:
    world.crm.change_rights(Rights(forbidden_statuses=(DUPLICATE,)))
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "CRM не приняла статус")
    await world.press(MARAT, card, UNDO)
    await world.says(card, "Марат Демо отменил(а) своё решение")
    await world.press(LENA, card, "Разрешить")
    await world.told(OLYA, "Можно оформлять", "Лена Демо")
    await world.quiet()
    world.crm.change_rights(Rights())

    await world.reply(OWNER, card, "/retry")

    await all_is_done(world)
    assert await world.crm.status(lead) == TOO_EXPENSIVE
    assert not [text for text in await world.private(OWNER) if "вернуть не смог" in text]


async def test_a_status_that_comes_late_does_not_come_behind_its_undoing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CRM gets to the first of two tries when the second is done, and its decision undone."""
    monkeypatch.setattr("bot.writeback._MOMENT", 1)
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.fault(kind="status", status=504, body={}, method="PUT")
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "CRM не отвечает")
    await world.pass_time(3)
    await world.says(card, "в CRM записано ✔")
    await world.quiet()

    await world.press(MARAT, card, UNDO)
    await world.told(OLYA, "Решение отменено")
    await world.quiet()
    await world.crm.set_status(lead, DUPLICATE)
    await world.pass_time(4 * world.settings.crm_timeout)

    await world.crm.comment(lead, "отменено")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE


async def test_a_clock_that_was_ahead_holds_an_undoing_up_no_longer_than_any_other(
    world: World,
) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await denied(world, lead)
    async with world.storage.change() as uow:
        sent = update(t.outbox).where(t.outbox.c.kind == "set_disposition")
        ahead = world.clock() + timedelta(days=1)
        await uow.connection.execute(sent.values(sent_at=ahead))

    await world.press(MARAT, card, UNDO)
    held = "SELECT count(*) FROM outbox WHERE error LIKE 'an earlier write%'"
    await eventually(lambda: world.count(held), "it waits")
    await world.pass_time(4 * world.settings.crm_timeout)

    await all_is_done(world)
    assert await world.crm.status(lead) == TOO_EXPENSIVE


@pytest.mark.parametrize(
    ("tries", "is_found", "may_come"), [(2, True, False), (3, True, True), (2, False, True)]
)
def test_of_a_write_that_has_ended_another_try_may_be_under_way(
    tries: int, *, is_found: bool, may_come: bool
) -> None:
    """Of three tries two may have sent it, and one of these is found; or a conflict is."""
    sent_at = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    this = Try(
        OutboxRow(
            id=1, case_id=1, destination="crm", lane="lead:1", kind="set_disposition", payload={},
            priority=5, revision=1, attempts=tries, created_at=sent_at, due_at=sent_at,
            sent_at=sent_at,
        )
    )  # fmt: skip
    this.is_missing = not is_found

    assert (this.ended.sent_at is not None) is may_come


async def test_a_ticket_whose_lead_is_missing_takes_nothing_of_that_lead_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a decision in another chat writes there waits behind the ticket's look."""
    second = await world.new_group("КЦ IT Вопросы")
    await world.bind(second, flow="it")
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead), "Можно ли оформить?")
    await world.quiet()
    goes_on = asyncio.Event()

    async def in_vain(_crm: CrmkaCrm, _ref: LeadRef) -> tuple[Lead, tuple[LeadBrief, ...]]:
        await goes_on.wait()
        raise CrmNotFound("no such lead")

    monkeypatch.setattr(CrmkaCrm, "read_with_earlier", in_vain)
    asked = await world.post(TIMUR, f"{world.crm.link(lead)} CRM не сохраняет", chat=second)
    await world.card(asked, "кто возьмёт?", chat=second)
    await world.press(MARAT, card, "Разрешить")
    await world.told(OLYA, "Можно оформлять")
    goes_on.set()

    await world.crm.comment(lead, "Оформить разрешил(а)")
    await all_is_done(world)
    [written] = await world.rows("SELECT lane FROM outbox WHERE kind = 'write_comment'")
    assert written.lane == f"lead:{lead}"


async def test_an_undoing_does_not_take_away_what_a_later_decision_of_the_lead_wants(
    world: World,
) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await denied(world, lead)
    again = await world.card(await world.ask(TIMUR, lead), "Уже решено по лиду")
    await world.press(TIMUR, again, "Спросить заново")
    await world.says(again, "Можно ли оформить?")
    await world.press(LENA, again, "Запретить")
    await world.says(again, "Оформлять нельзя — Лена Демо", "в CRM записано ✔")
    await world.quiet()

    await world.press(MARAT, card, UNDO)

    await world.told(OWNER, "Стоит «дубль», до решения был «дорого»", lead)
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE


async def test_nor_what_a_decision_in_another_chat_wants(world: World) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await denied(world, lead)
    await denied_elsewhere(world, lead)
    await world.quiet()

    await world.press(MARAT, card, UNDO)

    await world.told(OWNER, "Стоит «дубль», до решения был «дорого»", lead)
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE


async def test_it_does_take_away_what_the_other_decision_has_given_up(world: World) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await denied(world, lead)
    second, other = await denied_elsewhere(world, lead)
    await world.press(LENA, other, UNDO, chat=second)
    await world.quiet()

    await world.press(MARAT, card, UNDO)

    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE


async def test_what_a_lead_is_told_by_its_number_and_by_its_key_keeps_its_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decided before the lead was read, and taken back after that."""
    # Nothing is tried again but when the test lets the time pass.
    monkeypatch.setattr("bot.writeback._MOMENT", 10)
    lead = await world.crm.burning()
    await world.crm.fault(kind="status", status=503, body={}, method="GET")
    await world.crm.fault(kind="status", status=500, body={}, method="PUT")
    number = str((await world.crm.truth(lead))["id"])
    card = await world.card(await world.ask(OLYA, number))
    await world.says(card, "CRM не отвечает")
    await world.press(MARAT, card, "Разрешить")
    await world.told(OLYA, "Можно оформлять")
    await world.pass_time(21)

    failed = "SELECT count(*) FROM outbox WHERE kind = 'write_comment' AND error <> ''"
    await eventually(lambda: world.count(failed), "the lead is read, its comment waits")
    await world.press(MARAT, card, UNDO)
    await world.told(OLYA, "Решение отменено")
    await world.quiet()
    await world.pass_time(21)

    await all_is_done(world)
    first, second = await world.crm.tagged(lead)
    assert "Оформить разрешил(а)" in first
    assert "отменено" in second


async def test_whose_lead_turns_out_to_be_decided_about_elsewhere_waits_for_that(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what both want written would go out at once, by two replicas."""
    read, goes_on = CrmkaCrm.read_with_earlier, asyncio.Event()

    async def slowly(crm: CrmkaCrm, ref: LeadRef) -> tuple[Lead, tuple[LeadBrief, ...]]:
        await goes_on.wait()
        return await read(crm, ref)

    monkeypatch.setattr(CrmkaCrm, "read_with_earlier", slowly)
    lead = await world.crm.burning()
    number = str((await world.crm.truth(lead))["id"])
    card = await world.card(await world.ask(OLYA, number))
    async with world.storage.change() as decides:
        await decides.cases.lock_lead(lead)
        goes_on.set()
        # SQLite's writers queue up anyway.
        if decides.connection.dialect.name == "postgresql":
            await eventually(lambda: locks_waited_for(world), "what was read waits")
    await world.says(card, "Можно ли оформить?")
