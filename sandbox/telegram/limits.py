"""How fast Telegram lets a bot speak (design §5).

30 calls a second in all; 20 a minute to one group, edits counted; about one a second to one
chat, where a short burst of three is let through. Deletes, reactions and answers to presses are
free. A refused call costs nothing.
"""

from __future__ import annotations

import math
from collections import deque

from sandbox.telegram.clock import Clock
from sandbox.telegram.errors import too_many_requests

PER_SECOND_IN_ALL = 30
PER_MINUTE_IN_GROUP = 20
BURST_IN_CHAT = 3
PER_SECOND_IN_CHAT = 1.0


class _Window:
    """At most `most` events in any `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._times: deque[float] = deque()

    def wait(self, now: float) -> float:
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        if len(self._times) < self._most:
            return 0.0
        return self._times[0] + self._seconds - now

    def spend(self, now: float) -> None:
        self._times.append(now)


class _Bucket:
    """A burst, then a steady drip."""

    def __init__(self, now: float) -> None:
        self._tokens = float(BURST_IN_CHAT)
        self._at = now

    def wait(self, now: float) -> float:
        refilled = self._tokens + (now - self._at) * PER_SECOND_IN_CHAT
        self._tokens = min(float(BURST_IN_CHAT), refilled)
        self._at = now
        return max(0.0, (1.0 - self._tokens) / PER_SECOND_IN_CHAT)

    def spend(self) -> None:
        self._tokens -= 1.0


class FloodLimits:
    """Counts what the bot says; `on=False` lets everything through uncounted."""

    def __init__(self, clock: Clock, *, on: bool = True) -> None:
        self._clock = clock
        self.on = on
        self._in_all = _Window(PER_SECOND_IN_ALL, 1.0)
        self._groups: dict[int, _Window] = {}
        self._chats: dict[int, _Bucket] = {}

    def spend(self, chat_id: int, *, is_group: bool) -> None:
        """Count one message or edit.

        Raises:
            BotApiError: 429 with `retry_after` (whole seconds, at least 1); nothing was counted.
        """
        if not self.on:
            return
        now = self._clock.now()
        bucket = self._chats.setdefault(chat_id, _Bucket(now))
        windows = [self._in_all]
        if is_group:
            windows.append(
                self._groups.setdefault(chat_id, _Window(PER_MINUTE_IN_GROUP, 60.0)),
            )
        # Rounded first: a float's last digit must not make a second of 1.0000000001 seconds.
        wait = round(max(bucket.wait(now), *(window.wait(now) for window in windows)), 6)
        if wait > 0:
            raise too_many_requests(max(1, math.ceil(wait)))
        bucket.spend()
        for window in windows:
            window.spend(now)
