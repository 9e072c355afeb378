"""A world for every test, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.harness import World, a_world


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses after a failure are a second of real time each; the tests' machine has no need."""
    monkeypatch.setattr("bot.intake._PAUSE", 0.02)
    monkeypatch.setattr("bot.writeback._MOMENT", 0.05)


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with a_world(database_url) as running:
        yield running
