"""How much of a connection is read at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bot.pieces import PIECE, read_in_pieces


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    transport: Any = vars(asyncio.selector_events)["_SelectorTransport"]
    before = transport.max_size
    yield
    transport.max_size = before


class Pieces(asyncio.Protocol):
    """Remembers what came, piece by piece."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.ended = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.sizes.append(len(data))

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set_result(exc)


async def test_a_long_answer_is_read_whole_in_pieces_for_which_the_heap_has_room() -> None:
    read_in_pieces()
    heard: list[Pieces] = []

    def hear() -> Pieces:
        heard.append(Pieces())
        return heard[-1]

    server = await asyncio.get_running_loop().create_server(hear, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x" * 300_000)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await heard[0].ended

    assert sum(heard[0].sizes) == 300_000
    assert max(heard[0].sizes) == PIECE
