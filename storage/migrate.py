"""Bringing the schema up to date, and knowing whether it is."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.db import Database
from storage.errors import Busy
from storage.linked import Linked
from storage.naming import as_storage_errors

log = structlog.get_logger(__name__)

#: Two replicas that start at once must not both migrate (PostgreSQL; any number that is only ours).
_LOCK = 7_282_001
#: Seconds that a lock of a table is waited for (others wait as long), and between two tries.
_PATIENCE, _PAUSE = 1.0, 2.0
#: Seconds after which whoever waits for another process's migration says so again.
_SAYS_EVERY = 5.0
_MIGRATES = text(
    "SELECT pid, host(client_addr), extract(epoch FROM clock_timestamp() - xact_start)"
    " FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND (classid, objid, objsubid) = (0, :key, 1)"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class _Elsewhere(Busy):
    """Another process migrates."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _known() -> tuple[str, frozenset[str]]:
    """The newest revision and all of them: as they were when this process first looked.

    The next release may be put on the disk while it runs.
    """
    script = ScriptDirectory.from_config(_config())
    newest = script.get_current_head()
    if newest is None:
        raise RuntimeError("the project has no migrations")
    return newest, frozenset(one.revision for one in script.walk_revisions())


def head() -> str:
    """The newest revision that this code knows."""
    return _known()[0]


def _is_newer(revision: str | None) -> bool:
    """Whether a later release has made that revision: this one has never heard of it."""
    return revision is not None and revision not in _known()[1]


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    if _is_newer(_revision(connection)):
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def migrate(database: Database) -> None:
    """Bring the schema to the newest revision; does nothing where it is there already, or later.

    Others may work on the database meanwhile. Where they hold a lock that is needed (a backup holds
    one on every table), whoever comes behind us would have to wait too: so we step back each time,
    and try until it is to be had. Another process that migrates is waited for as long as it takes;
    one whose machine has vanished is found out by the server (`storage.far`).

    Raises:
        StorageDown: the database could not be reached.
    """
    while True:
        try:
            await _migrate(database)
        except _Elsewhere:
            # It has been said who.
            continue
        except Busy:
            log.warning("migration_waits", why="others hold a lock; it is tried again")
            await asyncio.sleep(_PAUSE)
        else:
            return


async def _migrate(database: Database) -> None:
    if database.is_sqlite:
        async with database.transaction() as connection:
            await connection.run_sync(_upgrade)
        return
    # An index on a big table takes longer than any statement of the work may, and the replica that
    # waits for the lock waits for all of it.
    unlimited = Database(database.url, command_timeout=None)
    try:
        async with unlimited.transaction() as connection:
            await _take_turn(connection)
            await connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE:g}s'"))
            await connection.run_sync(_upgrade)
    finally:
        await unlimited.close()


async def _take_turn(connection: Linked) -> None:
    """Let nobody else migrate until the transaction ends.

    Raises:
        _Elsewhere: somebody does, and has not ended yet.
    """
    for process, address, seconds in await connection.execute(_MIGRATES, {"key": _LOCK}):
        log.warning(
            "migration_waits",
            why="another process migrates",
            process=process,
            address=address,
            since_seconds=None if seconds is None else round(seconds),
        )
    await connection.execute(text(f"SET LOCAL lock_timeout = '{_SAYS_EVERY:g}s'"))
    try:
        with as_storage_errors:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    except Busy as error:
        raise _Elsewhere(str(error)) from error


async def current(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    async with database.reading() as connection:
        return await connection.run_sync(_revision)


async def is_fit(database: Database) -> bool:
    """Whether this code can work on the database.

    It can where a later release has migrated: migrations only add, so that replicas of two releases
    work side by side while one follows the other.
    """
    revision = await current(database)
    return revision == head() or _is_newer(revision)
