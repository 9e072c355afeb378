"""A day of hostile words, walked through once for all that judge texts."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cards import Cards
from bot.config import make_flow
from bot.flows import FLOWS
from bot.flows.base import Flow
from tests.flows.explore import Explored, explore
from tests.flows.world import hostile, plain


@cache
def _explored(flow: Flow[Any], *, bad: bool) -> Explored:
    return explore(flow, hostile() if bad else plain())


@pytest.fixture(params=[make_flow(kind, {}) for kind in FLOWS], ids=lambda flow: flow.name)
def flow(request: pytest.FixtureRequest) -> Flow[Any]:
    found: Flow[Any] = request.param
    return found


@pytest.fixture
def working_day(flow: Flow[Any]) -> Explored:
    return _explored(flow, bad=False)


@pytest.fixture
def bad_day(flow: Flow[Any]) -> Explored:
    return _explored(flow, bad=True)


@pytest.fixture
def cards() -> Cards:
    return Cards(ZoneInfo("Europe/Moscow"))
