"""Fixtures that more than one part of the tests needs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from storage.db import Database
from storage.migrate import migrate
from storage.tables import metadata
from tests.postgres import Postgres, postgres
from tests.sharing import pytest_xdist_auto_num_workers, pytest_xdist_make_scheduler

# A fixture, and hooks.
__all__ = ["postgres", "pytest_xdist_auto_num_workers", "pytest_xdist_make_scheduler"]

# How fast examples are made tells of the machine, which others may be using, and not of the code.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")


async def migrated(url: str) -> None:
    """Bring an empty database's schema up to date, and let go of it."""
    database = Database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "workchats.db"
    asyncio.run(migrated(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Path | Postgres:
    """Each engine in turn: the file to copy, or the server."""
    # Only what is needed is made: no server starts for `-k sqlite`.
    name = "migrated_file" if request.param == "sqlite" else "postgres"
    made: Path | Postgres = request.getfixturevalue(name)
    return made


@pytest.fixture
async def database_url(engine: Path | Postgres, tmp_path: Path) -> AsyncIterator[str]:
    """A database with the newest schema and no rows, once on each engine."""
    if isinstance(engine, Postgres):
        # One for all: to make and drop a database takes longer than most tests.
        name = await engine.template("workchats", migrated)
        yield engine.url(name)
        await _emptied(engine.url(name))
    else:
        shutil.copy(engine, tmp_path / "workchats.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'workchats.db'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, opened."""
    made = Database(database_url)
    yield made
    await made.close()


async def _emptied(url: str) -> None:
    """Remove all rows, and let every table count from 1 again."""
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    counted = [
        table.name for table in metadata.sorted_tables if table.autoincrement_column is not None
    ]
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), ssl=False)
    try:
        await connection.execute(
            "; ".join(
                [
                    *(f'DELETE FROM "{table}"' for table in tables),  # noqa: S608 -- our own names
                    *(f"SELECT setval('{table}_id_seq', 1, false)" for table in counted),
                ]
            )
        )
    finally:
        await connection.close()
