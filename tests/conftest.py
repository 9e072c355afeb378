"""Fixtures that more than one part of the tests needs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.db import Database
from storage.migrate import migrate
from tests.postgres import Postgres, postgres

__all__ = ["postgres"]  # a fixture


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
    """A database of its own with the newest schema, once on each engine."""
    if isinstance(engine, Postgres):
        template = await engine.template("workchats", migrated)
        async with engine.database(template) as url:
            yield url
    else:
        shutil.copy(engine, tmp_path / "workchats.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'workchats.db'}"
