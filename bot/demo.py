"""`demo`: the sandbox, the small CRM and the bot in one process, on an embedded SQLite."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import web
from tzlocal import get_localzone_name

from bot.config import load_settings
from bot.serving import serve
from bot.wiring import make_database, wired
from crm_api.server.app import create_app
from crm_api.server.seed import seed, showcase
from crm_api.server.store import Store
from sandbox.telegram.server import TelegramSandbox
from sandbox.web.app import Suggestion, mount
from sandbox.web.posts import ready_posts
from sandbox.world import OWNER, settle
from storage.migrate import migrate

T = TypeVar("T")

#: Where the demo keeps its data; `make demo-reset` forgets it.
HOME = Path(".demo")
_TOKEN = "42:demo-token-of-the-sandbox-0000000000"  # noqa: S105 -- opens the sandbox alone
_CHAT_PAGE, _CRM = 8081, 8090
_LOCAL = "127.0.0.1"
#: Ports after the wanted one that are tried, before any free one is taken.
_NEIGHBOURS = 10


async def demo(stop: asyncio.Event) -> None:
    """Run until `stop` is set. Data is kept between runs.

    DEMO_HOST is the address to listen on. A container names 0.0.0.0 and publishes the ports to its
    machine's 127.0.0.1: whoever reaches them is let in without a login.
    """
    host = os.environ.get("DEMO_HOST") or _LOCAL
    await asyncio.to_thread(HOME.mkdir, exist_ok=True)
    store = Store.open(HOME / "crm.db")
    seed(store, now=datetime.now(UTC))
    # The chat page shows the browser's time: cards and the CRM's pages tell the same.
    zone = get_localzone_name() or "Europe/Moscow"
    runner = web.AppRunner(create_app(store, zone=zone), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        crm_port = await _on_a_free_port("the CRM", _CRM, lambda port: _serve(runner, host, port))
        await _with_crm(stop, store, host, f"http://{_reached_at(host)}:{crm_port}", zone)
    finally:
        await runner.cleanup()
        store.close()


async def _with_crm(stop: asyncio.Event, store: Store, host: str, crm_url: str, zone: str) -> None:
    async def suggestions() -> list[Suggestion]:
        return ready_posts(showcase(store), crm_url)

    async def open_chat_page(port: int) -> TelegramSandbox:
        sandbox = TelegramSandbox(
            _TOKEN,
            host=host,
            port=port,
            state=HOME / "telegram.json",
            mount=lambda app: mount(app, suggestions=suggestions, crm_web_url=crm_url),
        )
        await sandbox.start()
        return sandbox

    sandbox = await _on_a_free_port("the chat page", _CHAT_PAGE, open_chat_page)
    chat_page = f"http://{_reached_at(host)}:{urlsplit(sandbox.url).port}"
    try:
        await settle(sandbox.url, "workchats_bot")
        settings = load_settings(
            _env_file=None,
            bot_token=_TOKEN,
            owner_ids=str(OWNER.id),
            database_url=f"sqlite+aiosqlite:///{HOME}/workchats.db",
            crm_url=crm_url,
            crm_login="workchats",
            crm_password="workchats",  # noqa: S106 -- the small CRM's demo account
            telegram_api_url=sandbox.url,
            timezone=zone,
            crm_timezone=zone,
            webhook_url="",
            webhook_secret="",
            http_port=0,
        )
        database = make_database(settings)
        try:
            await migrate(database)
            async with wired(settings, database) as workchats:
                await serve(workchats, stop, on_ready=lambda: _hello(chat_page, crm_url))
        finally:
            await database.close()
    finally:
        await sandbox.stop()


def _reached_at(host: str) -> str:
    """What a browser on this machine calls it: 0.0.0.0 means every address, and is none."""
    return _LOCAL if host == "0.0.0.0" else host  # noqa: S104 -- compared, not listened on


async def _serve(runner: web.AppRunner, host: str, port: int) -> int:
    site = web.TCPSite(runner, host, port)
    await site.start()
    taken: int = runner.addresses[-1][1]
    return taken


async def _on_a_free_port(what: str, wanted: int, start: Callable[[int], Awaitable[T]]) -> T:
    for port in (*range(wanted, wanted + _NEIGHBOURS), 0):
        try:
            started = await start(port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            continue
        if port != wanted:
            _say(f"Port {wanted} is taken; {what} uses another one.")
        return started
    raise AssertionError("port 0 is always free")


def _hello(chat_page: str, crm_url: str) -> None:
    _say(
        f"\n  Workchats is running.\n\n"
        f"  Chat page:  {chat_page}/\n"
        f"  CRM:        {crm_url}/\n\n"
        f"  Ctrl-C stops it; the data stays in {HOME}/ (make demo-reset forgets it).\n"
    )


def _say(text: str) -> None:
    print(text, file=sys.stdout, flush=True)  # noqa: T201 -- the command line speaks here
