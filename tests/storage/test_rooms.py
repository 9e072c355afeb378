"""Cases, digests, people, updates set aside, and times."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from storage.db import Database
from storage.errors import SchemaError, Stale
from storage.history import HistoryRow
from storage.tokens import DatabaseTokens
from storage.uow import Storage
from tests.harness.time import eventually
from tests.storage.conftest import NOW, SECOND, a_case

# --- cases --------------------------------------------------------------------------------------


async def test_a_chat_s_open_cases_of_some_flows_are_found_in_all_its_topics(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        later = await a_case(uow, posted_at=NOW + SECOND)
        in_topic = await a_case(uow, topic_id=5, flow="anomalies")
        await a_case(uow, lead="closed", closed_at=NOW)
        await a_case(uow, flow="refusals")
        await a_case(uow, chat_id=-2)
    async with storage.look() as uow:
        found = await uow.open_cases.of_flows(later.chat_id, ["duplicates", "anomalies"])
    assert found == [in_topic, later]


async def test_a_case_changes_only_as_it_was_read(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        saved = await uow.cases.save(case, state="allowed")
        assert (saved.state, saved.version) == ("allowed", case.version + 1)
    with pytest.raises(Stale):
        async with storage.change() as uow:
            await uow.cases.save(case, state="denied")
    async with storage.look() as uow:
        now = await uow.cases.get(case.id)
    assert now == saved


async def test_of_many_who_read_the_same_case_one_saves_it(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)

    async def decide(state: str) -> str:
        try:
            async with storage.change() as uow:
                return (await uow.cases.save(case, state=state)).state
        except Stale:
            return ""

    states = await asyncio.gather(*(decide(f"state{number}") for number in range(8)))
    assert len([state for state in states if state]) == 1


async def test_a_lead_has_one_open_case_in_a_chat(storage: Storage) -> None:
    async with storage.change() as uow:
        await a_case(uow, lead="f5086aeebb")
        await a_case(uow, lead="f5086aeebb", closed_at=NOW)
        await a_case(uow, lead="f5086aeebb", topic_id=3)
        await a_case(uow, lead="f5086aeebb", chat_id=-2)
        await a_case(uow, lead="")
        await a_case(uow, lead="")
    with pytest.raises(SchemaError):
        async with storage.change() as uow:
            await a_case(uow, lead="f5086aeebb")


async def test_a_post_means_one_case_for_ever(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        await uow.posts.take(-1, 5, "f5086aeebb", case.id)
    async with storage.look() as uow:
        assert await uow.posts.case_of(-1, 5, "f5086aeebb") == case.id
        assert await uow.posts.case_of(-1, 5, "12ad97526e") is None
    with pytest.raises(SchemaError):
        async with storage.change() as uow:
            await uow.posts.take(-1, 5, "f5086aeebb", case.id)


async def test_what_raises_leaves_nothing_behind(storage: Storage) -> None:
    async def fail() -> None:
        async with storage.change() as uow:
            await a_case(uow)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with storage.look() as uow:
        assert await uow.cases.get(1) is None


async def test_history_is_kept_in_order(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        rows = [
            HistoryRow(
                case_id=case.id, at=NOW + turn * SECOND, actor_id=7, actor_name="Марат Демо",
                action="allow", round=1, from_state="waiting", to_state="allowed", text="",
                answer=f"answer{turn}",
            )
            for turn in range(3)
        ]  # fmt: skip
        for row in rows:
            case = await uow.cases.save(case, state="allowed", then=row)
        assert (await uow.history.of(case.id))[1:] == rows
        assert await uow.history.answer_given(case.id, 7, "allow", 1) == "answer2"
        assert await uow.history.answer_given(case.id, 7, "allow", 2) is None
        assert await uow.history.answer_given(case.id, 8, "allow", 1) is None


async def test_a_press_is_in_a_case_s_history_once(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await a_case(uow)
        other = await a_case(uow, message_id=6)
    async with storage.change() as uow:
        row, is_taken = await uow.presses.read(case.id, "44", by=3)
        assert row == case
        assert not is_taken
        await uow.cases.save(case, state="taken", then=a_deed(case.id, press="44"))
    async with storage.change() as uow:
        row, is_taken = await uow.presses.read(case.id, "44", by=3)
        assert is_taken
        assert row is not None
        assert not (await uow.presses.read(case.id, "45", by=3))[1]
        assert not (await uow.presses.read(other.id, "44", by=3))[1]
        assert await uow.presses.read(999, "44", by=3) == (None, False)
    with pytest.raises(Stale):
        async with storage.change() as uow:
            await uow.cases.save(row, state="waiting", then=a_deed(case.id, press="44"))
    async with storage.change() as uow:
        assert await uow.cases.get(case.id) == row
        assert [one.press for one in await uow.history.of(case.id)] == [None, "44"]
        # What is no press is as often there as it happened.
        for _ in range(2):
            row = await uow.cases.save(row, state="waiting", then=a_deed(case.id))


async def test_a_press_that_two_processes_take_at_once_counts_once(
    storage: Storage, database: Database
) -> None:
    """The second waits for the first: it reads the case as that leaves it, and the history as it
    was before.
    """
    async with storage.change() as uow:
        case = await a_case(uow)
    second: asyncio.Task[bool] | None = None

    async def taken() -> bool:
        async with storage.change() as uow:
            row, is_taken = await uow.presses.read(case.id, "44", by=3)
            assert row is not None
            if not is_taken:
                await uow.cases.save(row, state="taken", then=a_deed(case.id, press="44"))
        return not is_taken

    async def waits() -> bool:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        async with database.reading() as connection:
            return database.is_sqlite or bool(await connection.scalar(text(waiting)))

    async with storage.change() as uow:
        row, _ = await uow.presses.read(case.id, "44", by=3)
        assert row is not None
        second = asyncio.create_task(taken())
        await eventually(waits, "the second waits for the chat")
        await uow.cases.save(row, state="taken", then=a_deed(case.id, press="44"))
    [outcome] = await asyncio.gather(second, return_exceptions=True)
    assert outcome is False or isinstance(outcome, Stale)
    # Telegram brings it again.
    assert not await taken()
    async with storage.look() as uow:
        assert [one.press for one in await uow.history.of(case.id)] == [None, "44"]


def a_deed(case: int, *, press: str | None = None) -> HistoryRow:
    return HistoryRow(
        case_id=case, at=NOW, actor_id=7, actor_name="Костя Демо", action="take", round=1,
        from_state="waiting", to_state="taken", text="", answer="taken", press=press,
    )  # fmt: skip


# --- digests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", [None, 8], ids=["all of the chat", "one"])
async def test_nothing_is_left_of_a_digest_that_is_forgotten(
    storage: Storage, database: Database, message: int | None
) -> None:
    async with storage.change() as uow:
        for chat, number in ((-1, 8), (-1, 9), (-2, 8)):
            cases = [(await a_case(uow)).id for _ in range(2)]
            await uow.digests.add(chat, number, cases, shown="x")
        await uow.digests.forget(-1, message)
        for chat, number in ((-1, 8), (-1, 9), (-2, 8)):
            is_gone = chat == -1 and message in {None, number}
            assert len(await uow.digests.places(chat, number)) == (0 if is_gone else 2)
            assert await uow.digests.shown(chat, number) == ("" if is_gone else "x")
    async with database.reading() as connection:
        left = await connection.scalar(text("SELECT count(*) FROM digests"))
    assert left == (1 if message is None else 2)


# --- times --------------------------------------------------------------------------------------


async def test_a_naive_time_is_refused(storage: Storage) -> None:
    with pytest.raises(ValueError, match="naive"):
        async with storage.change() as uow:
            await a_case(uow, posted_at=NOW.replace(tzinfo=None))


async def test_a_time_of_any_zone_comes_back_as_the_same_moment_in_utc(storage: Storage) -> None:
    there = datetime(2026, 3, 2, 16, 0, 0, 123456, timezone(timedelta(hours=6)))
    async with storage.change() as uow:
        case = await a_case(uow, posted_at=there)
    async with storage.look() as uow:
        found = await uow.cases.get(case.id)
    assert found is not None
    assert found.posted_at == there
    assert found.posted_at.utcoffset() == timedelta()


# --- people and updates -------------------------------------------------------------------------


async def test_roles_add_up_and_are_taken_together(storage: Storage) -> None:
    async with storage.change() as uow:
        await uow.people.met(7, "Марат Демо", "demo_marat", now=NOW)
        for role in ("admin", "it", "admin"):
            await uow.people.give(7, role, by=1, now=NOW)
        assert await uow.people.roles(7) == {"admin", "it"}
        assert [one.user_id for one in await uow.people.having("admin")] == [7]
        await uow.people.take_all(7)
        assert await uow.people.roles(7) == frozenset()


async def test_a_name_that_changed_keeps_who_he_is(storage: Storage) -> None:
    async with storage.change() as uow:
        await uow.people.met(7, "Марат Демо", "", now=NOW)
        await uow.people.set_reachable(7, reachable=True)
        await uow.people.met(7, "Марат Другой", "", now=NOW)
        person = await uow.people.person(7)
    assert person is not None
    assert (person.name, person.reachable) == ("Марат Другой", True)


async def test_an_update_is_set_aside_once_and_leaves_when_it_is_replayed(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        await uow.aside.put(5, {"update_id": 5}, "KeyError", now=NOW)
        await uow.aside.put(5, {"update_id": 5}, "ValueError", now=NOW)
        assert await uow.aside.all() == [(5, {"update_id": 5}, "ValueError")]
        await uow.aside.replayed(5, now=NOW)
        assert await uow.aside.all() == []


async def test_an_update_that_is_set_aside_again_waits_for_a_replay_again(
    storage: Storage,
) -> None:
    """Telegram begins the numbers of updates anew after a quiet week: it may be another one."""
    async with storage.change() as uow:
        await uow.aside.put(5, {"update_id": 5}, "KeyError", now=NOW)
        await uow.aside.replayed(5, now=NOW)
        await uow.aside.put(5, {"update_id": 5, "message": {}}, "KeyError", now=NOW + SECOND)
        assert await uow.aside.all() == [(5, {"update_id": 5, "message": {}}, "KeyError")]


async def test_an_installation_keeps_its_tag(storage: Storage) -> None:
    assert await storage.installation_tag("k1234") == "k1234"
    assert await storage.installation_tag("k9999") == "k1234"


async def test_one_replica_at_a_time_logs_in(database: Database) -> None:
    tokens = DatabaseTokens(database, lambda: NOW)
    inside, most = 0, 0

    async def log_in(number: int) -> None:
        nonlocal inside, most
        async with tokens.lock("account"):
            inside += 1
            most = max(most, inside)
            await tokens.set("account", f"token{number}")
            inside -= 1

    await asyncio.gather(*(log_in(number) for number in range(4)))
    assert most == 1
    assert str(await tokens.get("account")).startswith("token")
    assert await tokens.get("another") is None
