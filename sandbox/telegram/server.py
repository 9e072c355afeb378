"""The sandbox as a server: the Bot API and the control API on one port of 127.0.0.1."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

from aiohttp import web

from sandbox.telegram import persistence
from sandbox.telegram.botapi import BotApi
from sandbox.telegram.clock import Clock
from sandbox.telegram.control import Control
from sandbox.telegram.control_client import ControlClient
from sandbox.telegram.files import LARGEST_UPLOAD, Files
from sandbox.telegram.telegram import Telegram, new_world
from sandbox.telegram.webhook import Pusher

Sleep = Callable[[float], Awaitable[object]]

#: What still runs at the end gets so long, seconds.
GRACE = 1.0


def create_app(telegram: Telegram, *, sleep: Sleep = asyncio.sleep) -> web.Application:
    """Make the application around an engine: `/bot…`, `/control/…`, and the webhook's pusher.

    `sleep` waits between a webhook's tries and in `slow` faults.
    """
    app = web.Application(client_max_size=LARGEST_UPLOAD)
    bot_api = BotApi(telegram, sleep)
    bot_api.add_routes(app)
    Control(telegram).add_routes(app)
    pusher = Pusher(telegram, bot_api.call, sleep)

    async def on_startup(_app: web.Application) -> None:
        pusher.start()

    async def on_shutdown(_app: web.Application) -> None:
        telegram.stop()
        await pusher.stop()

    app.on_startup.append(on_startup)
    app.on_shutdown.append(on_shutdown)
    return app


class TelegramSandbox:
    """A running sandbox, for the demo and for tests.

    ```python
    async with TelegramSandbox() as tg:
        bot = Bot(tg.token, session=AiohttpSession(api=TelegramAPIServer.from_base(tg.url)))
        olya = await tg.control.person("Оля")
        group = await tg.control.chat("РФ Админы", creator=olya["id"], members=[tg.bot_id])
    ```

    `token` is the only one that is let in, as "<the bot's id>:<anything>". `port` 0 takes a free
    one. `state` names the file that keeps everything; what it kept (the bot's name, privacy,
    limits) then wins over the arguments. `mount` may add routes before the start. One object
    serves once: after `stop`, or a port that was taken, make another.

    Raises:
        ValueError: the state file is none, or belongs to another bot.
    """

    def __init__(  # noqa: PLR0913 - each has its default, and is given by name
        self,
        token: str = "42:sandbox",  # noqa: S107 - made up, and opens the sandbox alone
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        username: str = "workchats_bot",
        first_name: str = "Рабочие чаты",
        clock: Clock | None = None,
        strict: bool = True,
        limits: bool = True,
        privacy: bool = False,
        state: Path | None = None,
        mount: Callable[[web.Application], None] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        kept = persistence.load(state) if state is not None else None
        world = kept or new_world(
            token, username=username, first_name=first_name, privacy=privacy, limits=limits
        )
        if not token.startswith(f"{world.bot.id}:"):
            raise ValueError(f"the state belongs to the bot {world.bot.id}, not to this token")
        self.token = token
        # Beside the state, not in it: that is written anew after each change.
        files = Files(state.with_suffix(".files") if state is not None else None)
        self.telegram = Telegram(token, world, clock=clock, strict=strict, files=files)
        self.app = create_app(self.telegram, sleep=sleep)
        if mount is not None:
            mount(self.app)
        self._host, self._port = host, port
        self._file = persistence.StateFile(world, state) if state is not None else None
        self._runner: web.AppRunner | None = None
        self._control: ControlClient | None = None

    @property
    def url(self) -> str:
        """Give the address, as "http://127.0.0.1:8081"; there once it has started."""
        return f"http://{self._host}:{self._port}"

    @property
    def bot_id(self) -> int:
        """Give the bot's user id."""
        return self.telegram.world.bot.id

    @property
    def control(self) -> ControlClient:
        """Give a client of the control API; there once it has started."""
        if self._control is None:
            raise RuntimeError("the sandbox has not started")
        return self._control

    async def start(self) -> None:
        """Begin to serve.

        Raises:
            OSError: the port is taken.
        """
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=GRACE)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._port = self._runner.addresses[0][1]
        self._control = ControlClient(self.url)
        if self._file is not None:
            self.telegram.on_change = self._file.touch

    async def stop(self) -> None:
        """Stop serving, and write the state a last time."""
        if self._control is not None:
            await self._control.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.telegram.on_change = lambda: None
        if self._file is not None:
            self._file.write()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
