"""The outbox: what is wanted, once or again, and how a row ends."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from storage.outbox import Outbox, OutboxRow
from storage.uow import Storage
from tests.storage.conftest import LEASE, NOW, SECOND, a_case, a_row, kinds, leased


async def test_what_was_put_off_keeps_when_it_may_have_been_sent(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow)
    for sent_at in (None, NOW - SECOND):
        [row] = await leased(storage)
        async with storage.change() as uow:
            await uow.outbox.later(row._replace(sent_at=sent_at), due_at=NOW)
        [again] = await leased(storage)
        assert again.sent_at == sent_at
        async with storage.change() as uow:
            await uow.outbox.later(again, due_at=NOW)


async def test_wants_of_a_card_coalesce_and_the_more_urgent_holds(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        for priority in (3, 1, 5):
            await uow.outbox.want_again(
                now=NOW, case_id=case.id, lane="chat:-1", priority=priority, due_at=NOW
            )
    [row] = await leased(storage)
    assert (row.kind, row.priority, row.revision) == ("card", 1, 3)


async def test_a_card_wanted_while_it_is_on_its_way_goes_out_once_more(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        want = partial(
            Outbox.want_again, now=NOW, case_id=case.id, lane="chat:-1", priority=3, due_at=NOW
        )
        await want(uow.outbox)
    [row] = await leased(storage)
    async with storage.change() as uow:
        await want(uow.outbox)
    assert await leased(storage) == []
    async with storage.change() as uow:
        assert not await uow.outbox.done(row, now=NOW)
    [again] = await leased(storage)
    assert again.revision == row.revision + 1
    async with storage.change() as uow:
        assert await uow.outbox.done(again, now=NOW)
    assert await leased(storage) == []


async def test_a_card_that_was_shown_is_wanted_again(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        want = partial(
            Outbox.want_again, now=NOW, case_id=case.id, lane="chat:-1", priority=3, due_at=NOW
        )
        await want(uow.outbox)
    [row] = await leased(storage)
    async with storage.change() as uow:
        await uow.outbox.done(row, now=NOW)
        await want(uow.outbox)
    [again] = await leased(storage)
    assert (again.id, again.attempts) == (row.id, 1)


async def test_a_card_wanted_while_it_fails_keeps_its_own_time(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        want = partial(
            Outbox.want_again, now=NOW, case_id=case.id, lane="chat:-1", priority=3, due_at=NOW
        )
        await want(uow.outbox)
    [row] = await leased(storage)
    async with storage.change() as uow:
        await want(uow.outbox)
        await uow.outbox.later(row, due_at=NOW + 300 * SECOND, error="down")
    assert len(await leased(storage)) == 1


async def test_the_same_key_is_one_row(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, once="hint:1", kind="first")
        await a_row(uow, once="hint:1", kind="second")
        await a_row(uow, kind="without a key", lane="chat:2")
        await a_row(uow, kind="without a key", lane="chat:3")
    assert sorted(kinds(await leased(storage))) == ["first", "without a key", "without a key"]


async def test_what_is_taken_back_is_read_once_and_does_not_go_any_more(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, once="first", payload={"asked": "a"}, due_at=NOW + SECOND)
        await a_row(uow, once="second", lane="b", payload={"asked": "b"})
    [on_its_way] = await leased(storage)
    async with storage.change() as uow:
        assert await uow.outbox.take_back("first", "other", now=NOW) == {"asked": "a"}
        assert await uow.outbox.take_back("first", "other", now=NOW) is None
        assert await uow.outbox.take_back("second", now=NOW) == {"asked": "b"}
    assert await leased(storage, at=NOW + SECOND) == []
    async with storage.change() as uow:
        # It was under way: whoever delivers it ends it.
        assert await uow.outbox.done(on_its_way, now=NOW)
        await a_row(uow, once="first", payload={"asked": "c"})
        assert await uow.outbox.take_back("first", now=NOW) == {"asked": "c"}


async def test_of_two_that_are_taken_back_the_newest_is_read(storage: Storage) -> None:
    async with storage.change() as uow:
        for once in ("b", "a"):
            await a_row(uow, once=once, payload={"asked": once})
        assert await uow.outbox.take_back("a", "b", now=NOW) == {"asked": "a"}
        await a_row(uow, once="b", payload={"asked": "anew"})
        await a_row(uow, once="c", payload={"asked": "newest"})
        assert await uow.outbox.take_back("b", "c", now=NOW) == {"asked": "newest"}
    assert await leased(storage) == []


async def test_a_dead_row_rests_until_it_is_revived(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await a_row(uow, case_id=case.id)
    [row] = await leased(storage)
    async with storage.change() as uow:
        await uow.outbox.dead(row, now=NOW, error="refused")
    assert await leased(storage, at=NOW + 900 * SECOND) == []
    async with storage.change() as uow:
        assert await uow.outbox.revive(case.id, now=NOW) == 1
    [again] = await leased(storage)
    assert again.id == row.id


async def test_a_row_on_its_way_stays_its_deliverers_when_it_is_revived(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await a_row(uow, case_id=case.id)
    [row] = await leased(storage)
    async with storage.change() as uow:
        await uow.outbox.revive(case.id, now=NOW + SECOND)
    assert await leased(storage, at=NOW + SECOND) == []
    # Its deliverer has died: the lease runs out as ever.
    [again] = await leased(storage, at=NOW + LEASE)
    assert again.id == row.id


async def test_what_a_dead_deliverer_may_have_sent_is_known_after_it_is_revived(
    storage: Storage,
) -> None:
    """Its lease has run out, and nobody has taken it up before an owner asks for it."""
    async with storage.change() as uow:
        case = await a_case(uow)
        await a_row(uow, destination="crm", lane="lead:1", case_id=case.id)
    await leased(storage, "crm")
    async with storage.change() as uow:
        assert await uow.outbox.revive(case.id, now=NOW + 4 * LEASE) == 1
    [again] = await leased(storage, "crm", at=NOW + 5 * LEASE)
    assert again.sent_at == NOW + 4 * LEASE


async def _tried_in_vain(storage: Storage, kind: str, *, case: int | None = None) -> OutboxRow:
    """A row of that kind, leased for its second try."""
    async with storage.change() as uow:
        await a_row(uow, destination="crm", lane="lead:1", kind=kind, case_id=case)
    [row] = await leased(storage, "crm", by="one")
    async with storage.change() as uow:
        await uow.outbox.later(row, due_at=NOW, error="no answer")
    [row] = await leased(storage, "crm", by="one")
    return row


@pytest.mark.parametrize("kind", ["set_disposition", "pin_refusal", "set_manager"])
async def test_a_status_is_sent_at_a_later_try_only_where_its_deliverer_has_said_so(
    storage: Storage, kind: str
) -> None:
    row = await _tried_in_vain(storage, kind)
    assert row.sent_at is None
    # He has died: his lease runs out, or he starts again.
    [row] = await leased(storage, "crm", at=NOW + LEASE, by="one")
    assert row.sent_at is None
    async with storage.change() as uow:
        await uow.lanes.release("one", now=NOW + LEASE)
    [row] = await leased(storage, "crm", at=NOW + LEASE, by="one")
    assert row.sent_at is None
    async with storage.note() as uow:
        assert await uow.outbox.sends(row, now=NOW + LEASE + SECOND)
    [row] = await leased(storage, "crm", at=NOW + 2 * LEASE)
    assert row.sent_at == NOW + LEASE + SECOND


async def test_who_starts_again_may_have_sent_a_status_at_its_first_try(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_row(uow, destination="crm", lane="lead:1", kind="set_disposition")
    await leased(storage, "crm", by="one")
    async with storage.change() as uow:
        await uow.lanes.release("one", now=NOW + SECOND)
    [row] = await leased(storage, "crm", at=NOW + SECOND)
    assert row.sent_at == NOW + SECOND


async def test_a_status_that_a_dead_deliverer_only_read_for_was_not_sent_when_it_is_revived(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
    await _tried_in_vain(storage, "set_disposition", case=case.id)
    async with storage.change() as uow:
        await uow.outbox.revive(case.id, now=NOW + 4 * LEASE)
    [again] = await leased(storage, "crm", at=NOW + 5 * LEASE)
    assert again.sent_at is None


async def test_who_has_lost_a_row_to_another_sends_nothing(storage: Storage) -> None:
    row = await _tried_in_vain(storage, "set_disposition")
    [other] = await leased(storage, "crm", at=NOW + LEASE)
    async with storage.note() as uow:
        assert not await uow.outbox.sends(row, now=NOW + LEASE)
        assert await uow.outbox.sends(other, now=NOW + LEASE)


async def test_what_may_have_been_sent_is_known_when_a_dead_row_is_revived(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
    row = await _tried_in_vain(storage, "set_disposition", case=case.id)
    async with storage.change() as uow:
        await uow.outbox.dead(row._replace(sent_at=NOW), now=NOW, error="a fault of the bot")
        await uow.outbox.revive(case.id, now=NOW + SECOND)
    [again] = await leased(storage, "crm", at=NOW + SECOND)
    assert again.sent_at == NOW


async def test_what_only_waits_for_its_turn_has_not_been_tried(storage: Storage) -> None:
    """A network that fails once costs a second, however often the card was put off before."""
    async with storage.change() as uow:
        await a_row(uow)
    for second in range(9):
        [row] = await leased(storage, at=NOW + second * SECOND)
        async with storage.change() as uow:
            await uow.outbox.later(row, due_at=NOW + (second + 1) * SECOND)
    [row] = await leased(storage, at=NOW + 9 * SECOND)
    # That it was put off is known.
    assert row.attempts == 2
    async with storage.change() as uow:
        await uow.outbox.later(row, due_at=NOW + 10 * SECOND, error="no network")
    [row] = await leased(storage, at=NOW + 10 * SECOND)
    assert row.attempts == 3


async def test_a_card_waits_for_the_crm_and_not_for_one_that_is_down(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await a_row(uow, destination="crm", lane="lead:1", case_id=case.id)
        assert await uow.outbox.settle_by(case.id, patience=SECOND) == NOW + SECOND
    [row] = await leased(storage, "crm")
    async with storage.change() as uow:
        await uow.outbox.later(row, due_at=NOW, error="down")
        assert await uow.outbox.settle_by(case.id, patience=SECOND) is None


async def test_another_question_to_the_crm_keeps_the_card_waiting(storage: Storage) -> None:
    """On both engines: SQLite's RETURNING once took two tables for one."""
    patience = timedelta(seconds=1)
    async with storage.change() as uow:
        case = await a_case(uow)
        for lane in ("lead:1", "lead:2"):
            await uow.outbox.add(
                now=NOW, destination="crm", lane=lane, kind="write_comment", payload={},
                case_id=case.id,
            )  # fmt: skip
    async with storage.change() as uow:
        first, second = await uow.lanes.lease("crm", now=NOW, lease=timedelta(seconds=30), limit=2)
    for row, waits_until in ((first, NOW + patience), (second, None)):
        async with storage.change() as uow:
            assert await uow.outbox.done(row, now=NOW)
            assert await uow.outbox.settle_by(case.id, patience=patience) == waits_until


async def test_what_waited_for_the_crm_hurries_when_it_has_answered(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await a_row(uow, case_id=case.id, due_at=NOW + SECOND)
    async with storage.change() as uow:
        await uow.outbox.hurry(case.id, now=NOW)
    assert len(await leased(storage)) == 1


async def test_a_row_that_is_refused_while_it_is_wanted_again_is_tried_again(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await uow.outbox.want_again(now=NOW, lane="chat:1", priority=3, due_at=NOW, case_id=case.id)
    async with storage.change() as uow:
        [row] = await uow.lanes.lease("telegram", now=NOW, lease=SECOND, limit=9)
        await uow.outbox.want_again(now=NOW, lane="chat:1", priority=3, due_at=NOW, case_id=case.id)
        await uow.outbox.dead(row, now=NOW, error="refused")
        [again] = await uow.lanes.lease("telegram", now=NOW, lease=SECOND, limit=9)
        assert again.id == row.id
        await uow.outbox.dead(again, now=NOW, error="refused")
        assert await uow.lanes.lease("telegram", now=NOW, lease=SECOND, limit=9) == []


@pytest.mark.parametrize("end", ["later", "dead", "done"])
async def test_a_late_word_ends_no_row_that_another_has_by_now(storage: Storage, end: str) -> None:
    async with storage.change() as uow:
        await a_row(uow, destination="crm", lane="lead:1", kind="write_comment")
    [slept] = await leased(storage, "crm")
    [its] = await leased(storage, "crm", at=NOW + LEASE + SECOND)
    late = NOW + LEASE + 2 * SECOND

    async with storage.change() as uow:
        if end == "later":
            is_his = await uow.outbox.later(slept, due_at=late, error="down")
        elif end == "dead":
            is_his = await uow.outbox.dead(slept, now=late, error="refused")
        else:
            is_his = await uow.outbox.done(slept, now=late)

    assert not is_his
    assert await leased(storage, "crm", at=late) == []
    async with storage.change() as uow:
        assert await uow.outbox.done(its, now=late)
