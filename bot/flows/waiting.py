"""How long somebody is waited for who must decide: the clocks that working chats share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.flows.effects import Effect, SetDeadline


class Clock(StrEnum):
    """Deadlines of a question."""

    FIRST_PING = "first_ping"
    SECOND_PING = "second_ping"
    CLOSE = "close"


class Waits(Protocol):
    """A flow's waiting times, counted from the question."""

    @property
    def first_ping(self) -> timedelta:
        """After this those who decide are pinged privately."""

    @property
    def second_ping(self) -> timedelta:
        """After this once more."""

    @property
    def close(self) -> timedelta:
        """After this nobody waits any more."""


def clocks(since: datetime, now: datetime, times: Waits) -> Iterator[Effect]:
    """The deadlines of a question.

    A post that is found late is judged by its own time: no pings for a call that is over.
    """
    first, second, close = since + times.first_ping, since + times.second_ping, since + times.close
    if first > now:
        yield SetDeadline(name=Clock.FIRST_PING, at=first)
    if close > now:
        # One ping at once, where both times are over and the client may still be on the line.
        yield SetDeadline(name=Clock.SECOND_PING, at=max(second, now))
    yield SetDeadline(name=Clock.CLOSE, at=close)
