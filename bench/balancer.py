"""haproxy in front of several replicas, with the very file that the deployment guide tells of."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ROOT, running
from tests.ports import free_ports

#: Debian keeps it where only root looks.
PROGRAM = shutil.which("haproxy", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
SECRET = "secret-of-the-replicas"
#: An answer of the server, or of the balancer itself when no server gave one; -1: nobody's.
_NOT_TAKEN = re.compile(r"(?!2)-?\d+ by ")
_PREFIX = "/telegram/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """Where it listens, and where it expects the replicas, from the first on.

    Attributes:
        log: its lines, the oldest first.
    """

    log: list[str]
    port: int
    replicas: tuple[int, ...]

    def settings(self, number: int) -> dict[str, str]:
        """What the replica of that number (from 0) is told on top of its other settings."""
        return {
            "WEBHOOK_URL": f"http://127.0.0.1:{self.port}{_PREFIX}7d1a",
            "WEBHOOK_SECRET": SECRET,
            "HTTP_PORT": str(self.replicas[number]),
            "INSTANCE": f"replica-{number + 1}",
        }

    def failed(self) -> int:
        """How many updates no replica has taken: whoever sent them must send them again."""
        return sum(_NOT_TAKEN.match(line) is not None for line in self.log)

    def ready_url(self, number: int) -> str:
        """Where the replica of that number says whether it is ready."""
        return f"http://127.0.0.1:{self.replicas[number]}/readyz"


@contextlib.asynccontextmanager
async def balancer(home: Path, replicas: int) -> AsyncIterator[Balancer]:
    """Run it before any of the replicas.

    Raises:
        RuntimeError: haproxy is not there, or it does not start.
    """
    if PROGRAM is None:
        raise RuntimeError("haproxy is not installed")
    port, *places = free_ports(1 + replicas)
    # Whatever the file expects and nobody is will never be up.
    servers = [f"127.0.0.1:{place}" for place in (*places, 1, 1, 1)]
    environment = {
        "BALANCER": f"127.0.0.1:{port}",
        "WEBHOOK_PREFIX": _PREFIX,
        **{f"REPLICA_{number}": server for number, server in enumerate(servers, start=1)},
    }
    config = str(ROOT / "deploy" / "haproxy.cfg")
    async with running(
        *("-db", "-f", config), program=PROGRAM, home=home, environment=environment,
        until="is DOWN",
    ) as process:  # fmt: skip
        yield Balancer(log=process.lines, port=port, replicas=tuple(places))
