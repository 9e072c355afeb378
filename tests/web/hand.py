"""A bot that the test itself is the hands of, and a CRM that is nothing but a page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.telegram.server import TelegramSandbox
from sandbox.web.app import Suggestion, mount

LEAD = "f5086aeebb"
DECISION = [
    [
        {"text": "✅ Разрешить", "callback_data": "allow", "style": "success"},
        {"text": "⛔ Запретить", "callback_data": "forbid", "style": "danger"},
    ],
    [{"text": "Спросить", "callback_data": "ask"}],
]


class HandBot:
    """Calls the Bot API over HTTP, as any bot does; each update is confirmed once it is read."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, token: str) -> None:
        self._session = session
        self._base = f"{base_url}/bot{token}"
        self._offset = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        async with self._session.post(f"{self._base}/{method}", json=parameters) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return answer["result"]

    async def document(self, chat_id: int, name: str, content: bytes) -> None:
        """Send a file."""
        form = aiohttp.FormData({"chat_id": str(chat_id)}, quote_fields=False)
        form.add_field("document", content, filename=name)
        async with self._session.post(f"{self._base}/sendDocument", data=form) as response:
            assert (await response.json())["ok"]

    async def next(self, kind: str) -> dict[str, Any]:
        """Wait for the next update of a kind («message», «callback_query»), passing others by."""
        while True:
            updates = await self.call("getUpdates", offset=self._offset, timeout=10, limit=1)
            assert updates, f"no {kind} came"
            self._offset = updates[0]["update_id"] + 1
            if kind in updates[0]:
                wanted: dict[str, Any] = updates[0][kind]
                return wanted

    async def card(self, chat_id: int, text: str, **more: Any) -> dict[str, Any]:
        """Send a card with the three buttons of a decision."""
        message: dict[str, Any] = await self.call(
            "sendMessage",
            chat_id=chat_id,
            text=text,
            parse_mode="HTML",
            reply_markup={"inline_keyboard": DECISION},
            **more,
        )
        return message

    async def answer(self, query: dict[str, Any], text: str = "", *, alert: bool = False) -> None:
        await self.call(
            "answerCallbackQuery", callback_query_id=query["id"], text=text, show_alert=alert
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """A sandbox with the chat page, a hand-driven bot in it, and the CRM's address."""

    sandbox: TelegramSandbox
    bot: HandBot
    crm_url: str

    @property
    def url(self) -> str:
        return self.sandbox.url

    def link(self, key: str = LEAD) -> str:
        return f"{self.crm_url}/orders/{key}"


@asynccontextmanager
async def crm_page() -> AsyncIterator[str]:
    """Serve a page for each lead that says its key."""

    async def lead(request: web.Request) -> web.Response:
        key = request.match_info["key"]
        return web.Response(text=f"<h1>Карточка лида {key}</h1>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/orders/{key}", lead)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def sandbox_with_page(
    crm_url: str, *, port: int = 0, state: Path | None = None, more: tuple[Suggestion, ...] = ()
) -> TelegramSandbox:
    """A sandbox, not started yet, that serves the chat page and offers a ready post, or more."""

    async def suggestions() -> list[Suggestion]:
        text = f"{crm_url}/orders/{LEAD}\nМогу ли оформить?"
        return [Suggestion(text=text, label="Шуруповёрт, дубль", chat_title="РФ Админы"), *more]

    return TelegramSandbox(
        port=port,
        state=state,
        limits=False,
        mount=lambda app: mount(app, suggestions=suggestions, crm_web_url=crm_url),
    )
