"""Migrations make what the code names. With two releases side by side they only add, hold nobody
up, and let a later one's be.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, text
from structlog.testing import capture_logs

from storage import migrate as migrating
from storage.db import Database
from storage.errors import StorageDown
from storage.migrate import current, head, is_fit, migrate
from storage.tables import metadata
from storage.uow import Storage
from tests.harness.time import PATIENCE, eventually
from tests.postgres import Postgres

#: What may be done to a table while the release before works on it.
_ADDS = re.compile(
    r"\s*(SELECT |CREATE TABLE |CREATE (UNIQUE )?INDEX |ALTER TABLE \w+ ADD COLUMN "
    r"|UPDATE alembic_version |INSERT INTO alembic_version )"
)


async def upgraded(database: Database, to: str) -> None:
    def upgrade(connection: Connection) -> None:
        config = migrating._config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)

    async with database.transaction() as connection:
        await connection.run_sync(upgrade)


@asynccontextmanager
async def a_database(url: str, at: str = "0001") -> AsyncIterator[Database]:
    """At an early revision."""
    database = Database(url)
    try:
        await upgraded(database, at)
        yield database
    finally:
        await database.close()


def breaks_the_release_before(statements: list[str]) -> list[str]:
    """Those that it could not work beside."""
    added = {
        name for sql in statements for name in re.findall(r"(?:ADD COLUMN|CREATE TABLE) (\w+)", sql)
    }
    return [
        sql
        for sql in statements
        if not _ADDS.match(sql)
        # It does not know the column: what it inserts has none.
        or ("ADD COLUMN" in sql and "NOT NULL" in sql and "DEFAULT" not in sql)
        # It would break a rule that it does not know.
        or ("UNIQUE INDEX" in sql and not added & set(re.findall(r"\w+", sql)))
    ]


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_the_tables_that_the_code_names(database: Database) -> None:
    async with database.transaction() as connection:
        assert await connection.run_sync(_differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    assert await current(database) == head()
    await migrate(database)
    assert await current(database) == head()


async def test_replicas_that_start_at_once_migrate_once(postgres: Postgres) -> None:
    async with postgres.database() as url:
        replicas = [Database(url) for _ in range(3)]
        assert await current(replicas[0]) is None
        await asyncio.gather(*(migrate(replica) for replica in replicas))
        assert {await current(replica) for replica in replicas} == {head()}
        for replica in replicas:
            await replica.close()


async def test_every_migration_only_adds(postgres: Postgres) -> None:
    async with postgres.database() as url, a_database(url) as database:
        said: list[str] = []

        def hear(_connection: object, _cursor: object, sql: str, *_: object) -> None:
            said.append(sql)

        event.listen(Engine, "before_cursor_execute", hear)
        try:
            await migrate(database)
        finally:
            event.remove(Engine, "before_cursor_execute", hear)
        changes = [sql for sql in said if not re.match(r"\s*SE(LECT|T) ", sql)]
        assert any("CREATE TABLE lead_numbers" in sql for sql in changes)
        assert breaks_the_release_before(changes) == []


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE people",
        "ALTER TABLE people DROP COLUMN name",
        "ALTER TABLE people RENAME COLUMN name TO called",
        "ALTER TABLE people ALTER COLUMN username SET NOT NULL",
        "ALTER TABLE people ADD COLUMN age INTEGER NOT NULL",
        "CREATE UNIQUE INDEX uq_people_name ON people (name)",
    ],
)
def test_what_would_break_the_release_before_is_found(sql: str) -> None:
    assert breaks_the_release_before([sql]) == [sql]


@pytest.fixture(params=["sqlite", "postgresql"])
async def fresh(
    request: pytest.FixtureRequest, postgres: Postgres, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of a database that nobody has migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/fresh.db"
        return
    async with postgres.database() as url:
        yield url


async def test_cases_of_the_first_release_are_there_after_all_migrations(fresh: str) -> None:
    async with a_database(fresh) as database:
        async with database.transaction() as connection:
            await connection.execute(
                text(
                    "INSERT INTO cases (id, flow, chat_id, topic_id, message_id, ref, lead, state,"
                    " round, version, data, poster_id, poster_name, posted_at, opened_at)"
                    " VALUES (7, 'duplicates', -1, 0, 5, 'a', 'a', 'waiting', 1, 1, '{}', 9, 'x',"
                    " '2026-03-02 10:00:00', '2026-03-02 10:00:00')"
                )
            )
        await migrate(database)
        async with Storage(database).look() as uow:
            case = await uow.cases.get(7)
        assert case is not None
        assert (case.lead, case.about, case.state) == ("a", "", "waiting")


async def test_what_a_later_release_has_made_is_left_alone(fresh: str) -> None:
    async with a_database(fresh, at="head") as database:
        async with database.transaction() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await migrate(database)
        assert await current(database) == "9999"
        assert await is_fit(database)


async def test_an_earlier_schema_is_not_fit(fresh: str) -> None:
    async with a_database(fresh) as database:
        assert not await is_fit(database)
        await migrate(database)
        assert await is_fit(database)


async def test_a_migration_that_waits_for_a_backup_holds_nobody_up(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_PATIENCE", 0.2)
    monkeypatch.setattr(migrating, "_PAUSE", 0.01)
    async with postgres.database() as url, a_database(url) as database:
        async with database.transaction() as backup:
            # As pg_dump does: nobody may change the table's columns until it ends.
            await backup.execute(text("LOCK TABLE cases IN ACCESS SHARE MODE"))
            migration = asyncio.create_task(migrate(database))

            async def waits() -> bool:
                async with database.reading() as connection:
                    return bool(
                        await connection.scalar(
                            text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                        )
                    )

            await eventually(waits, "the migration waits for the table")
            async with asyncio.timeout(PATIENCE), database.transaction() as work:
                await work.execute(text("UPDATE cases SET version = version + 1"))
            assert not migration.done()
            assert await current(database) == "0001"
        await migration
        assert await current(database) == head()


async def test_a_migration_takes_as_long_as_it_needs_and_the_next_replica_waits_for_it(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade, at_work = migrating._upgrade, list[Connection]()

    def upgrade_slowly(connection: Connection) -> None:
        assert not at_work, "two replicas migrate at once"
        at_work.append(connection)
        # As an index on a big table.
        connection.execute(text("SELECT pg_sleep(0.4)"))
        upgrade(connection)
        at_work.pop()

    monkeypatch.setattr(migrating, "_upgrade", upgrade_slowly)
    async with postgres.database() as url, AsyncExitStack() as opened:
        replicas = [Database(url, command_timeout=0.2) for _ in range(2)]
        for replica in replicas:
            opened.push_async_callback(replica.close)
        async with asyncio.TaskGroup() as starting:
            for replica in replicas:
                starting.create_task(migrate(replica))
        assert await current(replicas[0]) == head()
        # Nothing else may take so long.
        with pytest.raises(StorageDown, match="TimeoutError"):
            async with replicas[0].transaction() as connection:
                await connection.execute(text("SELECT pg_sleep(0.4)"))


async def test_a_migration_says_again_and_again_whom_it_waits_for(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_SAYS_EVERY", 0.05)
    async with postgres.database() as url, a_database(url) as database:
        with capture_logs() as said:
            async with database.transaction() as other:
                pid = await other.scalar(text("SELECT pg_backend_pid()"))
                await other.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": migrating._LOCK}
                )
                migration = asyncio.create_task(migrate(database))

                async def says() -> bool:
                    lines = [one for one in said if one["event"] == "migration_waits"]
                    return len(lines) > 2 and {one["process"] for one in lines} == {pid}

                await eventually(says, "it says who migrates", within=5)
                assert await current(database) == "0001"
            await migration
        assert await current(database) == head()


async def test_replicas_that_start_at_once_are_one_installation(database: Database) -> None:
    if database.is_sqlite:
        # One process.
        return
    async with database.transaction() as first:
        await first.execute(text("INSERT INTO installation (id, tag) VALUES (1, 'k1111')"))
        second = asyncio.create_task(Storage(database).installation_tag("k2222"))

        async def waits() -> bool:
            async with database.reading() as connection:
                return bool(
                    await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
                )

        await eventually(waits, "the second waits for the first")
    assert await second == "k1111"
