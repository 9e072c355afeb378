"""What all bots of the benchmark share: Telegram's sandbox, the small CRM, and the people."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.processes import Running, running
from bench.rounds import OWNER, CallCentre, Clerk, Watch
from crm_api.server.seed import BOT_LOGIN, BOT_PASSWORD
from sandbox.telegram.control_client import ControlClient

_SEED = 20_260_115
_BOT_ID = 42
#: More calls than any benchmark makes.
_FOR_EVER = 10**9
_TOKEN = f"{_BOT_ID}:benchmark-token-of-the-sandbox-00000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A running stand; `home` is a folder for whoever wants to keep something."""

    home: Path
    sandbox: Running
    crm: Running
    control: ControlClient
    watch: Watch
    clerk: Clerk
    centre: CallCentre

    def environment(self, database_url: str) -> dict[str, str]:
        """A bot's settings, as `python -m bot run` reads them."""
        return {
            "BOT_TOKEN": _TOKEN,
            "OWNER_IDS": str(OWNER),
            "DATABASE_URL": database_url,
            "CRM_URL": self.clerk.url,
            "CRM_LOGIN": BOT_LOGIN,
            "CRM_PASSWORD": BOT_PASSWORD,
            "TELEGRAM_API_URL": self.sandbox.url,
            "HTTP_PORT": "0",
            "LOG_FORMAT": "json",
        }

    def sqlite(self, name: str) -> str:
        """The address of an SQLite file of the stand."""
        return f"sqlite+aiosqlite:///{self.home}/{name}.db"

    async def answer_after(self, seconds: float) -> None:
        """From now on Telegram and the CRM take so long for each answer, as over a network."""
        if not seconds:
            return
        for method in ("*", "getUpdates"):
            await self.control.fault(method, "slow", seconds=seconds, times=_FOR_EVER)
        await self.clerk.answer_after(seconds, times=_FOR_EVER)

    async def telegram_calls(self, since: float) -> int:
        """The bot's calls since that Unix time, fetching updates apart; ten thousand at most."""
        return sum(note["at"] >= since for note in await self.control.log())


@contextlib.asynccontextmanager
async def stand(home: Path, *, operators: int, groups: int) -> AsyncIterator[Stand]:
    """Start everything but the bots, in processes of their own."""
    telegram = ("-m", "sandbox.telegram", "--port", "0", "--token", _TOKEN)
    # In memory: the CRM's own disk is not what is measured.
    small_crm = ("-m", "crm_api.server", "--port", "0", "--database", ":memory:")
    async with (
        running(*telegram, home=home, until="Bot API on") as sandbox,
        running(*small_crm, "--seed", "--control", home=home, until="Running on") as crm,
        aiohttp.ClientSession() as http,
        ControlClient(sandbox.url) as control,
        Watch(http, sandbox.url) as watch,
    ):
        await control.limits(on=False)
        centre = CallCentre(control, watch, crm.url)
        await centre.furnish(operators, groups, _BOT_ID)
        yield Stand(
            home=home,
            sandbox=sandbox,
            crm=crm,
            control=control,
            watch=watch,
            clerk=Clerk(http, crm.url, _SEED),
            centre=centre,
        )
