"""Troubles that last are near all that is sent meanwhile, however the clock is turned."""

from __future__ import annotations

import pytest

from faults.invariants.common import is_near
from faults.troubles import Troubles


@pytest.mark.parametrize("sent", [100.2, 163.2, 243.5])
def test_what_is_sent_between_two_jumps_is_near_a_trouble_that_lasts(sent: float) -> None:
    troubles = Troubles()
    troubles.note(100.0)
    troubles.jump(100.3, 163.0)
    troubles.jump(163.4, 243.4)
    assert is_near(troubles.moments, sent)


def test_a_trouble_that_is_over_is_not_there_behind_a_jump() -> None:
    troubles = Troubles()
    troubles.note(100.0)
    troubles.jump(102.0, 163.0)
    assert troubles.moments == [100.0]
    assert not is_near(troubles.moments, 163.2)
