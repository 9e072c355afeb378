"""What every test of the flows starts from."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards import Cards
from bot.flows.base import Flow
from tests.flows.chat import Chat
from tests.flows.explore import Explored
from tests.flows.explored import EACH
from tests.flows.explored import explored as explored_once
from tests.flows.rendering import cards_once
from tests.flows.world import CONFIRMED, NEW, a_lead, an_order


@pytest.fixture(params=EACH)
def flow(request: pytest.FixtureRequest) -> Flow[Any]:
    found: Flow[Any] = request.param
    return found


@pytest.fixture
def explored(flow: Flow[Any]) -> Explored:
    return explored_once(flow)


@pytest.fixture
def cards() -> Cards:
    return cards_once()


@pytest.fixture
def chat() -> Chat:
    """A working day: the lead burns, its first order is on its way."""
    chat = Chat()
    chat.crm.knows(a_lead(NEW), an_order(3, CONFIRMED, "в пути"))
    return chat
