"""Free ports for whoever must know his port before he listens."""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Sequence

#: Below the ports that outgoing connections get: one of those is free a moment ago, and another
#: test's connection has it now; and a server that has died would not find its own again.
_PORTS = range(20_000, 32_000)


def free_ports(count: int) -> Sequence[int]:
    """Different ones, each free as we looked.

    Drawn by the system: a test's seeded `random` would give two at once the same.
    """
    found: list[int] = []
    while len(found) < count:
        port = secrets.choice(_PORTS)
        with socket.socket() as looking, contextlib.suppress(OSError):
            looking.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found
