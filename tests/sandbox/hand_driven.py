"""A bot that does nothing by itself: each test makes its calls over HTTP."""

from __future__ import annotations

from typing import Any, Self

import aiohttp

from sandbox.telegram import TelegramSandbox

Json = dict[str, Any]


class HandDrivenBot:
    """Calls the Bot API as JSON and gives what a test asks about."""

    def __init__(self, tg: TelegramSandbox) -> None:
        self._tg = tg
        self._session = aiohttp.ClientSession()
        self._offset = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def call(self, method: str, /, **params: object) -> Json:
        """Give the whole answer; the HTTP status must agree with it."""
        url = f"{self._tg.url}/bot{self._tg.token}/{method}"
        async with self._session.post(url, json=params) as response:
            answer: Json = await response.json()
            assert response.status == (200 if answer["ok"] else answer["error_code"])
            return answer

    async def ok(self, method: str, /, **params: object) -> Any:
        """Give the result of a call that must succeed."""
        answer = await self.call(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def refused(self, method: str, /, **params: object) -> str:
        """Give the words of a call that must fail."""
        answer = await self.call(method, **params)
        assert not answer["ok"], answer
        return str(answer["description"])

    async def send(self, chat_id: int, text: str = "карточка", /, **params: object) -> Json:
        """Send a text that must arrive, and give the message."""
        sent: Json = await self.ok("sendMessage", chat_id=chat_id, text=text, **params)
        return sent

    async def updates(self, **params: object) -> list[Json]:
        """Give the new updates and confirm the ones before."""
        given: list[Json] = await self.ok("getUpdates", offset=self._offset, **params)
        if given:
            self._offset = given[-1]["update_id"] + 1
        return given


def buttons(*rows: list[Json]) -> Json:
    """Make an inline keyboard."""
    return {"inline_keyboard": list(rows)}


def button(text: str = "Разрешить", data: str = "yes", **more: object) -> Json:
    """Make a button that comes back to the bot."""
    return {"text": text, "callback_data": data, **more}
