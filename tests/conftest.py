"""Fixtures that more than one part of the tests needs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from storage.db import Database
from storage.migrate import migrate
from tests.emptying import Emptying
from tests.memory import folder_in_memory
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


@pytest.fixture(scope="session")
def emptying(postgres: Postgres) -> Iterator[Emptying]:
    """One database for all: to make and drop one takes longer than most tests."""
    made = Emptying(postgres.url(asyncio.run(postgres.template("workchats", migrated))))
    yield made
    made.close()


@pytest.fixture
def database_url(engine: Path | Postgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with the newest schema and no rows, once on each engine."""
    if isinstance(engine, Postgres):
        emptying: Emptying = request.getfixturevalue("emptying")
        yield emptying.url
        emptying.empty()
    else:
        with folder_in_memory() as folder:
            shutil.copy(engine, folder / "workchats.db")
            yield f"sqlite+aiosqlite:///{folder / 'workchats.db'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, opened."""
    made = Database(database_url)
    yield made
    await made.close()
