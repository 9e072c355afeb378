"""The product as `python -m bot run` runs it, but free of Telegram's limits.

Telegram lets a bot speak some 9 rounds' worth a second and 6 a minute in one group:
with these limits kept, the benchmark would show them and nothing of the machine.
"""

from __future__ import annotations

import asyncio
import signal

import structlog

import bot.light  # noqa: F401 -- before all that imports aiogram
from bot.budget import Budget, Limits
from bot.config import load_settings
from bot.logs import set_up_logs
from bot.serving import serve
from bot.wiring import make_database, wired
from storage.migrate import migrate

#: More than any machine can say in a second or a minute.
_BOUNDLESS = 10**9


async def main() -> None:
    """Run until the signal."""
    settings = load_settings()
    set_up_logs(settings.log_level, settings.log_format)
    log = structlog.get_logger(__name__)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    budget = Budget(
        Limits(all_per_second=_BOUNDLESS, group_per_minute=_BOUNDLESS, burst=_BOUNDLESS)
    )
    database = make_database(settings)
    try:
        await migrate(database)
        async with wired(settings, database, budget=budget) as workchats:
            await serve(workchats, stop, on_ready=lambda: log.info("ready"))
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main())
