"""A statement that PostgreSQL has taken back for no fault of its own is made once more."""

from __future__ import annotations

from typing import Any, cast

import asyncpg
import pytest
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from storage import cases_sql
from storage.far import Far

CARD = {"chat": -1001, "message": 3}


class Driver:
    """Takes the first statements back, as a migration that locks the same tables makes it do."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.made = 0

    async def execute(self, words: str, *_: object) -> str:
        if words == "BEGIN":
            return words
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "UPDATE 1"


class Connection:
    dialect = cast("Any", dialect)()


def far(driver: Driver) -> Far:
    return Far(cast("Any", Connection()), driver)


@pytest.mark.parametrize(
    "error", [asyncpg.DeadlockDetectedError("deadlock"), asyncpg.InvalidCachedStatementError("old")]
)
async def test_a_note_that_met_a_migration_is_made_once_more(error: Exception) -> None:
    driver = Driver(error)
    answer = await far(driver).run(cases_sql.DROP_CARD, CARD)
    assert (answer.changed, driver.made) == (1, 2)


async def test_a_note_is_not_tried_for_ever() -> None:
    driver = Driver(*(asyncpg.DeadlockDetectedError("deadlock") for _ in range(9)))
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await far(driver).run(cases_sql.DROP_CARD, CARD)
    assert driver.made == 4


async def test_within_a_transaction_nothing_is_made_once_more() -> None:
    driver = Driver(asyncpg.DeadlockDetectedError("deadlock"))
    connection = far(driver)
    await connection.look(None)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await connection.run(cases_sql.DROP_CARD, CARD)
    assert driver.made == 1


async def test_another_error_is_told_at_once() -> None:
    driver = Driver(asyncpg.UndefinedTableError("gone"))
    with pytest.raises(asyncpg.UndefinedTableError):
        await far(driver).run(cases_sql.DROP_CARD, CARD)
    assert driver.made == 1
