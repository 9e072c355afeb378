"""A day of hostile words, walked through once for all that judge texts."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards import Cards
from bot.flows.base import Flow
from tests.flows.explore import Explored
from tests.flows.explored import EACH, explored
from tests.flows.rendering import cards_once


@pytest.fixture(params=EACH)
def flow(request: pytest.FixtureRequest) -> Flow[Any]:
    found: Flow[Any] = request.param
    return found


@pytest.fixture
def working_day(flow: Flow[Any]) -> Explored:
    return explored(flow).some


@pytest.fixture
def bad_day(flow: Flow[Any]) -> Explored:
    return explored(flow, bad=True).some


@pytest.fixture
def cards() -> Cards:
    return cards_once()
