"""What the database says when it gives up: trying again may help, or it is of no use."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from storage import tables
from storage.db import Database
from storage.errors import SchemaError, StorageDown, is_down
from storage.uow import Storage
from tests.storage.conftest import NOW, a_case


@pytest.mark.parametrize("state", ["57014", "25006", "58000", "58030", "57P01", "53300", "08006"])
def test_a_server_that_could_not_may_be_asked_again(state: str) -> None:
    assert is_down(state)


@pytest.mark.parametrize("state", ["23505", "25001", "42P01", "22001", "57000", ""])
def test_what_we_asked_wrongly_is_no_better_the_next_time(state: str) -> None:
    assert not is_down(state)


_READ_ONLY = "SET TRANSACTION READ ONLY"
_TIME_LIMIT = "SET LOCAL statement_timeout = '1ms'"
_A_WRITE = "INSERT INTO chats (chat_id, title, added_at) VALUES (-1, '', now())"


@pytest.mark.parametrize(
    ("limit", "statement"),
    [(_READ_ONLY, _A_WRITE), (_TIME_LIMIT, "SELECT pg_sleep(60)")],
    ids=["read-only", "cancelled"],
)
async def test_a_standby_and_a_time_limit_of_the_servers_pass(
    database: Database, limit: str, statement: str
) -> None:
    if database.is_sqlite:
        # It has neither.
        return
    with pytest.raises(StorageDown):
        async with database.transaction() as connection:
            await connection.execute(text(limit))
            await connection.execute(text(statement))
    async with database.transaction() as connection:
        await connection.execute(text(_A_WRITE))
    with pytest.raises(SchemaError):
        async with database.transaction() as connection:
            await connection.execute(text(_A_WRITE))


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////no/such/folder/workchats.db"]
)
async def test_a_database_that_is_not_there_is_down(url: str) -> None:
    database = Database(url)
    with pytest.raises(StorageDown):
        await reach(database)
    await database.close()


async def reach(database: Database) -> None:
    async with database.reading() as connection:
        await connection.execute(text("SELECT 1"))


async def test_an_error_of_the_database_quotes_no_values(storage: Storage) -> None:
    with pytest.raises(SchemaError) as caught:
        async with storage.change() as uow:
            await a_case(uow, poster_name=None, data={"asked": "Демонова Тестина"})
    assert "Демонова" not in str(caught.value)


_SOMEBODY = "Демонова Тестина"


def _written(error: BaseException) -> str:
    """All that a log shows of an error: its words and what it came of."""
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("SELECT :name FROM nowhere", id="there is no such table"),
        pytest.param("SELECT :name, :odd", id="a value of a type that nobody stores"),
    ],
)
async def test_neither_does_one_of_a_statement_that_sqlalchemy_runs(
    database: Database, statement: str
) -> None:
    values = {"name": _SOMEBODY} | ({"odd": object()} if ":odd" in statement else {})
    with pytest.raises((SchemaError, StorageDown, DBAPIError)) as caught:
        async with database.transaction() as connection:
            await connection.execute(text(statement), values)
    assert "nowhere" in _written(caught.value) or ":odd" in statement
    assert _SOMEBODY not in _written(caught.value)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (text("SELECT CAST(CAST(:name AS TEXT) AS BIGINT)"), {"name": _SOMEBODY}),
        (insert(tables.chats), {"chat_id": _SOMEBODY, "title": "", "added_at": NOW}),
    ],
    ids=["the server cannot read it", "the driver cannot send it"],
)
async def test_nor_does_postgresql_quote_what_is_no_number(
    database: Database, statement: Any, values: dict[str, Any]
) -> None:
    if database.is_sqlite:
        # It takes any words for a number.
        return
    with pytest.raises(SchemaError, match=r"DataError|InvalidTextRepresentationError") as caught:
        async with database.transaction() as connection:
            await connection.execute(statement, values)
    assert _SOMEBODY not in _written(caught.value)


async def test_a_broken_connection_is_the_database_down(database: Database) -> None:
    if database.is_sqlite:
        return
    with pytest.raises(StorageDown):
        async with database.transaction() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    await reach(database)


@pytest.mark.parametrize(
    ("does", "fails"),
    [
        pytest.param("ROLLBACK", False, id="all is taken back"),
        pytest.param("RELEASE unit", False, id="its own part cannot be kept apart"),
        pytest.param("RELEASE unit", True, id="its own part cannot be taken back"),
    ],
)
async def test_a_transaction_that_sqlite_itself_takes_back_is_committed_for_nobody(
    database: Database, does: str, *, fails: bool
) -> None:
    """A full disk may cost the whole transaction, in which others have their changes too."""
    if not database.is_sqlite:
        return
    storage, inside = Storage(database), asyncio.Event()

    async def first() -> None:
        async with storage.change() as uow:
            inside.set()
            await a_case(uow, lead="f5086aeebb")

    async def second() -> None:
        await inside.wait()
        async with database.transaction() as connection:
            await connection.execute(text(does))
            if fails:
                raise ZeroDivisionError

    told = await asyncio.gather(first(), second(), return_exceptions=True)
    assert [type(one) for one in told] == [StorageDown, ZeroDivisionError if fails else StorageDown]
    async with storage.look() as uow:
        assert await uow.open_cases.all(most=5) == []
    await first()
