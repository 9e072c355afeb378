"""How the suite is shared among processes, and among how many: tests of one flow stay together.

What can be met in a flow is explored once in each process that asks for it, and that takes longer
than most of its tests.
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

#: «tests/flows/test_every_flow.py::test_equal_inputs_give_equal_steps[returns]»
_OF_A_FLOW = re.compile(r"tests/(?:flows|cards)/.*\[(\w+)")


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """By the name of the flow that stands first among a test's parameters; others by themselves.

    xdist's own groups (`loadgroup`) have no effect with pytest 9.2 (pytest-xdist's issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        found = _OF_A_FLOW.match(nodeid)
        return nodeid if found is None else found[1]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Asked for where the suite is shared at all."""
    return Together(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Half as many again as there are processors: many tests wait for a process or for a page."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)
