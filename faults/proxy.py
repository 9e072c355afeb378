"""A wire that can be cut: TCP on 127.0.0.1 between the bot and whom it speaks to."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Self

# PostgreSQL's protocol, as asyncpg writes it: a statement is given a name, and is run by it.
_NAMED = re.compile(rb"P[\0-\xff]{4}(__asyncpg_[^\0]*)\0([^\0]*)\0")
_RUN = re.compile(rb"B[\0-\xff]{4}[^\0]*\0(__asyncpg_[^\0]*)\0")
#: A transaction in one statement, unless one has begun: several changes (`storage.together`), or
#: one alone, as the note of a message that was sent.
_WHOLE = (b"WITH c0 AS (", b"INSERT ", b"UPDATE ", b"DELETE ")
_BEGINS = re.compile(rb"Q[\0-\xff]{4}BEGIN")
_TAKES_BACK = re.compile(rb"Q[\0-\xff]{4}ROLLBACK")


class _Commits:
    """Hears what commits in what the bot says on one connection."""

    def __init__(self) -> None:
        self._whole: set[bytes] = set()
        self._has_begun = False

    def in_words(self, data: bytes) -> bool:
        """Whether these words commit: COMMIT, or a statement that needs none."""
        for name, statement in _NAMED.findall(data):
            # The name may have been another statement's before.
            (self._whole.add if statement.startswith(_WHOLE) else self._whole.discard)(name)
        if (is_commit := b"COMMIT" in data) or _TAKES_BACK.search(data):
            self._has_begun = False
            return is_commit
        self._has_begun |= _BEGINS.search(data) is not None
        return not self._has_begun and any(name in self._whole for name in _RUN.findall(data))


class Proxy:
    """Passes bytes on to `port` of this machine.

    Attributes:
        is_open: False: whoever comes is sent away, whoever is there is cut off (`cut`).
        lose_commits: so many answers to what commits are still to be lost: it reaches the server,
            which carries it out, and the connection breaks before the answer.
        lost: how many were.
        refused: how many that came did not get through.
        broken: how many connections the far end, or a cut, has broken.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._server: asyncio.Server | None = None
        self._pipes: set[asyncio.Task[None]] = set()
        self.is_open = True
        self.lose_commits = 0
        self.lost = 0
        self.refused = 0
        self.broken = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._pipes)

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._come, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, cut everybody off."""
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    def cut(self) -> None:
        """Break all connections."""
        self.broken += len(self._pipes)
        for pipe in self._pipes:
            pipe.cancel()

    def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pipe = asyncio.create_task(self._serve(reader, writer))
        self._pipes.add(pipe)
        pipe.add_done_callback(self._pipes.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = None
        try:
            if self.is_open:
                far_reader, there = await asyncio.open_connection("127.0.0.1", self._to)
                await self._both_ways(reader, writer, far_reader, there)
            else:
                self.refused += 1
        except OSError:
            self.refused += there is None
        finally:
            for end in (writer, there):
                if end is not None:
                    end.transport.abort()

    async def _both_ways(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        loses, commits = asyncio.Event(), _Commits()

        async def there() -> None:
            while data := await reader.read(1 << 16):
                if commits.in_words(data) and self.lose_commits:
                    self.lose_commits -= 1
                    loses.set()
                far_writer.write(data)
                await far_writer.drain()

        async def back() -> None:
            while data := await far_reader.read(1 << 16):
                if loses.is_set():
                    # The server has answered: it is committed.
                    self.lost += 1
                    return
                writer.write(data)
                await writer.drain()
            self.broken += 1

        ways = [asyncio.create_task(there()), asyncio.create_task(back())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            with contextlib.suppress(OSError):
                await asyncio.gather(*ways, return_exceptions=True)
