"""Runs what was wired: workers, the clock, health, and polling or the webhook."""

from __future__ import annotations

import asyncio
import errno
import gc
import sys
from collections.abc import Callable

import structlog
from aiohttp import web

from bot.errors import SettingsError
from bot.http import make_app
from bot.menu import show_menu
from bot.pieces import read_in_pieces
from bot.ticking import Ticking
from bot.wiring import Workchats

log = structlog.get_logger(__name__)

#: Seconds after which a thread that wants to run is let. SQLite's commit waits for the disk in one,
#: and whoever waits for the commit should not wait ten times as long for Python's usual turn.
_TURN = 0.0005
#: Seconds that the rest of a refused body is listened to: aiohttp's own 10 would hold up a stop.
_LINGERING = 0.5
#: New objects, less those that have gone, after which the collector looks at the youngest.
_GARBAGE = 10_000


async def serve(workchats: Workchats, stop: asyncio.Event, *, on_ready: Callable[[], None]) -> None:
    """Run until `stop` is set: workers, clock, health, and polling or the webhook."""
    settings = workchats.settings
    await workchats.voice.recall()
    secret = settings.webhook_secret.get_secret_value()
    app = make_app(
        ready=workchats.ready,
        metrics=workchats.metrics,
        webhook=(settings.webhook_url, secret, workchats.intake) if settings.webhook_url else None,
    )
    runner = web.AppRunner(app, access_log=None, lingering_time=_LINGERING)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.http_host, settings.http_port).start()
    except OSError as error:
        await runner.cleanup()
        taken = error.errno == errno.EADDRINUSE
        raise SettingsError(
            f"HTTP_PORT {settings.http_port} on {settings.http_host} is taken; name another"
            if taken
            else f"HTTP_HOST {settings.http_host}, HTTP_PORT {settings.http_port}: not usable here"
        ) from error
    ticking = Ticking(workchats.deadlines, workchats.tidying)
    ticking.start()
    voice = asyncio.create_task(workchats.voice.keep(), name="voice")
    tasks = [
        asyncio.create_task(workchats.telegram_worker.run(), name="telegram"),
        asyncio.create_task(workchats.crm_worker.run(), name="crm"),
        asyncio.create_task(_listen(workchats), name="intake"),
    ]
    # What start-up made stays: the collector need not look at it again and again. What a round
    # makes is nearly all gone when it is over: looking for what is left may wait for some of them.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    read_in_pieces()
    sys.setswitchinterval(_TURN)
    on_ready()
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopping, voice, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task is not stopping:
                task.result()
    finally:
        for task in (*tasks, stopping):
            task.cancel()
        await asyncio.gather(ticking.stop(), *tasks, stopping, return_exceptions=True)
        # Only now: whoever speaks next takes over what seems to be under way here.
        voice.cancel()
        await asyncio.gather(voice, return_exceptions=True)
        await runner.cleanup()


async def _listen(workchats: Workchats) -> None:
    """Polling; or the webhook, which only has to stay known to Telegram."""
    await show_menu(workchats.bot, workchats.cards)
    await workchats.way_in.open()
    if workchats.settings.webhook_url:
        await workchats.way_in.watch()
    else:
        await workchats.intake.poll()
