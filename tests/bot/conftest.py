"""A world for every test, on both engines."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from functools import cache

import pytest
import structlog

from tests.harness import World, a_world
from tests.harness.port import Port, port_of


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """What the bot logs stands under a failed test, in lines."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["level", "event"], bool_as_flag=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses after a failure are a second of real time each; the tests' machine has no need."""
    monkeypatch.setattr("bot.intake._PAUSE", 0.02)
    monkeypatch.setattr("bot.writeback._MOMENT", 0.05)


@pytest.fixture(autouse=True, scope="package")
def _no_secrets() -> Iterator[None]:
    """Each world has TLS and a password, and nothing here goes over the one or needs the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ssl.create_default_context", cache(ssl.create_default_context))
        patch.setattr("crm_api.server.store._SCRYPT_COST", 2)
        yield


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with a_world(database_url) as running:
        yield running


@pytest.fixture
async def port(world: World) -> AsyncIterator[Port]:
    """The port of that world's bot."""
    async with port_of(world) as asked:
        yield asked
