"""How much of a connection asyncio reads at once.

By itself it makes room for 256 KiB at each reading, keeps the few bytes that came and gives the
rest back. What is made of them meanwhile stands in that place, so that the next 256 KiB do not go
in: at thirty posts a second on PostgreSQL the heap grew by a megabyte and a half a minute, all of
it holes (docs/performance.md). Pieces of 16 KiB cost a round on PostgreSQL a tenth more of the
processor's time, these cost nothing that was seen.
"""

from __future__ import annotations

from asyncio import selector_events
from typing import Any

#: Bytes. Nearly all that we are sent is smaller; what is larger comes in several readings.
PIECE = 64 * 1024


def read_in_pieces() -> None:
    """From now on, in this process. asyncio has no setting for it; uvloop would need none."""
    transport: Any = getattr(selector_events, "_SelectorTransport", None)
    if transport is not None:
        transport.max_size = PIECE
