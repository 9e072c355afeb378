"""A server that says what a test tells it to, byte by byte: no CRM would answer like that.

Answers are taken in turn, the last one again and again; a login is answered by itself, and so is
whatever has an answer of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

#: The server reads the request and never answers.
SILENCE = b"<silence>"
#: Without this the server closes the connection after the answer.
GOES_ON = b"Connection: keep-alive"
TOKEN = "demo-token"


def answer(status: int, body: bytes, *headers: str, kind: str = "application/json") -> bytes:
    """A whole answer as it stands on the wire."""
    head = [
        f"HTTP/1.1 {status} Demo",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        GOES_ON.decode(),
        *headers,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def said(body: Any, status: int = 200, *headers: str) -> bytes:
    """JSON as an answer."""
    return answer(status, json.dumps(body, ensure_ascii=False).encode(), *headers)


@dataclass
class FakeServer:
    """What it was told to say, and what it was asked ("PUT /api/v2/orders/…")."""

    answers: list[bytes]
    url: str = ""
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    login: bytes = field(default_factory=lambda: said({"token": TOKEN}))
    own: dict[str, bytes] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            try:
                while await self._answer_one(reader, writer):
                    pass
            finally:
                writer.close()
                await writer.wait_closed()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection may bring another."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        sizes = [
            int(line.partition(":")[2])
            for line in head.split("\r\n")
            if line.lower().startswith("content-length:")
        ]
        body = await reader.readexactly(sizes[0] if sizes else 0)
        reply = self._reply(head.partition(" HTTP/")[0], body)
        if reply == SILENCE:
            await reader.read()
            return False
        writer.write(reply)
        await writer.drain()
        # Garbage, or cut short: nothing more is to come.
        return GOES_ON in reply

    def _reply(self, what: str, body: bytes) -> bytes:
        if what.endswith("/users/auth"):
            return self.login
        self.asked.append(what)
        self.bodies.append(body)
        if what in self.own:
            return self.own[what]
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@asynccontextmanager
async def fake_server(answers: Sequence[bytes]) -> AsyncIterator[FakeServer]:
    """The server on a free port of 127.0.0.1."""
    fake = FakeServer(list(answers))
    open_ones: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(fake.serve(reader, writer))
        open_ones.add(task)
        task.add_done_callback(open_ones.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
        for task in list(open_ones):
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)
