"""Deadlines: shared among workers, set anew, put off where they cannot be dealt with."""

from __future__ import annotations

import asyncio
from collections import Counter

from storage.deadlines import DeadlineRow
from storage.uow import Storage
from tests.storage.conftest import LEASE, NOW, SECOND, a_case


async def test_two_workers_share_the_deadlines_and_take_none_twice(storage: Storage) -> None:
    count = 60
    async with storage.change() as uow:
        for _ in range(count):
            case = await a_case(uow)
            await uow.deadlines.set(case.id, {"close": NOW})

    async def work() -> list[DeadlineRow]:
        mine: list[DeadlineRow] = []
        for _ in range(6):
            async with storage.change() as uow:
                mine += await uow.deadlines.lease(now=NOW, lease=LEASE, limit=5)
        return mine

    found = await asyncio.gather(work(), work(), work())
    times = Counter(row.id for rows in found for row in rows)
    assert len(times) == count
    assert set(times.values()) == {1}


async def test_a_deadline_whose_worker_died_comes_again_and_is_finished_once(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await uow.deadlines.set(case.id, {"close": NOW})
        [first] = await uow.deadlines.lease(now=NOW, lease=LEASE, limit=5)
        assert await uow.deadlines.lease(now=NOW, lease=LEASE, limit=5) == []
    async with storage.change() as uow:
        [again] = await uow.deadlines.lease(now=NOW + LEASE, lease=LEASE, limit=5)
        assert again == first
        assert await uow.deadlines.finish(again.id)
        assert not await uow.deadlines.finish(first.id)


async def test_a_deadline_set_anew_replaces_the_earlier(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await uow.deadlines.set(case.id, {"close": NOW})
        await uow.deadlines.set(case.id, {"ping": NOW})
        await uow.deadlines.set(case.id, {"close": NOW + SECOND})
        due = await uow.deadlines.lease(now=NOW + SECOND, lease=LEASE, limit=5)
        assert [(row.name, row.due_at) for row in due] == [("ping", NOW), ("close", NOW + SECOND)]
        for row in due:
            assert await uow.deadlines.any_due(NOW + 2 * LEASE)
            await uow.deadlines.drop(case.id, row.name)
        assert not await uow.deadlines.any_due(NOW + 2 * LEASE)


async def test_a_deadline_that_cannot_be_dealt_with_is_put_off_once_whoever_else_tries_it(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await uow.deadlines.set(case.id, {"close": NOW})
        [first] = await uow.deadlines.lease(now=NOW, lease=LEASE, limit=5)
    async with storage.change() as uow:
        [second] = await uow.deadlines.lease(now=NOW + LEASE, lease=LEASE, limit=5)
    later = NOW + 4 * LEASE
    async with storage.change() as uow:
        assert await uow.deadlines.put_off(second, until=later)
        # Whoever slept over his lease meets the same fault: that is no other.
        assert not await uow.deadlines.put_off(first, until=NOW)
        assert await uow.deadlines.put_off_cases() == [case.id]
        assert not await uow.deadlines.any_due(later - SECOND)
    async with storage.change() as uow:
        assert await uow.deadlines.any_due(later)
        [again] = await uow.deadlines.lease(now=later, lease=LEASE, limit=5)
        assert (again.id, again.due_at, again.faults) == (first.id, NOW, 1)
        assert await uow.deadlines.finish(again.id)
        assert not await uow.deadlines.put_off(again, until=later)
        assert await uow.deadlines.put_off_cases() == []
