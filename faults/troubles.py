"""When a message may have been sent and not been noted: deaths, lost answers, a database away."""

from __future__ import annotations

#: Seconds between two moments of a trouble that lasts, and a little more.
_EVERY = 1.1


class Troubles:
    """Their moments, by the clock that all agree on."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def note(self, now: float) -> None:
        """Something happens now that may make a message come twice."""
        self.moments.append(now)

    def jump(self, now: float, then: float) -> None:
        """The clock is put forward. A trouble that lasts is there before and behind that.

        What it meets just now will be long ago; and the next jump may come before its next moment,
        with a message in between.
        """
        if self.moments and now - self.moments[-1] <= _EVERY:
            self.moments += (now, then)
