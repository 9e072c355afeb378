"""The wire that attacks cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from faults.proxy import Proxy
from tests.postgres import Postgres

_SEVERAL = "WITH c0 AS (INSERT INTO kept VALUES ($1) RETURNING 1) SELECT 0, c0 FROM c0"


@pytest.fixture
async def echo() -> AsyncIterator[list[bytes]]:
    """A server that says everything back; gives what it has heard, its port in front."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            heard.append(data)
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    heard.append(str(server.sockets[0].getsockname()[1]).encode())
    async with server:
        yield heard


async def said_back(wire: Proxy, words: bytes) -> bytes:
    """What comes back; b"": the connection broke."""
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(words)
    try:
        return await rest(reader)
    finally:
        writer.close()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes yet; b"": the connection broke."""
    try:
        return await reader.read(100)
    except ConnectionError:
        return b""


async def test_words_pass_until_the_wire_is_cut(echo: list[bytes]) -> None:
    async with Proxy(int(echo[0])) as wire:
        assert await said_back(wire, b"a") == b"a"
        reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        writer.write(b"b")
        assert await reader.read(100) == b"b"
        wire.cut()
        assert await rest(reader) == b""
        writer.close()
        wire.is_open = False
        assert await said_back(wire, b"d") == b""
        wire.is_open = True
        assert await said_back(wire, b"e") == b"e"


async def test_a_commit_reaches_the_server_and_its_answer_nobody(echo: list[bytes]) -> None:
    async with Proxy(int(echo[0])) as wire:
        wire.lose_commits = 1
        assert await said_back(wire, b"BEGIN") == b"BEGIN"
        assert await said_back(wire, b"Q\0COMMIT\0") == b""
        assert echo[-1] == b"Q\0COMMIT\0"
        assert wire.lost == 1
        assert await said_back(wire, b"COMMIT") == b"COMMIT"


@pytest.mark.parametrize("change", [_SEVERAL, "INSERT INTO kept VALUES ($1) RETURNING id"])
async def test_a_statement_that_is_a_transaction_by_itself_commits_too(
    postgres: Postgres, change: str
) -> None:
    async with postgres.database() as url:
        address = make_url(url).set(drivername="postgresql")
        async with Proxy(address.port or 5432) as wire:

            async def connected() -> Any:
                by_wire = address.set(port=wire.port).render_as_string(hide_password=False)
                return await asyncpg.connect(by_wire, ssl=False)

            one = await connected()
            await one.execute("CREATE TABLE kept (id int)")
            await one.fetch(change, 1)
            wire.lose_commits = 1
            assert await one.fetchval("SELECT count(*) FROM kept") == 1
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                await one.fetch(change, 2)
            assert wire.lost == 1
            another = await connected()
            assert await another.fetchval("SELECT count(*) FROM kept") == 2
            await another.close()


@pytest.mark.parametrize("change", [_SEVERAL, "INSERT INTO kept VALUES ($1) RETURNING id"])
async def test_a_statement_of_a_transaction_that_has_begun_commits_nothing(
    postgres: Postgres, change: str
) -> None:
    async with postgres.database() as url:
        address = make_url(url).set(drivername="postgresql")
        async with Proxy(address.port or 5432) as wire:
            by_wire = address.set(port=wire.port).render_as_string(hide_password=False)
            one = await asyncpg.connect(by_wire, ssl=False)
            await one.execute("CREATE TABLE kept (id int)")
            wire.lose_commits = 2
            await one.execute("BEGIN; SELECT 1")
            await one.fetch(change, 1)
            await one.execute("ROLLBACK")
            await one.execute("BEGIN")
            await one.fetch(change, 2)
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                await one.execute("COMMIT")
            assert wire.lost == 1
            another = await asyncpg.connect(by_wire, ssl=False)
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                await another.fetch(change, 3)
            wire.lose_commits = 0
            third = await asyncpg.connect(by_wire, ssl=False)
            assert [row["id"] for row in await third.fetch("SELECT id FROM kept")] == [2, 3]
            await third.close()
