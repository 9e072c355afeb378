"""The chat page's live stream: server-sent events."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

from aiohttp import web

from sandbox.telegram.telegram import Telegram

#: An empty line so often keeps the connection, seconds.
HEARTBEAT = 15.0


async def stream(tg: Telegram, request: web.Request) -> web.StreamResponse:
    """Send the events after `since` (or the header Last-Event-ID), then each as it happens.

    Without either it begins now. Ends when the client goes, or the sandbox stops.
    """
    asked = request.headers.get("Last-Event-ID") or request.query.get("since") or ""
    seen = int(asked) if asked.isdecimal() else tg.events.last
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    # The tab may be closed at any moment.
    with contextlib.suppress(ConnectionResetError):
        # An id without data: who reconnects before the first event still knows where it was.
        await response.write(f"id: {seen}\n\n".encode())
        while not tg.stopping:
            for number, event in tg.events.since(seen):
                data = json.dumps(event, ensure_ascii=False)
                await response.write(f"id: {number}\ndata: {data}\n\n".encode())
                seen = number
            if not await tg.events.signal.wait_for(_later_than(tg, seen), HEARTBEAT):
                await response.write(b": still here\n\n")
    return response


def _later_than(tg: Telegram, seen: int) -> Callable[[], bool]:
    return lambda: tg.stopping or tg.events.last != seen
