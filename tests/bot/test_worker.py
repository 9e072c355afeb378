"""The worker goes on by itself: nothing here waits for its next look at the clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.bell import Bell
from storage.db import Database
from storage.messages import MessageRow
from storage.uow import Storage
from tests.bot.working import Clock, working
from tests.storage.conftest import LEASE, NOW, a_case, a_row


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def storage(database: Database, bell: Bell) -> Storage:
    return Storage(database, committed=bell.ring)


async def test_what_waited_before_the_start_goes_lane_by_lane(storage: Storage, bell: Bell) -> None:
    async with storage.change() as uow:
        for kind, lane in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b")):
            await a_row(uow, kind=kind, lane=lane)
    async with working(storage, bell) as peer:
        assert {await peer.comes(), await peer.comes()} == {"a1", "b1"}
        peer.answer("a")
        assert [await peer.comes(), await peer.comes()] == ["a2", "a3"]


async def test_what_comes_while_its_lane_is_busy_goes_when_it_is_free(
    storage: Storage, bell: Bell
) -> None:
    async with working(storage, bell) as peer:
        for kind, lane in (("a1", "a"), ("b1", "b"), ("a2", "a")):
            async with storage.change() as uow:
                await a_row(uow, kind=kind, lane=lane)
        assert {await peer.comes(), await peer.comes()} == {"a1", "b1"}
        # Another lane is free first: that is no reason to forget the one that is waited for.
        peer.answer("b")
        async with storage.change() as uow:
            await a_row(uow, kind="b2", lane="b")
        assert await peer.comes() == "b2"
        peer.answer("a")
        assert await peer.comes() == "a2"


async def test_a_card_that_is_wanted_again_on_its_way_goes_once_more(
    storage: Storage, bell: Bell
) -> None:
    async def want(lane: str, digest: int) -> None:
        async with storage.change() as uow:
            await uow.outbox.want_again(now=NOW, lane=lane, priority=3, due_at=NOW, digest=digest)

    async with working(storage, bell) as peer:
        await want("a", 1)
        await want("b", 2)
        assert [await peer.comes(), await peer.comes()] == ["digest", "digest"]
        await want("a", 1)
        peer.answer("b")
        async with storage.change() as uow:
            await a_row(uow, kind="b", lane="b")
        assert await peer.comes() == "b"
        peer.answer("a")
        assert await peer.comes() == "digest"


async def test_what_was_due_goes_though_the_clock_is_put_back_by_an_hour(
    storage: Storage, bell: Bell
) -> None:
    clock = Clock()
    async with working(storage, bell, clock=clock) as peer:
        for kind in ("on its way", "waits behind"):
            async with storage.change() as uow:
                await a_row(uow, kind=kind, lane="a")
        assert await peer.comes() == "on its way"
        clock.next = NOW - timedelta(hours=1)
        peer.answer("a")
        assert await peer.comes() == "waits behind"


async def test_a_clock_that_is_put_back_ends_no_lease_of_another_replica(
    storage: Storage, bell: Bell
) -> None:
    clock = Clock()
    async with working(storage, bell, clock=clock) as peer:
        async with storage.change() as uow:
            await a_row(uow, kind="of another", lane="b", due_at=NOW + timedelta(seconds=1))
        async with storage.change() as uow:
            [its] = await uow.lanes.lease(
                "telegram", now=NOW + timedelta(seconds=1), lease=LEASE, limit=1, by="another"
            )
        clock.next = NOW - timedelta(hours=1)
        async with storage.change() as uow:
            await a_row(uow, kind="ours", lane="a", due_at=NOW + timedelta(seconds=1))
        assert await peer.comes() == "ours"
        # A third one, whose clock is right.
        async with storage.change() as uow:
            taken = await uow.lanes.lease("telegram", now=NOW + LEASE, lease=LEASE, limit=10)
    # (What we have ourselves is over for it as well: that is what a wrong clock costs.)
    assert its.kind not in [row.kind for row in taken]


async def test_more_lanes_than_hands_are_all_served(storage: Storage, bell: Bell) -> None:
    lanes = ["a", "b", "c", "d", "e"]
    async with working(storage, bell, at_once=2) as peer:
        for lane in lanes:
            async with storage.change() as uow:
                await a_row(uow, kind=lane, lane=lane)
        came = [await peer.comes(), await peer.comes()]
        for lane in lanes:
            peer.answer(lane)
        came += [await peer.comes() for _ in lanes[2:]]
    assert sorted(came) == lanes


async def test_a_row_brings_its_case_along_only_with_a_card_that_was_seen(
    storage: Storage, bell: Bell
) -> None:
    """One that was not there may be noted by the time the row goes out: it is looked for again."""
    async with storage.change() as uow:
        case = await a_case(uow)
    card = MessageRow(
        chat_id=-1, message_id=9, case_id=case.id, kind="card", current=True, shown=""
    )
    async with working(storage, bell) as peer:
        for lane, noted in (("a", False), ("b", True)):
            peer.answer(lane)
            async with storage.change() as uow:
                if noted:
                    await uow.messages.note(card)
                assert await uow.cases.locked(case.id) is not None
                await uow.outbox.want_again(
                    now=NOW, lane=lane, priority=3, due_at=NOW, case_id=case.id
                )
            row = await asyncio.wait_for(peer.came.get(), 5)
            assert (row.seen is not None) is noted
            await asyncio.wait_for(none_is_left(storage), 5)


async def none_is_left(storage: Storage) -> None:
    """All rows are done."""
    while True:
        async with storage.look() as uow:
            if not await uow.lanes.depth(now=NOW):
                return
        await asyncio.sleep(0)
