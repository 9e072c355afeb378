"""`python -m bot demo` in a process of its own, as a newcomer starts it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"Chat page:\s+(http://127\.0\.0\.1:\d+/)")
_PATIENCE = 30.0


@asynccontextmanager
async def running_demo(home: Path) -> AsyncIterator[str]:
    """The demo in a process of its own; the address of its chat page. Ctrl-C must end it well."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        cwd=home,
        # The cards tell the zone of the machine, the page that of the browser.
        env={**os.environ, "PYTHONPATH": str(_ROOT), "TZ": "Europe/Moscow"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_PATIENCE):
            address = None
            while address is None:
                line = (await process.stdout.readline()).decode()
                assert line, "the demo ended before it was ready"
                address = _ADDRESS.search(line)
        yield address[1]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        _, said = await asyncio.wait_for(process.communicate(), _PATIENCE)
    assert process.returncode == 0
    assert said.decode() == "", said.decode()
