"""A CRMKA that answers when a test lets it: who was asked meanwhile, and who has gone, is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from crm_api.crmka import CrmkaCrm
from crm_api.settings import CrmSettings
from crm_api.tokens import MemoryTokens, TokenStore

KEY, NUMBER, EARLIER = "f5086aeebb", 36973, "12ad97526e"
LEAD, DOUBLES, LIST, LOGIN = "lead", "doubles", "list", "login"
_WHAT = {
    f"/api/v2/orders/{KEY}": LEAD,
    f"/api/v2/order_doubles/{KEY}": DOUBLES,
    "/api/v2/orders": LIST,
    "/api/v2/users/auth": LOGIN,
}
_SALE = {"name": "Нож", "price": 5, "quantity": 2}


class HeldCrm:
    """Answers at once whatever is not held.

    Attributes:
        asked: what was asked for, in its order.
        under_way: what was asked for and is neither answered nor given up.
        replies: status, body and headers of an answer that is not the usual one.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.under_way: list[str] = []
        self.replies: dict[str, tuple[int, Any, dict[str, str]]] = {}
        self._held: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Condition()
        self._logins = 0

    def hold(self, *which: str) -> None:
        """Answer none of these before they are let."""
        for what in which:
            self._held[what] = asyncio.Event()

    def let(self, *which: str) -> None:
        """Answer them."""
        for what in which:
            self._held.pop(what).set()

    def reply(self, what: str, status: int, body: Any = None, **headers: str) -> None:
        """Answer this from now on."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        self.replies[what] = (status, {} if body is None else body, said)

    async def are_under_way(self, *which: str) -> None:
        """Wait until just these are asked for, and neither answered nor given up."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: sorted(self.under_way) == sorted(which))

    async def serve(self, request: web.Request) -> web.Response:
        """One request."""
        what = _WHAT[request.path]
        token = request.headers.get("Authorization", "")
        await self._note(self.asked.append, what)
        await self._note(self.under_way.append, what)
        try:
            if what in self._held:
                await self._held[what].wait()
        finally:
            await self._note(self.under_way.remove, what)
        if what == LOGIN:
            self._logins += 1
            return web.json_response({"token": f"token-{self._logins}"})
        if token != f"Bearer token-{self._logins}":
            return web.json_response({"error": "server have new token"}, status=401)
        status, body, headers = self.replies.get(what) or (200, self._usual(what, request), {})
        return web.json_response(body, status=status, headers=headers)

    def log_in_elsewhere(self) -> None:
        """Kill the token that we have."""
        self._logins += 1

    async def _note(self, how: Any, what: str) -> None:
        async with self._changed:
            how(what)
            self._changed.notify_all()

    def _usual(self, what: str, request: web.Request) -> Any:
        if what == LEAD:
            return {"id": NUMBER, "key": KEY, "client_name": "Демонов Пример", "phones": []}
        if what == DOUBLES:
            return [{"key": EARLIER, "project": "Нож"}, {"key": KEY}]
        is_by_number = '"id"' in request.query["filter"]
        row = {"id": NUMBER, "key": KEY} if is_by_number else {"key": EARLIER, "sales": [_SALE]}
        return {"data": [row]}


@asynccontextmanager
async def held_crm(tokens: TokenStore | None = None) -> AsyncIterator[tuple[HeldCrm, CrmkaCrm]]:
    """The CRM on a free port of 127.0.0.1, and the adapter before it."""
    held = HeldCrm()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", held.serve)
    server = TestServer(app)
    # It cancels the handler of a request that is given up: so that is seen here.
    await server.start_server()
    url = str(server.make_url("")).rstrip("/")
    settings = CrmSettings(url=url, login="bot", password="demo", timeout=5)
    crm = CrmkaCrm(settings, tokens or MemoryTokens())
    try:
        yield held, crm
    finally:
        await crm.aclose()
        await server.close()
