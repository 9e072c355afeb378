"""The bot's own port: /healthz, /readyz, /metrics, and the webhook where one is set."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.errors import NotNow
from bot.intake import Intake
from bot.metrics import Metrics
from bot.wire import leave_out_card, read_json

log = structlog.get_logger(__name__)

_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- a header's name
#: Telegram's updates are far smaller; somebody else's need not be read.
_LARGEST = 1024 * 1024


def make_app(
    *,
    ready: Callable[[], Awaitable[str | None]],
    metrics: Metrics,
    webhook: tuple[str, str, Intake] | None = None,
) -> web.Application:
    """The application.

    Args:
        ready: None when the bot can work, else what is missing.
        metrics: the figures.
        webhook: (address, secret, intake) where Telegram posts updates.
    """
    app = web.Application(client_max_size=_LARGEST)

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        missing = await ready()
        if missing is None:
            return web.json_response({"status": "ready"})
        return web.json_response({"status": "not ready", "why": missing}, status=503)

    async def figures(_request: web.Request) -> web.Response:
        return web.Response(
            body=metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"}
        )

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", figures)
    if webhook is not None:
        address, secret, intake = webhook
        app.router.add_post(urlsplit(address).path or "/", _receiver(secret, intake))
    return app


def _receiver(secret: str, intake: Intake) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get(_SECRET, "")
        # Bytes that are no UTF-8 come as surrogates: they are a wrong secret like any other.
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), secret.encode()):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        try:
            raw = await request.json(loads=read_json)
        except (ValueError, LookupError, RecursionError, web.RequestPayloadError) as error:
            log.error("webhook_body_not_understood", why=type(error).__name__)  # noqa: TRY400
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        if not isinstance(raw, dict) or not _is_number(raw.get("update_id")):
            # Not from Telegram, whatever it is.
            log.error("webhook_body_not_understood", why="no update")
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        leave_out_card(raw)
        try:
            await intake.take_raw(raw)
        except NotNow:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return web.Response()

    return receive


def _is_number(update: Any) -> bool:
    """Whether it can be an update's number."""
    return type(update) is int and 0 <= update < 2**63
