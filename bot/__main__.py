"""The command line: run · demo · migrate · doctor."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys

import structlog

import bot.light  # noqa: F401 -- before all that imports aiogram
from bot.config import load_settings
from bot.errors import SettingsError
from bot.logs import set_up_logs
from bot.serving import serve
from bot.wiring import make_database, wired
from storage.errors import StorageDown
from storage.migrate import current, is_fit, migrate

_log = structlog.get_logger(__name__)

#: A wrong setting: nothing was started.
_WRONG_SETTING = 2
#: Something that we need cannot be reached, or `doctor` found something to mend.
_NOT_WELL = 1


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="Workchats")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the bot (migrates the database first)")
    run.add_argument("--no-migrate", action="store_true", help="somebody else migrates")
    commands.add_parser("demo", help="sandbox, small CRM and bot in one go")
    commands.add_parser("migrate", help="bring the database's schema up to date")
    commands.add_parser("doctor", help="check everything and say how to mend it")
    chosen = parser.parse_args(arguments)
    try:
        return asyncio.run(_command(chosen))
    except SettingsError as error:
        print(f"workchats: {error}", file=sys.stderr)  # noqa: T201 -- for the person who starts it
        return _WRONG_SETTING
    except StorageDown as error:
        print(  # noqa: T201 -- the same
            f"workchats: DATABASE_URL: the database cannot be reached ({error})", file=sys.stderr
        )
        return _NOT_WELL


async def _command(chosen: argparse.Namespace) -> int:
    if chosen.command == "demo":
        # Here only, so that the product never needs the sandbox.
        from bot.demo import demo  # noqa: PLC0415

        set_up_logs("WARNING", "console")
        await demo(_stopped_by_signals())
        return 0
    settings = load_settings()
    set_up_logs(settings.log_level, settings.log_format)
    if chosen.command == "doctor":
        from bot.doctor import doctor  # noqa: PLC0415 -- needed by this command only

        return 0 if await doctor(settings) else _NOT_WELL
    database = make_database(settings)
    try:
        if chosen.command == "migrate" or not chosen.no_migrate:
            await migrate(database)
        elif not await is_fit(database):
            raise SettingsError("the database's schema is not current: run `python -m bot migrate`")
        if chosen.command == "migrate":
            _say(f"The database is at schema {await current(database)}.")
        else:
            stop = _stopped_by_signals()
            async with wired(settings, database) as workchats:
                await serve(workchats, stop, on_ready=lambda: _log.info("ready"))
    finally:
        await database.close()
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- the command line speaks here


def _stopped_by_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no loop signals: there Ctrl-C interrupts the loop itself.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop


if __name__ == "__main__":
    sys.exit(main())
