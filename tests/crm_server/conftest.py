"""The small CRM on a port of its own, and a client that knows its API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from crm_api.server.app import create_app
from crm_api.server.records import Rights, User
from crm_api.server.store import Store

#: 14:02:05 in the CRM's zone, five hours ahead.
NOW = datetime(2026, 3, 4, 9, 2, 5, tzinfo=UTC)
PASSWORD = "made up"
PHONE = "77010000001"


@dataclass
class Api:
    """One account's view of the API; `call` answers with status and JSON."""

    session: aiohttp.ClientSession
    url: str
    token: str = ""

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.session.request(
            method, f"{self.url}/api/v2{path}", headers=headers, **options
        ) as response:
            return response.status, await response.json()

    async def order(self, key: str) -> Any:
        status, lead = await self.call("GET", f"/orders/{key}")
        assert status == 200, lead
        return lead

    async def put(self, key: str, /, **body: Any) -> tuple[int, Any]:
        return await self.call("PUT", f"/orders/{key}", json=body)

    async def find(self, expression: Any, what: str = "orders", /, **query: int) -> tuple[int, Any]:
        asked = {"filter": json.dumps(expression), **{k: str(v) for k, v in query.items()}}
        return await self.call("GET", f"/{what}", params=asked)


class Crm:
    """The server, its store, and the test's own entrance."""

    def __init__(self, url: str, store: Store, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.store = store
        self.session = session

    def person(self, login: str, last_name: str, first_name: str = "Тест") -> User:
        return self.store.add_user(login, last_name=last_name, first_name=first_name)

    async def login(self, login: str = "bot", rights: Rights | None = None) -> Api:
        """An account with these rights, logged in; the bot's own is there already."""
        if login != "bot":
            self.store.add_user(login, first_name=login, password=PASSWORD, rights=rights)
        api = Api(self.session, self.url)
        status, body = await api.call(
            "POST", "/users/auth", json={"login": login, "password": PASSWORD}
        )
        assert status == 200, body
        api.token = body["token"]
        return api

    async def control(self, method: str, path: str, /, **body: Any) -> Any:
        async with self.session.request(method, f"{self.url}/control{path}", json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    async def lead(self, **fields: Any) -> str:
        """A new lead's key."""
        made = await self.control("POST", "/leads", **{"phones": [PHONE], **fields})
        return str(made["key"])

    async def truth(self, key: str) -> Any:
        return await self.control("GET", f"/leads/{key}")

    async def page(self, path: str) -> tuple[int, str]:
        async with self.session.get(f"{self.url}{path}") as response:
            return response.status, await response.text()


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    store = Store.open(":memory:")
    store.add_user("bot", last_name="Бот", first_name="Рабочие чаты", password=PASSWORD)
    server = TestServer(create_app(store, clock=lambda: NOW, control=True))
    await server.start_server()
    async with aiohttp.ClientSession() as session:
        # Otherwise aiohttp sends a PUT again by itself when the connection breaks.
        session._retry_connection = False
        yield Crm(str(server.make_url("")).rstrip("/"), store, session)
    await server.close()
    store.close()


@pytest.fixture
async def api(crm: Crm) -> Api:
    return await crm.login()
