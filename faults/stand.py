"""What an attack stands on: the sandbox, the small CRM, a database, and the bot that lives on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.processes import Running, running
from bench.rounds import Clerk
from crm_api.server.seed import BOT_LOGIN, BOT_PASSWORD
from faults.eyes import Eyes
from faults.proxy import Proxy
from sandbox.telegram.control_client import ControlClient
from storage.db import Database

BOT_ID = 42
TOKEN = f"{BOT_ID}:token-of-the-sandbox-for-the-faults-00000"
OWNER = 9001
#: Seconds before a dead bot is started again.
_PAUSE = 0.05
#: What a stop by a signal may take.
_PATIENCE = 20.0


@dataclass(slots=True, kw_only=True)
class Death:
    """One life of the bot has ended. `status`: of its process; None: it never got ready."""

    at: float
    status: int | None
    trap: str
    last: list[str]


class Keeper:
    """Starts the bot again whenever it dies, as systemd does.

    Attributes:
        traps: of the next lives, first come, first served; "" is a life without one.
        keeps: False: who dies stays dead.
        runs: the life that runs now.
    """

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._home = home
        self.environment = environment
        self.traps: list[str] = []
        self.keeps = asyncio.Event()
        self.runs: Running | None = None
        self.deaths: list[Death] = []
        self.complaints: list[str] = []
        self.changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep it alive."""
        self.keeps.set()
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End it well."""
        self.keeps.clear()
        if self.runs is not None:
            self.runs.process.terminate()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def ready(self) -> Running:
        """Wait until it lives."""
        async with asyncio.timeout(2 * _PATIENCE):
            while self.runs is None:
                await self._news()
        return self.runs

    async def dead(self, deaths: int, within: float) -> bool:
        """Wait until it has died more often than that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while len(self.deaths) <= deaths:
                    await self._news()
                return True
        return False

    def signal(self, number: signal.Signals) -> bool:
        """Send the running process a signal. False: there is none."""
        if self.runs is None or self.runs.process.returncode is not None:
            return False
        os.kill(self.runs.process.pid, number)
        return True

    async def kill(self) -> None:
        """`kill -9`, and wait until it is dead."""
        deaths = len(self.deaths)
        if self.signal(signal.SIGKILL):
            await self.dead(deaths, _PATIENCE)

    async def lay_down(self) -> None:
        """Let it be dead for a while: `keeps.set()` starts it again."""
        self.keeps.clear()
        await self.kill()

    async def _news(self) -> None:
        await self.changed.wait()

    def _tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def _keep(self) -> None:
        while True:
            await self.keeps.wait()
            trap = self.traps.pop(0) if self.traps else ""
            status, lines = await self._live(trap)
            self.deaths.append(Death(at=time.time(), status=status, trap=trap, last=lines[-5:]))
            self.complaints += [line for line in lines if _complains(line)]
            self._tell()
            await asyncio.sleep(_PAUSE)

    async def _live(self, trap: str) -> tuple[int | None, list[str]]:
        environment = {**self.environment, "FAULTS_KILL": trap}
        command = ("-m", "faults.ours")
        try:
            async with running(
                *command, home=self._home, until='"ready"', environment=environment
            ) as process:
                self.runs = process
                self._tell()
                try:
                    await process.process.wait()
                finally:
                    self.runs = None
            # Outside: then all that it said has been read.
            return process.process.returncode, process.lines
        except RuntimeError as error:
            # It ended before it was ready: killed by its trap, or the database was away.
            return None, [str(error)]


#: Faults of ours that the product survives by itself, but must not have.
_FAULTS = (
    "delivery_failed", "tick_failed", "replay_failed", "update_set_aside", "not_rendered",
    "comment_doubled", "Traceback", "fact_without_rule", "update_not_read", "never retrieved",
)  # fmt: skip


def _complains(line: str) -> bool:
    return any(fault in line for fault in _FAULTS)


@dataclass(slots=True, kw_only=True)
class Stand:
    """Everything that runs.

    Attributes:
        ahead: seconds by which all clocks are ahead of the real time.
        skew: seconds by which the bot's clock is wrong besides.
        troubles: moments (of the stand's clock) at which a message may have been sent and not been
            noted: deaths, lost answers, a database that was away.
    """

    home: Path
    sandbox: Running
    crm: Running
    crm_wire: Proxy
    control: ControlClient
    eyes: Eyes
    clerk: Clerk
    http: aiohttp.ClientSession
    database: Database
    database_wire: Proxy | None
    keeper: Keeper
    clock_file: Path
    ahead: float = 0.0
    skew: float = 0.0
    troubles: list[float] = field(default_factory=list)

    @property
    def crm_url(self) -> str:
        """Where the bot reaches the CRM, and what links name."""
        return f"http://127.0.0.1:{self.crm_wire.port}"

    def now(self) -> float:
        """The time that all agree on, seconds since the epoch."""
        return time.time() + self.ahead

    def trouble(self) -> None:
        """Something happens now that may make a message come twice."""
        self.troubles.append(self.now())

    async def advance(self, seconds: float) -> None:
        """Let time pass for all."""
        self.ahead += seconds
        await self.control.advance(seconds)
        self._write_clock()

    def turn_clock(self, skew: float) -> None:
        """Put the bot's clock wrong by so many seconds; 0: right."""
        self.skew = skew
        self._write_clock()

    def _write_clock(self) -> None:
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(str(self.ahead + self.skew))
        fresh.rename(self.clock_file)

    async def waiting_updates(self) -> int:
        """Updates that the bot has not confirmed."""
        url = f"{self.sandbox.url}/bot{TOKEN}/getWebhookInfo"
        async with self.http.get(url) as answer:
            return int((await answer.json())["result"]["pending_update_count"])

    async def crm_fault(self, **order: Any) -> None:
        """Let the CRM go wrong, see `crm_api.server.faults`."""
        async with self.http.post(f"{self.clerk.url}/control/faults", json=order) as answer:
            assert answer.status == 201, await answer.text()  # noqa: PLR2004 -- created

    async def crm_heals(self) -> None:
        """No fault of the CRM is left."""
        self.crm_wire.is_open = True
        async with self.http.delete(f"{self.clerk.url}/control/faults") as answer:
            await answer.read()

    async def lead(self, key: str) -> dict[str, Any]:
        """A lead as it truly is."""
        async with self.http.get(f"{self.clerk.url}/control/leads/{key}") as answer:
            truth: dict[str, Any] = await answer.json()
        return truth

    async def set_status(self, key: str, status: int) -> None:
        """Somebody in the call centre sets a status by hand."""
        url = f"{self.clerk.url}/control/leads/{key}/status"
        async with self.http.post(url, json={"status": status}) as answer:
            assert answer.ok, await answer.text()


@contextlib.asynccontextmanager
async def stand(
    home: Path, database_url: str, *, seed: int, database_port: int | None = None
) -> AsyncIterator[Stand]:
    """Start everything but the bot.

    Args:
        home: a folder of its own.
        database_url: where the data are; with `database_port`, the bot reaches them by a wire.
        seed: of the leads.
        database_port: PostgreSQL's.
    """
    telegram = ("-m", "sandbox.telegram", "--port", "0", "--token", TOKEN)
    small_crm = ("-m", "crm_api.server", "--port", "0", "--database", ":memory:")
    clock_file = home / "clock"
    clock_file.write_text("0")
    async with contextlib.AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(
            running(*telegram, home=home, until="Bot API on")
        )
        crm = await stack.enter_async_context(
            running(*small_crm, "--seed", "--control", home=home, until="Running on")
        )
        http = await stack.enter_async_context(aiohttp.ClientSession())
        control = await stack.enter_async_context(ControlClient(sandbox.url))
        eyes = await stack.enter_async_context(Eyes(http, sandbox.url))
        crm_wire = await stack.enter_async_context(Proxy(int(crm.url.rpartition(":")[2])))
        database_wire, bots_url = None, database_url
        if database_port is not None:
            database_wire = await stack.enter_async_context(Proxy(database_port))
            bots_url = database_url.replace(f":{database_port}/", f":{database_wire.port}/")
        await control.limits(on=False)
        database = Database(database_url)
        stack.push_async_callback(database.close)
        keeper = Keeper(
            home,
            {
                "BOT_TOKEN": TOKEN,
                "OWNER_IDS": str(OWNER),
                "DATABASE_URL": bots_url,
                "CRM_URL": f"http://127.0.0.1:{crm_wire.port}",
                "CRM_LOGIN": BOT_LOGIN,
                "CRM_PASSWORD": BOT_PASSWORD,
                "CRM_TIMEOUT": "3",
                "TELEGRAM_API_URL": sandbox.url,
                "SUMMARY_TIME": "off",
                "HTTP_PORT": "0",
                "INSTANCE": "faults",
                "LOG_FORMAT": "json",
                "FAULTS_CLOCK": str(clock_file),
                "FAULTS_BUDGET": "boundless",
            },
        )
        stack.push_async_callback(keeper.stop)
        yield Stand(
            home=home,
            sandbox=sandbox,
            crm=crm,
            crm_wire=crm_wire,
            control=control,
            eyes=eyes,
            clerk=Clerk(http, crm.url, seed),
            http=http,
            database=database,
            database_wire=database_wire,
            keeper=keeper,
            clock_file=clock_file,
        )
