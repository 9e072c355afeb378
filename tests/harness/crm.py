"""The small CRM on a port of its own, with what tests need of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from crm_api.server.app import create_app
from crm_api.server.records import TIME_FORMAT, Rights
from crm_api.server.store import Store
from tests.harness.time import MovableClock, eventually

ZONE = "Asia/Almaty"
LOGIN, PASSWORD = "bot", "demo"
CONFIRMED, WAITING, DUPLICATE, TOO_EXPENSIVE = 17, 18, 50, 100
#: Comments of the bot carry such a tag.
TAG_SIGN = "#C"


class CrmDesk:
    """Leads as they truly are, and faults."""

    def __init__(
        self, url: str, store: Store, control: aiohttp.ClientSession, clock: MovableClock
    ) -> None:
        self.url = url
        self.store = store
        self.clock = clock
        self._control = control
        self._phones = 0

    # --- leads ----------------------------------------------------------------------------------

    def link(self, lead: str) -> str:
        return f"{self.url}/orders/{lead}"

    async def lead(self, **sent: Any) -> str:
        """Insert a lead (see `crm_api.server.control.lead_from_json`), and give its key."""
        sent.setdefault("phones", [self.new_phone()])
        return str((await self._call("POST", "/control/leads", sent))["key"])

    async def burning(self, *, days: int = 3, earlier: int = CONFIRMED, **sent: Any) -> str:
        """A lead whose phone has an earlier lead, which got the status `earlier` days ago."""
        phone = self.new_phone()
        at = self._local(self.clock() - timedelta(days=days))
        await self.lead(
            phones=[phone], created_at=at, statuses=[{"status": earlier, "at": at}], operator=""
        )
        return await self.lead(phones=[phone], **sent)

    def new_phone(self) -> str:
        """A Kazakh number that nobody has."""
        self._phones += 1
        return f"7701{self._phones:07d}"

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(ZoneInfo(ZONE)).strftime(TIME_FORMAT)

    async def truth(self, lead: str) -> dict[str, Any]:
        """The lead as it truly is."""
        return dict(await self._call("GET", f"/control/leads/{lead}"))

    async def comments(self, lead: str) -> list[str]:
        return [row["text"] for row in (await self.truth(lead))["comments"]]

    async def tagged(self, lead: str) -> list[str]:
        """The comments that the bot wrote."""
        return [text for text in await self.comments(lead) if TAG_SIGN in text]

    async def comment(self, lead: str, words: str) -> str:
        """Wait for the bot's comment with these words."""

        async def found() -> str:
            return next((text for text in await self.tagged(lead) if words in text), "")

        return await eventually(found, f"a comment with {words!r}")

    async def status(self, lead: str) -> int | None:
        """The sales status."""
        status = (await self.truth(lead))["status_1"]
        return None if status is None else int(status["id"])

    async def set_status(self, lead: str, status: int) -> None:
        """Somebody else sets a status."""
        await self._call("POST", f"/control/leads/{lead}/status", {"status": status})

    def make_responsible(self, lead: str, name: str) -> None:
        """Somebody else makes this user responsible."""
        user = self.store.user_named(name)
        assert user is not None
        with self.store.transaction() as connection:
            connection.execute("UPDATE leads SET manager_id = ? WHERE key = ?", (user.id, lead))

    # --- trouble --------------------------------------------------------------------------------

    async def fault(self, **order: Any) -> None:
        """Let something go wrong, see `crm_api.server.faults`."""
        await self._call("POST", "/control/faults", order)

    async def go_down(self) -> None:
        await self.fault(kind="status", status=503, times=10_000)

    async def come_back(self) -> None:
        await self._call("DELETE", "/control/faults")

    async def requests(self, method: str) -> list[str]:
        """Paths that were asked for."""
        rows = (await self._call("GET", "/control/requests"))["requests"]
        return [row["path"] for row in rows if row["method"] == method]

    def change_rights(self, rights: Rights) -> None:
        """Give the bot's user other rights."""
        with self.store.transaction() as connection:
            connection.execute(
                "UPDATE users SET rights = ? WHERE login = ?", (json.dumps(rights.as_json()), LOGIN)
            )

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        async with self._control.request(method, self.url + path, json=body) as response:
            answer = await response.json()
            assert response.status < 400, answer
            return answer


@asynccontextmanager
async def crm_desk(clock: MovableClock, *, port: int = 0) -> AsyncIterator[CrmDesk]:
    """The CRM from an empty database."""
    store = Store.open(":memory:")
    store.add_user(LOGIN, first_name="Бот", last_name="Рабочие чаты", password=PASSWORD)
    app = create_app(store, control=True, clock=clock, zone=ZONE)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as control:
            yield CrmDesk(url, store, control, clock)
    finally:
        await runner.cleanup()
        store.close()
