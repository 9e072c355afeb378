"""The small CRM on a port of its own, with the adapter before it: the contract's world of CRMKA."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp.test_utils import TestServer

from crm_api.crmka import CrmkaCrm
from crm_api.port import Crm
from crm_api.server.app import create_app
from crm_api.server.records import Rights
from crm_api.server.store import Store
from crm_api.settings import CrmSettings
from crm_api.tokens import MemoryTokens, TokenStore
from tests.crm_api.contract import NewLead

ZONE = ZoneInfo("Asia/Almaty")
#: A made-up account.
PASSWORD = "demo"
_LOCAL = "%Y-%m-%d %H:%M:%S"


class SmallCrm:
    """The contract's `World`, and what the tests of CRMKA's own traps need besides."""

    def __init__(self, url: str, store: Store, control: aiohttp.ClientSession) -> None:
        self.url = url
        self.store = store
        self._control = control
        self.tokens = MemoryTokens()
        self.crm: Crm = self.adapter()

    def adapter(
        self,
        *,
        tokens: TokenStore | None = None,
        password: str = PASSWORD,
        timezone: str = "Asia/Almaty",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> CrmkaCrm:
        settings = CrmSettings(
            url=self.url, login="bot", password=password, timezone=timezone, timeout=5
        )
        return CrmkaCrm(settings, tokens or self.tokens, now=now)

    async def add_lead(self, lead: NewLead) -> str:
        said: dict[str, Any] = {
            "phones": [lead.phone],
            "project": lead.project,
            "created_at": _local(lead.created_at),
            "client_name": lead.client_name,
            "country_code": lead.country,
            "operator": lead.operator,
            "items": [
                {
                    "name": item.name,
                    "price": int(item.price),
                    "quantity": item.quantity,
                }
                for item in lead.items
            ],
            "calls": [
                {"operator": talk.operator, "at": _local(talk.at), "talked": talk.talked}
                for talk in lead.calls
            ],
            "comments": [{"text": text} for text in lead.comments],
        }
        if lead.confirmed_at is not None:
            said["statuses"] = [{"status": 17, "at": _local(lead.confirmed_at)}]
        return str((await self._post("/control/leads", said))["key"])

    async def truth(self, lead_id: str) -> dict[str, Any]:
        async with self._control.get(f"{self.url}/control/leads/{lead_id}") as response:
            found: dict[str, Any] = await response.json()
            return found

    async def comments(self, lead_id: str) -> list[str]:
        return [row["text"] for row in (await self.truth(lead_id))["comments"]]

    async def was_opened(self, lead_id: str) -> bool:
        return any(row["event"] == "open" for row in (await self.truth(lead_id))["history"])

    async def forbid(self, code: str) -> None:
        self.change_rights(Rights(forbidden_statuses=(int(code),)))

    def change_rights(self, rights: Rights) -> None:
        """Give the bot's user other rights."""
        with self.store.transaction() as connection:
            connection.execute(
                "UPDATE users SET rights = ? WHERE login = 'bot'", (json.dumps(rights.as_json()),)
            )

    async def break_after_the_next_write(self) -> None:
        await self.fault(kind="cut_after", method="PUT")

    async def go_down(self) -> None:
        await self.fault(kind="status", status=503, times=1000)

    async def fault(self, **order: Any) -> None:
        """Let something go wrong, see `crm_api.server.faults`."""
        await self._post("/control/faults", order)

    async def requests(self) -> list[str]:
        """What came since the last question, "PUT /api/v2/orders/…"."""
        async with self._control.get(f"{self.url}/control/requests") as response:
            rows = (await response.json())["requests"]
        await (await self._control.delete(f"{self.url}/control/requests")).read()
        return [f"{row['method']} {row['path']}" for row in rows]

    def steal_session(self) -> None:
        """Somebody else logs in with the bot's account."""
        self.store.log_in("bot", PASSWORD, datetime.now(UTC))

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self._control.post(f"{self.url}{path}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 201, answer
            return answer


@asynccontextmanager
async def small_crm(now: datetime | None = None) -> AsyncIterator[SmallCrm]:
    """The CRM from an empty database; `now` stops its clock."""
    store = Store.open(":memory:")
    store.add_user("bot", first_name="Бот", last_name="Рабочие чаты", password=PASSWORD)
    store.add_user("first", first_name="Анна", last_name="Первая", telegram="@demo_anna")
    store.add_user("second", first_name="Белла", last_name="Вторая")
    clock = None if now is None else (lambda: now)
    server = TestServer(create_app(store, control=True, clock=clock))
    await server.start_server()
    async with aiohttp.ClientSession() as control:
        world = SmallCrm(str(server.make_url("")).rstrip("/"), store, control)
        try:
            yield world
        finally:
            await world.crm.aclose()
            await server.close()
            store.close()


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime(_LOCAL)
