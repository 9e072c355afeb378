"""Faults on demand: the next answers of the API come wrong, late, cut off, or not at all.

Tests order them through `/control/faults`; nothing happens here unless somebody has ordered one.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: So many requests are remembered by name; their count goes on.
_REMEMBERED = 10_000


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"  # this status and body, without the effect
    HTML = "html"  # a proxy's page with status 200 (or the one given), without the effect
    GARBAGE = "garbage"  # something that is no JSON, without the effect
    EMPTY = "empty"  # 200 with nothing in it, without the effect
    HANG = "hang"  # wait, then go on as usual: the effect comes late
    LATE = "late"  # the effect at once, its answer after a wait
    BEHIND = "behind"  # a proxy's page at once, the effect after a wait
    CUT_BEFORE = "cut_before"  # the connection breaks, without the effect
    CUT_AFTER = "cut_after"  # the effect is done, its answer is lost
    OMIT = "omit"  # as usual, but a field is missing from the answer


@dataclass(slots=True, kw_only=True)
class Fault:
    """One order for something to go wrong.

    Attributes:
        method: of the requests that it meets; "*" for all.
        path: glob of their paths, `*` stands for slashes too.
        times: so many requests are still to meet it.
    """

    id: int
    kind: FaultKind
    method: str = "*"
    path: str = "*"
    times: int = 1
    status: int = 500
    body: Any = None
    seconds: float = 0.0
    field: str = ""

    def meets(self, request: web.Request) -> bool:
        """Whether this request is to go wrong."""
        return (
            self.times > 0
            and self.method in {"*", request.method}
            and fnmatchcase(request.path, self.path)
        )


@dataclass(slots=True)
class FaultBox:
    """The faults that are ordered, and the requests that came."""

    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    requests: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    #: Set at shutdown, so that nobody waits for a fault that hangs.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _behind: set[asyncio.Task[Any]] = field(default_factory=set)

    def order(self, ordered: dict[str, Any]) -> Fault:
        """Add a fault.

        Raises:
            ValueError: an unknown kind.
            TypeError: an unknown setting.
        """
        settings = {**ordered, "kind": FaultKind(ordered.get("kind", FaultKind.STATUS))}
        fault = Fault(id=next(self._ids), **settings)
        self.faults.append(fault)
        return fault

    def take(self, request: web.Request) -> Fault | None:
        """The fault that this request meets, one time less for the next."""
        for fault in self.faults:
            if fault.meets(request):
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None

    def behind(self, effect: Awaitable[Any], seconds: float) -> None:
        """Let the effect come after a wait, while nobody waits for its answer."""

        async def come() -> None:
            await self.wait(seconds)
            await effect

        task = asyncio.create_task(come())
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def wait(self, seconds: float) -> None:
        """Wait, but not beyond the server's end."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return


FAULTS = web.AppKey("faults", FaultBox)


@web.middleware
async def faults_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Remember the API's requests, and let those go wrong that somebody has ordered to."""
    if not request.path.startswith("/api/"):
        return await handler(request)
    box = request.app[FAULTS]
    box.count += 1
    box.requests.append({"method": request.method, "path": request.path})
    fault = box.take(request)
    if fault is None:
        return await handler(request)
    if fault.kind is FaultKind.BEHIND:
        await request.read()
        box.behind(handler(request), fault.seconds)
        return _proxys_page(fault.status)
    instead = await _without_effect(request, fault, box)
    if instead is not None:
        return instead
    response = await handler(request)
    if fault.kind is FaultKind.LATE:
        await box.wait(fault.seconds)
    elif fault.kind is FaultKind.CUT_AFTER:
        _cut(request)
    elif fault.kind is FaultKind.OMIT and isinstance(response, web.Response):
        return _without_field(response, fault.field)
    return response


async def _without_effect(
    request: web.Request, fault: Fault, box: FaultBox
) -> web.StreamResponse | None:
    """The answer of a fault that keeps the request from its effect; None: go on."""
    match fault.kind:
        case FaultKind.STATUS:
            text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
            kind = "text/plain" if isinstance(fault.body, str) else "application/json"
            return web.Response(status=fault.status, text=text, content_type=kind)
        case FaultKind.HTML:
            return _proxys_page(fault.status)
        case FaultKind.GARBAGE:
            return web.Response(body=b"\x00\xff{not json", content_type="application/json")
        case FaultKind.EMPTY:
            return web.Response(body=b"", content_type="application/json")
        case FaultKind.CUT_BEFORE:
            _cut(request)
            return web.Response()
        case FaultKind.HANG:
            # It has the whole request: whoever does not wait any more cannot take it back.
            await request.read()
            await box.wait(fault.seconds)
    return None


def _proxys_page(status: int) -> web.Response:
    page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
    return web.Response(status=status, text=page, content_type="text/html")


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _without_field(response: web.Response, name: str) -> web.Response:
    body = json.loads(response.text or "null")
    holders = [body, *body.get("data", [])] if isinstance(body, dict) else body
    for holder in holders if isinstance(holders, list) else []:
        if isinstance(holder, dict):
            holder.pop(name, None)
    return web.json_response(body, status=response.status)
