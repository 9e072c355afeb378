"""What the chat page hears: a growing list of events with growing numbers."""

from __future__ import annotations

from collections import deque
from itertools import islice

from sandbox.telegram.clock import Signal
from sandbox.telegram.model import Json, World

#: Who was away for longer than this many events reads the chats anew.
KEPT = 5000


class Events:
    """The latest events; the numbers go on growing over restarts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: deque[tuple[int, Json]] = deque(maxlen=KEPT)
        self.signal = Signal()

    @property
    def last(self) -> int:
        """Give the number of the latest event."""
        return self._world.last_event

    def emit(self, kind: str, **data: object) -> None:
        """Tell everybody."""
        self._world.last_event += 1
        self._kept.append((self._world.last_event, {"kind": kind, **data}))
        self.signal.fire()

    def since(self, number: int) -> list[tuple[int, Json]]:
        """Give the events after `number`.

        Where some of them are forgotten, or the number is from another life, one `world` event
        stands for all: the reader must read everything anew.
        """
        if number == self.last:
            return []
        oldest = self._kept[0][0] if self._kept else self.last + 1
        if number > self.last or number < oldest - 1:
            return [(self.last, {"kind": "world"})]
        # Their numbers follow one another: only the new ones are looked at.
        return list(islice(reversed(self._kept), self.last - number))[::-1]
