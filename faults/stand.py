"""What an attack stands on: the sandbox, the small CRM, a database, and the bot that lives on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.balancer import Balancer, balancer
from bench.processes import Running, running
from bench.rounds import Clerk
from crm_api.server.seed import BOT_LOGIN, BOT_PASSWORD
from faults.eyes import Eyes
from faults.keeper import Keeper
from faults.proxy import Proxy
from faults.troubles import Troubles
from sandbox.telegram.control_client import ControlClient
from storage.db import Database

BOT_ID = 42
TOKEN = f"{BOT_ID}:token-of-the-sandbox-for-the-faults-00000"
OWNER = 9001


@dataclass(slots=True, kw_only=True)
class Stand:
    """Everything that runs.

    Attributes:
        ahead: seconds by which all clocks are ahead of the real time.
        keepers: one, or one of each replica; these have a `balancer` in front.
        skew: seconds by which the bots' clock is wrong besides.
        troubles: by the stand's clock.
        taken_away: messages that the bot itself has deleted.
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
    keepers: tuple[Keeper, ...]
    balancer: Balancer | None
    clock_file: Path
    ahead: float = 0.0
    skew: float = 0.0
    troubles: Troubles = field(default_factory=Troubles)
    taken_away: set[tuple[int, int]] = field(default_factory=set)

    @property
    def keeper(self) -> Keeper:
        """Where one bot lives: its keeper."""
        return self.keepers[0]

    @property
    def deaths(self) -> int:
        """How often any bot has died."""
        return sum(len(keeper.deaths) for keeper in self.keepers)

    async def live(self) -> None:
        """Let all bots live, and wait until they do."""
        for keeper in self.keepers:
            keeper.keeps.set()
        for keeper in self.keepers:
            await keeper.ready()

    async def lay_down(self) -> None:
        """Let all bots be dead until `live`."""
        await asyncio.gather(*(keeper.lay_down() for keeper in self.keepers))

    async def born_again(self, **environment: str) -> None:
        """Kill all bots; the next lives have these settings."""
        for keeper in self.keepers:
            keeper.environment.update(environment)
        await self.lay_down()
        await self.live()

    @property
    def crm_url(self) -> str:
        """Where the bot reaches the CRM, and what links name."""
        return f"http://127.0.0.1:{self.crm_wire.port}"

    def now(self) -> float:
        """The time that all agree on, seconds since the epoch."""
        return time.time() + self.ahead

    def trouble(self) -> None:
        """Something happens now that may make a message come twice."""
        self.troubles.note(self.now())

    async def advance(self, seconds: float) -> None:
        """Let time pass for all."""
        now = self.now()
        self.ahead += seconds
        self.troubles.jump(now, now + seconds)
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

    async def crm_fault(self, **order: Any) -> int:
        """Let the CRM go wrong, see `crm_api.server.faults`. Gives the number of the fault."""
        async with self.http.post(f"{self.clerk.url}/control/faults", json=order) as answer:
            assert answer.status == 201, await answer.text()  # noqa: PLR2004 -- created
            return int((await answer.json())["id"])

    async def crm_faults(self) -> dict[int, int]:
        """How many requests are still to meet each of the CRM's faults."""
        async with self.http.get(f"{self.clerk.url}/control/faults") as answer:
            return {fault["id"]: fault["times"] for fault in await answer.json()}

    async def crm_requests(self) -> list[str]:
        """The paths of what was asked of the CRM lately."""
        async with self.http.get(f"{self.clerk.url}/control/requests") as answer:
            return [request["path"] for request in (await answer.json())["requests"]]

    async def crm_forgets_requests(self) -> None:
        """Only what is asked from now on counts."""
        async with self.http.delete(f"{self.clerk.url}/control/requests") as answer:
            await answer.read()

    async def telegram_faults(self) -> int:
        """How many calls are still to meet a fault of Telegram's."""
        return sum(fault["times"] for fault in await self.control.call("GET", "/faults"))

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

    async def new_lead(self, **sent: Any) -> str:
        """Insert one (`crm_api.server.control.lead_from_json`), and give its key."""
        async with self.http.post(f"{self.clerk.url}/control/leads", json=sent) as answer:
            assert answer.status == 201, await answer.text()  # noqa: PLR2004 -- created
            return str((await answer.json())["key"])

    async def set_status(self, key: str, status: int) -> None:
        """Somebody in the call centre sets a status by hand."""
        url = f"{self.clerk.url}/control/leads/{key}/status"
        async with self.http.post(url, json={"status": status}) as answer:
            assert answer.ok, await answer.text()


@contextlib.asynccontextmanager
async def stand(
    home: Path,
    database_url: str,
    *,
    seed: int,
    database_port: int | None = None,
    replicas: int = 0,
) -> AsyncIterator[Stand]:
    """Start everything but the bot, or its replicas.

    Args:
        home: a folder of its own.
        database_url: where the data are; with `database_port`, the bot reaches them by a wire.
        seed: of the leads.
        database_port: PostgreSQL's.
        replicas: so many behind a balancer, by the webhook; 0: one bot that polls.
    """
    telegram = ("-m", "sandbox.telegram", "--port", "0", "--token", TOKEN)
    small_crm = ("-m", "crm_api.server", "--port", "0", "--database", ":memory:")
    clock_file = home / "clock"
    clock_file.write_text("0")
    async with contextlib.AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running(*telegram, home=home, until="Bot API on"))
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
        settings = {
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
        }
        front = await stack.enter_async_context(balancer(home, replicas)) if replicas else None
        keepers = [
            await stack.enter_async_context(Keeper(home, settings | more))
            for more in ([{}] if front is None else map(front.settings, range(replicas)))
        ]
        at = Stand(
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
            keepers=tuple(keepers),
            balancer=front,
            clock_file=clock_file,
        )
        # A restored backup may have taken its place.
        stack.push_async_callback(lambda: at.database.close())  # noqa: PLW0108 -- see above
        for keeper in keepers:
            keeper.on_death = at.trouble
        yield at
