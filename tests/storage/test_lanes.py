"""Lanes: what goes next, who has it, and what becomes of it as a lane moves or a clock is set."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from storage.cases import CaseRow
from storage.outbox import OutboxRow
from storage.uow import Storage
from tests.storage.conftest import LEASE, NOW, SECOND, a_case, a_row, kinds, leased


async def test_one_row_of_each_lane_goes_at_a_time(storage: Storage) -> None:
    async with storage.change() as uow:
        for kind, lane in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            await a_row(uow, kind=kind, lane=lane)
    first = await leased(storage)
    assert kinds(first) == ["a1", "b1"]
    assert await leased(storage) == []
    async with storage.change() as uow:
        assert await uow.outbox.done(first[0], now=NOW)
    assert kinds(await leased(storage)) == ["a2"]


async def test_the_more_urgent_goes_first_to_telegram(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, kind="nicer look", priority=5)
        await a_row(uow, kind="decision", priority=1)
        await a_row(uow, kind="urgent, but later", priority=0, due_at=NOW + SECOND)
    assert kinds(await leased(storage)) == ["decision"]


async def test_a_leads_writes_keep_their_order_whatever_their_priority(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, destination="crm", lane="lead:1", kind="first", priority=9)
        await a_row(uow, destination="crm", lane="lead:1", kind="second", priority=1)
        await a_row(uow, destination="crm", lane="lead:2", kind="other lead")
    rows = await leased(storage, "crm")
    assert sorted(kinds(rows)) == ["first", "other lead"]
    async with storage.change() as uow:
        for row in rows:
            await uow.outbox.later(row, due_at=NOW + 60 * SECOND, error="down")
    assert await leased(storage, "crm", at=NOW + 30 * SECOND) == []
    assert "first" in kinds(await leased(storage, "crm", at=NOW + 60 * SECOND))


async def test_a_row_of_one_destination_is_not_anothers(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, destination="crm")
    assert await leased(storage, "telegram") == []


async def test_a_row_that_is_due_later_waits(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, due_at=NOW + SECOND)
    assert await leased(storage) == []
    async with storage.look() as uow:
        assert await uow.lanes.next_due("telegram", now=NOW) == (False, NOW + SECOND)
        assert await uow.lanes.next_due("telegram", now=NOW + SECOND) == (True, None)
    assert len(await leased(storage, at=NOW + SECOND)) == 1


async def test_a_lease_keeps_others_off_until_it_runs_out(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow)
    [row] = await leased(storage)
    assert row.attempts == 1
    assert await leased(storage, at=NOW + LEASE - SECOND) == []
    [again] = await leased(storage, at=NOW + LEASE)
    assert (again.id, again.attempts) == (row.id, 2)


async def test_a_process_that_starts_takes_its_own_rows_up_at_once(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, lane="a", kind="mine")
    await leased(storage, by="one")
    async with storage.change() as uow:
        await a_row(uow, lane="b", kind="his")
    await leased(storage, by="two")
    async with storage.change() as uow:
        assert await uow.lanes.release("one", now=NOW) == [("telegram", "a")]
    assert kinds(await leased(storage)) == ["mine"]


async def test_who_died_with_a_row_may_have_sent_it_until_another_takes_it_up(
    storage: Storage,
) -> None:
    """Or he lives, by a clock that is minutes behind: to others his lease is over as it begins."""
    async with storage.change() as uow:
        await a_row(uow)
    [row] = await leased(storage, at=NOW)
    assert row.sent_at is None
    [again] = await leased(storage, at=NOW + 4 * LEASE)
    assert again.sent_at == NOW + 4 * LEASE


async def test_who_starts_again_may_have_sent_what_he_had_until_he_died(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow)
    await leased(storage, by="one")
    async with storage.change() as uow:
        await uow.lanes.release("one", now=NOW + SECOND)
    [again] = await leased(storage, at=NOW + SECOND)
    assert again.sent_at == NOW + SECOND


async def test_what_was_delivered_lately_counts_also_when_it_is_wanted_again(
    storage: Storage,
) -> None:
    minute = timedelta(minutes=1)
    async with storage.change() as uow:
        case = await a_case(uow, opened_at=NOW)
        old = await a_case(uow, message_id=6, opened_at=NOW - minute)

    async def wanted(case: CaseRow, at: datetime) -> None:
        async with storage.change() as uow:
            await uow.outbox.want_again(
                now=at, lane=f"chat:{case.id}", priority=1, due_at=at, case_id=case.id
            )

    async def sent(at: datetime) -> None:
        for row in await leased(storage, at=at):
            async with storage.change() as uow:
                await uow.outbox.done(row, now=at)

    for number, one in enumerate((case, case, old, case)):
        await wanted(one, NOW + number * SECOND)
        if number < 3:
            await sent(NOW + number * SECOND)
    async with storage.look() as uow:
        said = await uow.lanes.delivered("telegram", since=NOW - SECOND)
    young, aged = f"chat:{case.id}", f"chat:{old.id}"
    assert said == [(young, NOW), (young, NOW + SECOND), (aged, NOW + 2 * SECOND)]


async def test_closed_lanes_are_passed_over(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, lane="chat:1", kind="closed")
        await a_row(uow, lane="chat:2", kind="open")
    assert kinds(await leased(storage, without=["chat:1"])) == ["open"]


async def test_two_workers_never_get_the_same_row(storage: Storage) -> None:
    lanes = 40
    async with storage.change() as uow:
        for lane in range(lanes):
            await a_row(uow, lane=f"chat:{lane}")

    async def work() -> list[OutboxRow]:
        mine: list[OutboxRow] = []
        for _ in range(8):
            async with storage.change() as uow:
                mine += await uow.lanes.lease("telegram", now=NOW, lease=LEASE, limit=3)
        return mine

    found = await asyncio.gather(*(work() for _ in range(5)))
    times = Counter(row.id for rows in found for row in rows)
    assert len(times) == lanes
    assert set(times.values()) == {1}


async def test_a_lanes_rows_go_on_in_another(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, lane="chat:-5")
        await uow.lanes.move("chat:-5", "chat:-1005")
    [row] = await leased(storage)
    assert row.lane == "chat:-1005"


async def test_a_row_on_its_way_stays_its_deliverers_when_its_lane_moves(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, lane="chat:-5", kind="on its way")
        await a_row(uow, lane="chat:-5", kind="next")
    [row] = await leased(storage)
    async with storage.change() as uow:
        await uow.lanes.move("chat:-5", "chat:-1005")
    assert await leased(storage, at=NOW + SECOND) == []
    async with storage.change() as uow:
        assert await uow.outbox.done(row, now=NOW + SECOND)
    [after] = await leased(storage, at=NOW + SECOND)
    assert (after.kind, after.lane) == ("next", "chat:-1005")


async def test_what_comes_along_on_its_way_is_not_told_together_with_others(
    storage: Storage,
) -> None:
    """The supergroup was at work before the move was heard of."""
    for lane in ("chat:-5", "chat:-5", "chat:-1005"):
        async with storage.change() as uow:
            await a_row(uow, lane=lane, kind="tell")
    came, own = sorted(await leased(storage), key=lambda row: row.lane, reverse=True)
    async with storage.change() as uow:
        await uow.lanes.move("chat:-5", "chat:-1005")
    async with storage.look() as uow:
        found = await uow.lanes.tellings(own, now=NOW, limit=10)
    assert [row.id for row in found] == [came.id + 1, own.id]


async def test_a_card_that_comes_along_on_its_way_is_in_no_digest(storage: Storage) -> None:
    for lead, lane in (("1", "chat:-5"), ("2", "chat:-5"), ("3", "chat:-1005")):
        async with storage.change() as uow:
            case = await a_case(uow, lead=lead)
            await a_row(uow, lane=lane, kind="card", case_id=case.id)
    came, own = sorted(await leased(storage), key=lambda row: row.lane, reverse=True)
    async with storage.change() as uow:
        await uow.lanes.move("chat:-5", "chat:-1005")
    async with storage.look() as uow:
        found = await uow.lanes.first_cards(own, now=NOW, limit=10)
    assert [row.id for row in found] == [came.id + 1, own.id]


async def test_a_row_whose_deliverer_dies_as_its_lane_moves_goes_on_there(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, lane="chat:-5")
    [row] = await leased(storage)
    async with storage.change() as uow:
        await uow.lanes.move("chat:-5", "chat:-1005")
    [again] = await leased(storage, at=NOW + LEASE)
    assert (again.id, again.lane) == (row.id, "chat:-1005")


_HOUR = 3600 * SECOND


async def test_what_was_due_before_the_clock_was_put_back_is_due_now(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, kind="due", lane="a", due_at=NOW)
        await a_row(uow, kind="of another", destination="crm", lane="b", due_at=NOW)
        await uow.lanes.clock_was_ahead(
            "telegram", now=NOW - _HOUR, beyond=timedelta(), lease=LEASE
        )
    assert kinds(await leased(storage, at=NOW - _HOUR)) == ["due"]
    assert await leased(storage, "crm", at=NOW - _HOUR) == []


async def test_what_is_on_its_way_as_the_clock_is_put_back_waits_for_one_lease(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        await a_row(uow)
    await leased(storage)
    async with storage.change() as uow:
        await uow.lanes.clock_was_ahead(now=NOW - _HOUR, beyond=timedelta(), lease=LEASE)
    assert await leased(storage, at=NOW - _HOUR + LEASE - SECOND) == []
    assert len(await leased(storage, at=NOW - _HOUR + LEASE)) == 1


async def test_what_another_has_under_way_stays_its_own_where_our_clock_is_put_back(
    storage: Storage,
) -> None:
    """It may be ours that is wrong now: to a third replica the other one's lease would be over."""
    async with storage.change() as uow:
        for lane in ("a", "b"):
            await a_row(uow, lane=lane, kind=lane)
    [ours] = await leased(storage, by="us", without=["b"])
    [its] = await leased(storage, by="another")
    async with storage.change() as uow:
        await uow.lanes.clock_was_ahead(
            now=NOW - _HOUR, beyond=timedelta(), lease=LEASE, leased_by="us"
        )
    assert (ours.kind, its.kind) == ("a", "b")
    assert kinds(await leased(storage, at=NOW)) == ["a"]
    assert sorted(kinds(await leased(storage, at=NOW + LEASE))) == ["a", "b"]


async def test_what_waits_no_longer_than_it_may_keeps_its_time(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, due_at=NOW + 300 * SECOND)
        await uow.lanes.clock_was_ahead(now=NOW, beyond=600 * SECOND, lease=LEASE)
    assert await leased(storage, at=NOW + 299 * SECOND) == []
    assert len(await leased(storage, at=NOW + 300 * SECOND)) == 1


async def _depth(storage: Storage, now: datetime) -> dict[str, list[Any]]:
    async with storage.look() as uow:
        return {destination: rest for destination, *rest in await uow.lanes.depth(now=now)}


async def test_depth_counts_what_waits(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, now=NOW - SECOND)
        await a_row(uow)
        await a_row(uow, destination="crm")
    assert await _depth(storage, NOW) == {"telegram": [2, NOW - SECOND], "crm": [1, NOW]}


async def test_what_is_due_later_has_not_waited_yet(storage: Storage) -> None:
    hour = 3600 * SECOND
    async with storage.change() as uow:
        await a_row(uow, due_at=NOW + hour)
    assert await _depth(storage, NOW + hour - SECOND) == {"telegram": [1, None]}
    assert await _depth(storage, NOW + hour + SECOND) == {"telegram": [1, NOW + hour]}


@pytest.mark.parametrize("by", ["/retry", "its group"])
async def test_what_is_revived_has_been_due_since_then(storage: Storage, by: str) -> None:
    hour = 3600 * SECOND
    async with storage.change() as uow:
        case = await a_case(uow)
        await a_row(uow, case_id=case.id)
    [row] = await leased(storage)
    async with storage.change() as uow:
        await uow.outbox.dead(row, now=NOW + SECOND, error="refused")
    async with storage.change() as uow:
        if by == "/retry":
            await uow.outbox.revive(case.id, now=NOW + hour)
        else:
            await uow.outbox.revive_lane("chat:1", now=NOW + hour)
    assert await _depth(storage, NOW + hour + SECOND) == {"telegram": [1, NOW + hour]}


async def test_a_hurried_row_that_was_tried_in_vain_has_been_due_all_the_time(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await a_row(uow, destination="crm", case_id=case.id)
    [row] = await leased(storage, "crm")
    async with storage.change() as uow:
        await uow.outbox.later(row, due_at=NOW + 300 * SECOND, error="no answer")
    async with storage.change() as uow:
        await uow.outbox.revive(case.id, now=NOW + 60 * SECOND)
    assert await _depth(storage, NOW + 61 * SECOND) == {"crm": [1, NOW]}


async def test_what_was_tried_in_vain_has_been_due_all_the_time(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, destination="crm")
    for minute in range(0, 15, 5):
        now = NOW + minute * 60 * SECOND
        [row] = await leased(storage, "crm", at=now)
        async with storage.change() as uow:
            await uow.outbox.later(row, due_at=now + 300 * SECOND, error="no answer")
        assert await _depth(storage, now + SECOND) == {"crm": [1, NOW]}
