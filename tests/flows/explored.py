"""Every flow, and what can be met in it: explored once for all tests of a process."""

from __future__ import annotations

import gc
from functools import cache
from typing import Any

import pytest

from bot.config import make_flow
from bot.flows import FLOWS
from bot.flows.base import Flow
from tests.flows.explore import Explored, explore
from tests.flows.world import hostile, plain

ALL: tuple[Flow[Any], ...] = tuple(make_flow(kind, {}) for kind in FLOWS)
#: For fixtures. By this name a flow's tests stay together (`tests/sharing.py`).
EACH = [pytest.param(flow, id=flow.name) for flow in ALL]


@cache
def explored(flow: Flow[Any], *, bad: bool = False) -> Explored:
    """A working day, or the worst that may be written anywhere."""
    # A million objects that all stay: to the collector they are a third of the work, and no gain.
    gc.disable()
    try:
        return explore(flow, hostile() if bad else plain())
    finally:
        gc.freeze()
        gc.enable()
