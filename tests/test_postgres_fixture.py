from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from tests.postgres import Postgres, postgres

__all__ = ["postgres"]  # the fixture, also where no conftest brings it


async def run(url: str, *statements: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                result = await connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        await engine.dispose()


async def test_it_is_a_real_postgresql_on_the_loopback(postgres: Postgres) -> None:
    async with postgres.database() as url:
        assert url.startswith("postgresql+asyncpg://workchats@127.0.0.1:")
        assert "PostgreSQL" in str(await run(url, "SELECT version()"))
        assert await run(url, "SHOW listen_addresses") == "127.0.0.1"


async def test_databases_are_strangers_to_each_other(postgres: Postgres) -> None:
    async with postgres.database() as one, postgres.database() as other:
        await run(one, "CREATE TABLE leads (id int)")
        assert await run(other, "SELECT to_regclass('leads')") is None


async def test_a_template_is_filled_once_and_cloned(postgres: Postgres) -> None:
    filled = []

    async def prepare(url: str) -> None:
        filled.append(url)
        await run(url, "CREATE TABLE leads (id int)", "INSERT INTO leads VALUES (42)")

    for _ in range(2):
        template = await postgres.template("of this test", prepare)
        async with postgres.database(template) as url:
            assert await run(url, "DELETE FROM leads RETURNING id") == 42
    assert len(filled) == 1


async def test_a_dropped_database_is_gone_even_while_somebody_is_connected(
    postgres: Postgres,
) -> None:
    url = await postgres.fresh_database()
    engine = create_async_engine(url)
    async with engine.connect():
        await postgres.drop(url)
    await engine.dispose()
    with pytest.raises(DBAPIError, match="does not exist"):
        await run(url, "SELECT 1")


async def test_a_stopped_server_is_gone_with_its_files() -> None:
    server = Postgres()
    server.start()
    url = await server.fresh_database()
    folder = server._folder
    server.stop()
    server.stop()
    assert not folder.exists()
    with pytest.raises(OSError, match=r"[Cc]onnect"):
        await run(url, "SELECT 1")


KILLED = """
import os, signal
from tests.postgres import Postgres
server = Postgres()
server.start()
print(server._folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_test_run_leaves_no_server_behind() -> None:
    told = subprocess.run(  # noqa: S603 -- our own interpreter
        [sys.executable, "-c", KILLED], capture_output=True, text=True, check=False
    )
    pid_file = Path(told.stdout.strip()) / "home/data/postmaster.pid"
    until = time.monotonic() + 10
    while pid_file.exists() and time.monotonic() < until:
        os.sched_yield()
    assert told.returncode == -signal.SIGKILL
    assert not pid_file.exists()
    shutil.rmtree(told.stdout.strip())  # nobody was left to do it


async def test_a_server_that_has_crashed_comes_back_while_clients_knock() -> None:
    server = Postgres()
    server.start()
    try:
        url = await server.fresh_database()
        port = int(url.rpartition(":")[2].partition("/")[0])
        knocking = asyncio.create_task(_knock(port))
        for _ in range(3):
            await asyncio.to_thread(server.crash)
            await asyncio.to_thread(server.resume)
            await asyncio.to_thread(server.resume)
            await run(url, "SELECT 1")
        knocking.cancel()
    finally:
        server.stop()


async def _knock(port: int) -> None:
    while True:
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            await (await asyncpg.connect(host="127.0.0.1", port=port, user="x", ssl=False)).close()
        await asyncio.sleep(0)
