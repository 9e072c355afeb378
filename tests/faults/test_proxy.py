"""The wire that attacks cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from faults.proxy import Proxy


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
