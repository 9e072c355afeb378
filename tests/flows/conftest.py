"""What every test of the flows starts from."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cards import Cards
from bot.config import make_flow
from bot.flows import FLOWS
from bot.flows.base import Flow
from tests.flows.chat import Chat
from tests.flows.explore import Explored, explore
from tests.flows.world import CONFIRMED, NEW, a_lead, an_order, plain


@cache
def _explored(flow: Flow[Any]) -> Explored:
    return explore(flow, plain())


# A flow's tests stay together when the suite is spread over processes: it is explored once.
@pytest.fixture(
    params=[
        pytest.param(make_flow(kind, {}), marks=pytest.mark.xdist_group(kind.name))
        for kind in FLOWS
    ],
    ids=lambda flow: flow.name,
)
def flow(request: pytest.FixtureRequest) -> Flow[Any]:
    found: Flow[Any] = request.param
    return found


@pytest.fixture
def explored(flow: Flow[Any]) -> Explored:
    return _explored(flow)


@pytest.fixture
def cards() -> Cards:
    return Cards(ZoneInfo("Europe/Moscow"))


@pytest.fixture
def chat() -> Chat:
    """A working day: the lead burns, its first order is on its way."""
    chat = Chat()
    chat.crm.knows(a_lead(NEW), an_order(3, CONFIRMED, "в пути"))
    return chat
