"""What the database says when it gives up: trying again may help, or it is of no use."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from storage.db import Database
from storage.errors import SchemaError, StorageDown, is_down


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
