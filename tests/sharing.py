"""How the suite is shared among processes, and among how many: some tests stay together.

What can be met in a flow is explored once in each process that asks for it, and that takes longer
than most of its tests. So do the browser and the demo that tests of a page share.
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

#: «tests/flows/test_every_flow.py::test_equal_inputs_give_equal_steps[returns]»
_OF_A_FLOW = re.compile(r"tests/(?:flows|cards)/.*\[(\w+)")
#: «tests/web/test_chat_page.py::test_the_page_fits_a_phone»
_OF_A_PAGE = re.compile(r"(tests/web/\w+)")


def group_of(nodeid: str) -> str:
    """The name of the flow that stands first among a test's parameters, or a page's file; others
    stand by themselves.
    """
    found = _OF_A_FLOW.match(nodeid) or _OF_A_PAGE.match(nodeid)
    return nodeid if found is None else found[1]


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """By their groups.

    xdist's own ones (`loadgroup`) have no effect with pytest 9.2 (pytest-xdist's issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Asked for where the suite is shared at all."""
    return Together(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many as there are processors: many tests wait for a process, a page or a time."""
    return 2 * (os.cpu_count() or 1)
