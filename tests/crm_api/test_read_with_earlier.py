"""A lead and its earlier orders are asked for side by side: an operator waits for both."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from crm_api.crmka import CrmkaCrm
from crm_api.errors import CrmError, CrmNotFound, CrmRejected, CrmTemporary
from crm_api.port import Lead, LeadBrief, LeadRef
from crm_api.tokens import MemoryTokens
from tests.crm_api.held_crm import (
    DOUBLES,
    EARLIER,
    KEY,
    LEAD,
    LIST,
    LOGIN,
    NUMBER,
    HeldCrm,
    held_crm,
)

BY_KEY, BY_NUMBER = LeadRef(text=KEY), LeadRef(text=str(NUMBER))
Reading = asyncio.Task[tuple[Lead, tuple[LeadBrief, ...]]]
#: What the lead's record may be answered with, and the error that this is.
BAD_LEADS: dict[int, type[CrmError]] = {404: CrmNotFound, 403: CrmRejected, 500: CrmTemporary}


@pytest.fixture
async def unheard() -> AsyncIterator[list[dict[str, Any]]]:
    """What the loop complains of, as of a task whose error nobody has asked for: nothing."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
    yield complaints
    gc.collect()
    assert complaints == []


@pytest.fixture
async def world(unheard: list[dict[str, Any]]) -> AsyncIterator[tuple[HeldCrm, CrmkaCrm]]:
    """The CRM and its adapter, which is logged in; afterwards nothing is left under way."""
    assert unheard == []
    async with held_crm() as (held, crm):
        await crm.read_lead(BY_KEY)
        held.asked.clear()
        yield held, crm
        assert left() == []


def left() -> list[asyncio.Task[Any]]:
    """What the adapter still does by itself, beside whoever called it."""
    return [
        task
        for task in asyncio.all_tasks()
        if "CrmkaCrm" in getattr(task.get_coro(), "__qualname__", "")
    ]


async def has_come() -> None:
    """Wait until the adapter has taken in whatever was answered to it beside the lead."""
    await asyncio.wait(left(), timeout=5)


def reading(crm: CrmkaCrm, ref: LeadRef = BY_KEY) -> Reading:
    async def read() -> tuple[Lead, tuple[LeadBrief, ...]]:
        async with asyncio.timeout(5):
            return await crm.read_with_earlier(ref)

    return asyncio.create_task(read())


@pytest.mark.parametrize("ref", [BY_KEY, BY_NUMBER], ids=["by its key", "by its number"])
async def test_the_earlier_orders_do_not_wait_for_the_lead(
    world: tuple[HeldCrm, CrmkaCrm], ref: LeadRef
) -> None:
    held, crm = world
    held.hold(LEAD, DOUBLES)
    task = reading(crm, ref)
    await held.are_under_way(LEAD, DOUBLES)
    held.let(DOUBLES)
    await has_come()
    held.let(LEAD)
    lead, (order,) = await task
    assert (lead.id, order.id, order.total) == (KEY, EARLIER, Decimal(10))


async def test_the_list_does_not_wait_for_the_lead_either(
    world: tuple[HeldCrm, CrmkaCrm],
) -> None:
    held, crm = world
    held.hold(LEAD, LIST)
    task = reading(crm)
    await held.are_under_way(LEAD, LIST)
    held.let(LEAD, LIST)
    lead, (order,) = await task
    assert (lead.id, order.id) == (KEY, EARLIER)
    assert sorted(held.asked) == sorted([LEAD, DOUBLES, LIST])


@pytest.mark.parametrize("first", [LEAD, DOUBLES])
@pytest.mark.parametrize("doubles", [200, 403, 404, 500])
@pytest.mark.parametrize("status", BAD_LEADS)
async def test_what_is_wrong_with_the_lead_is_said_whatever_is_wrong_with_the_other(
    world: tuple[HeldCrm, CrmkaCrm], status: int, doubles: int, first: str
) -> None:
    held, crm = world
    held.reply(LEAD, status)
    held.reply(DOUBLES, doubles, [])
    held.hold(LEAD, DOUBLES)
    task = reading(crm)
    await held.are_under_way(LEAD, DOUBLES)
    held.let(first)
    if first == DOUBLES:
        await has_come()
        held.let(LEAD)
    with pytest.raises(BAD_LEADS[status]) as caught:
        await task
    assert caught.value.say.startswith("GET /api/v2/orders/{key}: ")
    await held.are_under_way()


@pytest.mark.parametrize(
    ("doubles", "error"), [(403, CrmRejected), (404, CrmTemporary), (500, CrmTemporary)]
)
@pytest.mark.parametrize("first", [LEAD, DOUBLES])
async def test_a_lead_that_is_there_is_not_missing_when_its_earlier_orders_are(
    world: tuple[HeldCrm, CrmkaCrm], doubles: int, error: type[CrmError], first: str
) -> None:
    held, crm = world
    held.reply(DOUBLES, doubles)
    held.hold(LEAD, DOUBLES)
    task = reading(crm)
    await held.are_under_way(LEAD, DOUBLES)
    held.let(first)
    if first == DOUBLES:
        await has_come()
        held.let(LEAD)
    else:
        await held.are_under_way(DOUBLES)
        held.let(DOUBLES)
    with pytest.raises(error, match=f"order_doubles/{{key}}: {doubles}"):
        await task


async def test_a_crm_that_is_busy_with_the_earlier_orders_says_how_long_to_wait(
    world: tuple[HeldCrm, CrmkaCrm],
) -> None:
    held, crm = world
    held.reply(DOUBLES, 429, Retry_After="7")
    with pytest.raises(CrmTemporary) as caught:
        await reading(crm)
    assert caught.value.retry_after == 7


async def test_a_reading_that_is_cancelled_leaves_nothing_under_way(
    world: tuple[HeldCrm, CrmkaCrm],
) -> None:
    held, crm = world
    held.hold(LEAD, DOUBLES)
    task = reading(crm)
    await held.are_under_way(LEAD, DOUBLES)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left() == []
    await held.are_under_way()


@pytest.mark.parametrize("what", [LEAD, DOUBLES])
async def test_a_reading_whose_time_is_up_leaves_nothing_under_way(
    world: tuple[HeldCrm, CrmkaCrm], what: str
) -> None:
    held, crm = world
    held.hold(what)

    async def read(limit: asyncio.Timeout) -> None:
        async with limit:
            await crm.read_with_earlier(BY_KEY)

    limit = asyncio.timeout(None)
    task = asyncio.create_task(read(limit))
    await held.are_under_way(what)
    limit.reschedule(asyncio.get_running_loop().time())
    with pytest.raises(TimeoutError):
        await task
    assert left() == []
    await held.are_under_way()


class FarTokens(MemoryTokens):
    """Its lock is not let go of at once: a database is asked to."""

    @asynccontextmanager
    async def lock(self, account: str) -> AsyncIterator[None]:
        """Held by one task at a time."""
        async with super().lock(account):
            try:
                yield
            finally:
                for _ in range(5):
                    await asyncio.sleep(0)


async def test_a_login_that_is_cancelled_has_let_go_of_its_lock_when_the_reading_ends() -> None:
    async with held_crm(FarTokens()) as (held, crm):
        await crm.read_lead(BY_KEY)
        held.hold(LEAD, DOUBLES, LOGIN)
        task = reading(crm)
        await held.are_under_way(LEAD, DOUBLES)
        held.log_in_elsewhere()
        held.let(DOUBLES)
        await held.are_under_way(LEAD, LOGIN)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert left() == []


async def test_two_that_meet_a_dead_token_side_by_side_log_in_once(
    world: tuple[HeldCrm, CrmkaCrm],
) -> None:
    held, crm = world
    held.hold(LEAD, DOUBLES)
    task = reading(crm)
    await held.are_under_way(LEAD, DOUBLES)
    held.log_in_elsewhere()
    held.let(LEAD, DOUBLES)
    lead, (order,) = await task
    assert (lead.id, order.id) == (KEY, EARLIER)
    assert [held.asked.count(what) for what in (LEAD, DOUBLES, LOGIN)] == [2, 2, 1]


async def test_two_that_have_no_token_yet_log_in_once() -> None:
    async with held_crm() as (held, crm):
        await crm.read_with_earlier(BY_KEY)
    assert held.asked.count(LOGIN) == 1
