"""A small client of the control API, for the demo's world and for tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

import aiohttp

from sandbox.telegram.errors import ControlError
from sandbox.telegram.model import Json

#: How long `until` waits unless told otherwise, seconds.
PATIENCE = 10.0


class ControlClient:
    """Be the people of the sandbox. Each method is one control call; JSON goes in and out.

    Raises `ControlError` with the sandbox's words where a call is refused.
    """

    def __init__(self, base_url: str) -> None:
        self._base = f"{base_url.rstrip('/')}/control"
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let the connections go."""
        if self._session is not None:
            await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """Make any control call; `path` begins after `/control`."""
        async with self._open().request(method, self._base + path, json=body) as answer:
            given = await answer.json()
            if answer.status != 200:  # noqa: PLR2004 - the only status of success
                raise ControlError(given["error"], answer.status)
            return given

    async def world(self) -> Json:
        """Give bots, people and chats."""
        return await self._get("/world")

    async def person(self, first_name: str, **more: object) -> Json:
        """Make a person; `more`: id, last_name, username, about."""
        return await self._post("/people", first_name=first_name, **more)

    async def start(self, person_id: int) -> None:
        """Let a person start the bot."""
        await self._post(f"/people/{person_id}/start")

    async def block(self, person_id: int) -> None:
        """Let a person block the bot."""
        await self._post(f"/people/{person_id}/block")

    async def unblock(self, person_id: int) -> None:
        """Let a person unblock the bot."""
        await self._post(f"/people/{person_id}/unblock")

    async def chat(
        self,
        title: str,
        *,
        creator: int,
        members: list[int] | None = None,
        kind: str = "supergroup",
        is_forum: bool = False,
    ) -> Json:
        """Make a chat."""
        return await self._post(
            "/chats",
            type=kind,
            title=title,
            creator=creator,
            members=members or [],
            is_forum=is_forum,
        )

    async def member(
        self, chat_id: int, user_id: int, status: str, *, by: int, **more: object
    ) -> Json:
        """Change somebody's place; `more`: is_anonymous, can_…."""
        path = f"/chats/{chat_id}/members"
        return await self._post(path, user_id=user_id, status=status, by=by, **more)

    async def topic(self, chat_id: int, name: str) -> Json:
        """Open a topic."""
        return await self._post(f"/chats/{chat_id}/topics", name=name)

    async def migrate(self, chat_id: int) -> int:
        """Turn a group into a supergroup and give its new id."""
        return int((await self._post(f"/chats/{chat_id}/migrate"))["id"])

    async def post(self, chat_id: int, author: int, text: str = "", **more: object) -> Json:
        """Write; `more`: caption, entities, media, media_group_id, reply_to, thread_id …."""
        body = {"from": author, **({"text": text} if text else {}), **more}
        return await self._post(f"/chats/{chat_id}/messages", **body)

    async def edit(self, chat_id: int, message_id: int, author: int, text: str) -> Json:
        """Edit one's own message."""
        body = {"from": author, "text": text}
        edited: Json = await self.call("PATCH", f"/chats/{chat_id}/messages/{message_id}", body)
        return edited

    async def delete(self, chat_id: int, message_id: int) -> None:
        """Delete a message."""
        await self.call("DELETE", f"/chats/{chat_id}/messages/{message_id}")

    async def press(
        self, chat_id: int, message_id: int, author: int, data: str | None = None, **more: object
    ) -> Json:
        """Press a button by its data, or by `row` and `col`; `more`: repeat, wait."""
        body = {"from": author, "data": data, **more}
        return await self._post(f"/chats/{chat_id}/messages/{message_id}/press", **body)

    async def inline(self, author: int, query: str, **more: object) -> Json:
        """Type an inline query; `more`: chat, wait."""
        return await self._post("/inline", **{"from": author}, query=query, **more)

    async def choose(self, query_id: str, result: str, chat_id: int) -> Json:
        """Send a result of an inline query."""
        return await self._post(f"/inline/{query_id}/choose", chat=chat_id, result=result)

    async def messages(self, chat_id: int, after: int = 0) -> list[Json]:
        """Give a chat's messages after a number."""
        given: list[Json] = await self.call("GET", f"/chats/{chat_id}/messages?after={after}")
        return given

    async def file(self, file_id: str) -> bytes:
        """Give what a file of the bot holds."""
        async with self._open().get(f"{self._base}/files/{file_id}") as answer:
            if answer.status != 200:  # noqa: PLR2004 - the only status of success
                raise ControlError((await answer.json())["error"], answer.status)
            return await answer.read()

    async def until(
        self,
        chat_id: int,
        wanted: Callable[[Json], bool],
        *,
        after: int = 0,
        within: float = PATIENCE,
    ) -> Json:
        """Wait for a message that is as wanted, now or after an edit, and give it.

        Raises:
            TimeoutError: `within` seconds were not enough; it names what the chat has instead.
        """
        try:
            async with asyncio.timeout(within):
                return await self._until(chat_id, wanted, after)
        except TimeoutError:
            shown = [m.get("text") or m.get("caption") for m in await self.messages(chat_id, after)]
            raise TimeoutError(f"no such message in chat {chat_id}; it has {shown}") from None

    async def fault(self, method: str, kind: str, **more: object) -> None:
        """Let a fault wait; `more`: code, description, retry_after, seconds, times."""
        await self._post("/faults", method=method, kind=kind, **more)

    async def clear_faults(self) -> None:
        """Forget all faults."""
        await self.call("DELETE", "/faults")

    async def limits(self, *, on: bool) -> None:
        """Switch the flood limits."""
        await self._post("/limits", on=on)

    async def privacy(self, *, on: bool) -> None:
        """Switch privacy mode."""
        await self._post("/privacy", on=on)

    async def inline_mode(self, *, on: bool) -> None:
        """Switch the bot's inline mode."""
        await self._post("/inline_mode", on=on)

    async def advance(self, seconds: float) -> None:
        """Put the sandbox's clock forward."""
        await self._post("/clock", advance=seconds)

    async def log(self, method: str | None = None) -> list[Json]:
        """Give the bot's calls."""
        calls: list[Json] = await self.call("GET", "/log" + (f"?method={method}" if method else ""))
        return calls

    async def push(self, update: Json) -> None:
        """Queue a raw update."""
        await self.call("POST", "/updates", update)

    async def redeliver(self, count: int) -> None:
        """Give the last confirmed updates again."""
        await self._post("/redeliver", count=count)

    async def shuffle(self, seed: int) -> int:
        """Put the unconfirmed updates into another order, and say how many they are."""
        return int((await self._post("/shuffle", seed=seed))["count"])

    async def _until(self, chat_id: int, wanted: Callable[[Json], bool], after: int) -> Json:
        path = f"{self._base}/events"
        quiet = aiohttp.ClientTimeout(total=None)
        async with self._open().get(path, timeout=quiet) as events:
            # The stream is open before the first look, so nothing falls between the two.
            for message in await self.messages(chat_id, after):
                if not message["deleted"] and wanted(message):
                    return message
            async for line in events.content:
                if not line.startswith(b"data: "):
                    continue
                event = json.loads(line.removeprefix(b"data: "))
                message = event.get("message")
                if event.get("chat_id") != chat_id or event["kind"] not in {"message", "edit"}:
                    continue
                if message["message_id"] > after and wanted(message):
                    return dict(message)
        raise TimeoutError

    async def _get(self, path: str) -> Json:
        given: Json = await self.call("GET", path)
        return given

    async def _post(self, path: str, **body: object) -> Json:
        given: Json = await self.call("POST", path, body)
        return given

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session
