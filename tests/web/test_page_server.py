"""What the page's server hands out, without a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from tests.web.hand import LEAD, crm_page, sandbox_with_page


@asynccontextmanager
async def page_server() -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """A client of the page's server, and the CRM's address."""
    async with crm_page() as crm, sandbox_with_page(crm) as sandbox:  # noqa: SIM117 - its url
        async with aiohttp.ClientSession(sandbox.url) as session:
            yield session, crm


async def test_the_config_names_the_crm_and_the_ready_posts() -> None:
    async with page_server() as (session, crm), session.get("/page/config") as response:
        config = await response.json()
    assert config["crm_web_url"] == crm
    [post] = config["suggestions"]
    assert post == {
        "text": f"{crm}/orders/{LEAD}\nМогу ли оформить?",
        "label": "Шуруповёрт, дубль",
        "chat_title": "РФ Админы",
    }


async def test_the_page_may_load_nothing_from_outside_and_frame_the_crm_alone() -> None:
    async with page_server() as (session, crm), session.get("/") as response:
        policy = response.headers["Content-Security-Policy"]
        assert response.content_type == "text/html"
    assert "default-src 'self'" in policy
    assert policy.endswith(f"frame-src {crm}")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("app.js", "text/javascript"), ("style.css", "text/css"), ("icon.svg", "image/svg+xml")],
)
async def test_static_files_have_their_type_and_are_asked_for_again(name: str, kind: str) -> None:
    async with page_server() as (session, _), session.get(f"/static/{name}") as response:
        assert response.status == 200
        assert response.content_type == kind
        assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fapp.py", "index.html", "%2e%2e/app.py"])
async def test_nothing_else_is_handed_out(name: str) -> None:
    async with page_server() as (session, _), session.get(f"/static/{name}") as response:
        assert response.status == 404
