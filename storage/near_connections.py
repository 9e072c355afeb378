"""What is kept open of one SQLite file: the writer, and the readers who never wait for it."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.engine import URL

from storage.block import Block
from storage.near import Near, near_engine
from storage.near_writer import NearWriter


class NearReaders:
    """Only read, and never wait for the writer.

    Each statement sees its own moment: a commit, which runs in a thread, may come between two.
    A connection is kept for the next one: taking it out of the pool costs more than to read.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Near] = []

    def reading(self) -> Block[Near]:
        """A connection for as long as the block lasts."""
        return _Reading(self)

    def take(self) -> Near:
        """One that nobody uses."""
        return self._idle.pop() if self._idle else Near(self._engine.connect())

    def give_back(self, near: Near) -> None:
        """It may be used again."""
        self._idle.append(near)

    def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            self._idle.pop().close()


class _Reading:
    """A reader's connection for as long as a block lasts."""

    __slots__ = ("_near", "_readers")

    def __init__(self, readers: NearReaders) -> None:
        self._readers = readers

    async def __aenter__(self) -> Near:
        self._near = self._readers.take()
        return self._near

    async def __aexit__(self, _kind: object, error: BaseException | None, _at: object, /) -> None:
        if error is None:
            self._readers.give_back(self._near)
        else:
            self._near.close()


class NearConnections:
    """The writer and the readers of one file."""

    def __init__(self, url: URL) -> None:
        self.engine = near_engine(url)
        self._writer = NearWriter(self.engine)
        self._readers = NearReaders(self.engine)

    def transaction(self, _chat: int | None = None) -> Block[Near]:
        """All within is committed when the block ends well. The chat needs no lock: see above."""
        return self._writer.unit()

    def single(self) -> Block[Near]:
        """The same, for one statement."""
        return self._writer.unit()

    def reading(self) -> Block[Near]:
        """Only reads."""
        return self._readers.reading()

    async def close(self) -> None:
        """Give the connections back, when what is under way is committed."""
        await self._writer.settle()
        self._readers.close()
        self.engine.dispose()
