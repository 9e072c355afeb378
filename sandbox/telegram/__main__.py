"""`python -m sandbox.telegram [--port 8081] [--token 42:sandbox] [--state file]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from sandbox.telegram.server import TelegramSandbox


async def _serve(options: argparse.Namespace) -> None:
    async with TelegramSandbox(options.token, port=options.port, state=options.state) as tg:
        sys.stdout.write(f"Bot API on {tg.url}, token {tg.token}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default="42:sandbox")
    parser.add_argument("--state", type=Path, default=None)
    try:
        asyncio.run(_serve(parser.parse_args()))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
