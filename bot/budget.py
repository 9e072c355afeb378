"""How fast Telegram lets us speak (its FAQ for bots).

About one message a second to a chat, 20 a minute to a group with edits counted, 30 a second in all.
We stay a little below: a 429 costs a pause that an operator waits through.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Operations per window. `burst` may come at once before the second's pace is kept.

    With `at_ease` or more left in a group's minute nothing is held back to make it last; `kept` of
    it are for what cannot wait.
    """

    all_per_second: int = 28
    group_per_minute: int = 19
    burst: int = 2
    at_ease: int = 12
    kept: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When a word should be said in a group whose minute is short, and the pace there."""

    at: datetime
    pace: timedelta


@dataclass(slots=True)
class _Spoken:
    """When we spoke to a chat in the last minute; nothing before `paused_until`."""

    times: deque[datetime] = field(default_factory=deque)
    paused_until: datetime | None = None


class Budget:
    """One bot's budget in this process. The clock is the caller's."""

    def __init__(
        self, limits: Limits | None = None, jitter: Callable[[], float] = random.random
    ) -> None:
        self._limits = limits or Limits()
        self._jitter = jitter
        self._chats: dict[int, _Spoken] = {}
        self._all: deque[datetime] = deque()
        self._latest: datetime | None = None

    def _keep_up(self, now: datetime) -> None:
        """A clock that was put back leaves moments in the future: nobody waits for those.

        Callers are some seconds apart; a real setting of the clock is more than a minute, or costs
        no more than that.
        """
        if self._latest is not None and now < self._latest - _MINUTE:
            self._chats.clear()
            self._all.clear()
            self._latest = now
        self._latest = now if self._latest is None else max(self._latest, now)

    def wait_until(self, chat_id: int, now: datetime) -> datetime | None:
        """When we may speak to this chat again; None: now."""
        self._keep_up(now)
        while self._all and self._all[0] <= now - _SECOND:
            self._all.popleft()
        waits = []
        if len(self._all) >= self._limits.all_per_second:
            waits.append(self._all[0] + _SECOND)
        spoken = self._chats.get(chat_id)
        if spoken is not None:
            waits += self._chat_waits(chat_id, spoken, now)
        return max(waits, default=None)

    def _chat_waits(self, chat_id: int, spoken: _Spoken, now: datetime) -> list[datetime]:
        while spoken.times and spoken.times[0] <= now - _MINUTE:
            spoken.times.popleft()
        waits = []
        if spoken.paused_until is not None and spoken.paused_until > now:
            waits.append(spoken.paused_until)
        burst = self._limits.burst
        # `burst` at once, then one a second: the burst-th last word must be that many seconds old.
        if len(spoken.times) >= burst:
            waits.append(spoken.times[-burst] + burst * _SECOND)
        # Groups have negative ids; the minute's limit is theirs alone.
        if chat_id < 0 and len(spoken.times) >= self._limits.group_per_minute:
            waits.append(spoken.times[-self._limits.group_per_minute] + _MINUTE)
        return [wait for wait in waits if wait > now]

    def spend(self, chat_id: int, now: datetime) -> None:
        """We speak to this chat now."""
        self._keep_up(now)
        self._all.append(now)
        self._chats.setdefault(chat_id, _Spoken()).times.append(now)

    def unspend(self, chat_id: int) -> None:
        """What was meant to be said was not: it need not count."""
        spoken = self._chats.get(chat_id)
        if spoken is not None and spoken.times:
            spoken.times.pop()
        if self._all:
            self._all.pop()

    def room(self, now: datetime) -> int:
        """How many operations are left of this second, all chats together."""
        self._keep_up(now)
        while self._all and self._all[0] <= now - _SECOND:
            self._all.popleft()
        return max(0, self._limits.all_per_second - len(self._all))

    def pause(self, chat_id: int, retry_after: float, now: datetime) -> datetime:
        """Telegram said 429: this chat pauses, the others go on. Returns until when.

        A little more than was asked, differently each time: replicas must not come back at once.
        """
        self._keep_up(now)
        until = now + timedelta(seconds=retry_after + 0.5 * self._jitter())
        self._chats.setdefault(chat_id, _Spoken()).paused_until = until
        return until

    @property
    def full(self) -> int:
        """A group's minute."""
        return self._limits.group_per_minute

    def left(self, chat_id: int, now: datetime) -> int:
        """How many operations a group still has in this minute."""
        spoken = self._chats.get(chat_id)
        if spoken is None:
            return self._limits.group_per_minute
        used = sum(1 for time in spoken.times if time > now - _MINUTE)
        return max(0, self._limits.group_per_minute - used)

    def turn(self, chat_id: int, now: datetime, *, since: datetime, paces: float) -> Turn | None:
        """When it is the turn of the word that was counted last; None: no matter, say it.

        A group's minute that was spent in its first seconds leaves the rest of it in silence. So
        when it runs short, whatever can wait keeps a pace at which the minute lasts.

        Args:
            chat_id: the chat; only groups have a minute's limit.
            now: the time.
            since: since when it waits to be said.
            paces: for how many paces from then on more is gathered to be said with it.
        """
        said = self._said(chat_id)
        if chat_id > 0 or self._limits.group_per_minute - len(said) >= self._limits.at_ease:
            return None
        times = [time for time in list(said)[:-1] if time > now - _MINUTE]
        left = self._limits.group_per_minute - len(times)
        if not times or left >= self._limits.at_ease:
            return None
        pace = self._pace(times)
        # What waits since before the clock was put back has waited long enough.
        gathers = since + paces * pace if since <= now + _MINUTE else now
        return Turn(at=max(times[-1] + pace, gathers), pace=pace)

    def _said(self, chat_id: int) -> Collection[datetime]:
        spoken = self._chats.get(chat_id)
        return () if spoken is None else spoken.times

    def _pace(self, times: Sequence[datetime]) -> timedelta:
        """How long after the last of these words the next one is due, so that the minute lasts.

        The same until something is said: all who wait for their turn wait for one moment, and the
        most urgent takes it.
        """
        left = self._limits.group_per_minute - self._limits.kept - len(times)
        steps = [
            (time + _MINUTE - times[-1]) / (left + back)
            for back, time in enumerate(times, start=1)
            if left + back > 0
        ]
        return max(steps, default=_MINUTE)

    def blocked(self, now: datetime) -> dict[int, datetime]:
        """The chats that must wait, and until when; chats silent for a minute are forgotten."""
        self._keep_up(now)
        blocked = {}
        for chat_id, spoken in list(self._chats.items()):
            until = self.wait_until(chat_id, now)
            if until is not None:
                blocked[chat_id] = until
            elif not spoken.times:
                del self._chats[chat_id]
        return blocked
