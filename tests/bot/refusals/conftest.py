"""«Не проставленные отказы» through the real engine: its chat, and the CRM's users."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.world import IRINA, OLYA, OWNER, TIMUR
from tests.bot.refusals.refusing import ANNA, GLEB, VERA
from tests.harness import World, a_world


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A chat with its supervisor; the operators are users of the CRM."""
    async with a_world(database_url, bound=False) as running:
        await running.arrive(IRINA)
        for number, name in enumerate((VERA, GLEB, ANNA)):
            last, first = name.split()
            running.crm.store.add_user(f"operator{number}", last_name=last, first_name=first)
        running.group = await running.new_group(
            "Не проставленные отказы (Удаленка)", members=(OLYA, TIMUR, IRINA)
        )
        await running.bind(running.group, flow="refusals")
        for who in (OLYA, TIMUR, OWNER):
            await running.give(who)
        await running.give(IRINA, "supervisor")
        yield running
