"""The Bot API over HTTP: `/bot<token>/<method>`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from aiohttp import BodyPartReader, web

from sandbox.telegram.errors import BotApiError, ConnectionCut, bad_request
from sandbox.telegram.faults import Fault
from sandbox.telegram.files import LARGEST_UPLOAD
from sandbox.telegram.methods import METHODS, Method
from sandbox.telegram.model import Json
from sandbox.telegram.reading import read, unknown_names
from sandbox.telegram.telegram import Telegram

Sleep = Callable[[float], Awaitable[object]]


class BotApi:
    """Answers the bot's calls; `sleep` waits out a `slow` fault."""

    def __init__(self, telegram: Telegram, sleep: Sleep = asyncio.sleep) -> None:
        self._telegram = telegram
        self._sleep = sleep

    def add_routes(self, app: web.Application) -> None:
        """Serve the Bot API in an application."""
        app.router.add_route("*", "/bot{token}/{method}", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one HTTP call."""
        if request.match_info["token"] != self._telegram.token:
            return _answer(BotApiError(401, "Unauthorized").body())
        try:
            given = await _parameters(request)
        except BotApiError as error:
            return _answer(error.body())
        try:
            return _answer(await self.call(request.match_info["method"], given))
        except ConnectionCut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()

    async def call(self, name: str, given: Json) -> Json:
        """Run a method and give the whole answer's JSON, noting the call in the log.

        Raises:
            ConnectionCut: a fault wants it so.
        """
        tg = self._telegram
        fault = tg.faults.take(name)
        body = await self._answered(name, given, fault)
        tg.touch()
        if name != "getUpdates":
            cut = fault is not None and fault.kind in {"lost_answer", "drop"}
            tg.log.append(_noted(tg.clock.now(), name, given, body, cut=cut))
        if fault is not None and fault.kind in {"lost_answer", "drop"}:
            raise ConnectionCut
        return body

    async def _answered(self, name: str, given: Json, fault: Fault | None) -> Json:
        if fault is not None and fault.kind == "error":
            return fault.error().body()
        if fault is not None and fault.kind == "drop":
            return BotApiError(0, "the connection was cut before anything was done").body()
        if fault is not None and fault.kind == "slow":
            await self._sleep(fault.seconds)
        try:
            return {"ok": True, "result": await self._run(name, given)}
        except BotApiError as error:
            return error.body()

    async def _run(self, name: str, given: Json) -> object:
        method = METHODS.get(name)
        if method is None:
            raise BotApiError(404, "Not Found")
        if not self._telegram.strict:
            unknown = unknown_names(method.params, given)
            given = {key: value for key, value in given.items() if key not in unknown}
        result = method.run(self._telegram, read(method.params, given))
        return await result if inspect.isawaitable(result) else result


def _noted(at: float, name: str, given: Json, body: Json, *, cut: bool) -> Json:
    method = METHODS.get(name)
    note: Json = {
        "at": at,
        "method": name,
        "params": _listed(given if method is None else _typed(method, given)),
        "ok": body["ok"],
        "error_code": body.get("error_code"),
        "description": body.get("description"),
        "answer_lost": cut,
    }
    if method is not None and (unknown := unknown_names(method.params, given)):
        note["unknown_parameters"] = sorted(unknown)
    return note


def _typed(method: Method, given: Json) -> Json:
    """Give the parameters as numbers and objects where they are in order, else as they came."""
    try:
        return read(method.params, given).model_dump(exclude_unset=True)
    except BotApiError:
        return given


def _listed(params: Json) -> Json:
    """Leave out what files hold: the log tells their names and sizes."""
    return {
        name: {key: one for key, one in value.items() if key != "content"}
        if isinstance(value, dict)
        else value
        for name, value in params.items()
    }


def _answer(body: Json) -> web.Response:
    return web.json_response(body, status=200 if body["ok"] else body["error_code"])


async def _parameters(request: web.Request) -> Json:
    """Read a call's parameters from the address, JSON, a form or a multipart body."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise bad_request("can't parse JSON object")
        return given | body
    if request.content_type == "multipart/form-data":
        return given | await _multipart(request)
    return given | {key: str(value) for key, value in (await request.post()).items()}


async def _multipart(request: web.Request) -> Json:
    """Read form fields; a file becomes {"file_name", "file_size", "content"} in its field.

    Raises:
        BotApiError: 413, it is larger than Telegram takes.
    """
    fields: Json = {}
    files: dict[str, Json] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise bad_request("can't parse multipart form")
        content = await _content(part)
        if part.filename is None:
            fields[part.name] = content.decode()
        else:
            files[part.name] = {
                "file_name": part.filename,
                "file_size": len(content),
                "content": content,
            }
    for name, value in fields.items():
        if isinstance(value, str) and value.startswith("attach://"):
            fields[name] = files.get(value.removeprefix("attach://"), value)
    direct = {name: file for name, file in files.items() if name == "document"}
    return fields | direct


async def _content(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        content += part.decode(chunk)
        if len(content) > LARGEST_UPLOAD:
            raise BotApiError(413, "Request Entity Too Large")
    return bytes(content)
