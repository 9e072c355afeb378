"""Run the small CRM: `python -m crm_api.server --port 8090 --database crm.db --seed`."""

from __future__ import annotations

import argparse
import logging
import sqlite3
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from .app import create_app
from .seed import seed
from .store import Store


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m crm_api.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--database", default="crm.db", help='SQLite file, or ":memory:"')
    parser.add_argument("--zone", default="Asia/Almaty", help="the CRM's own time zone")
    parser.add_argument("--seed", action="store_true", help="fill an empty database with leads")
    parser.add_argument(
        "--control", action="store_true", help="serve /control/: for tests, never for strangers"
    )
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # Requests carry keys and, in filters, phones: their lines are not for the log.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    try:
        zone = ZoneInfo(chosen.zone)
        store = Store.open(chosen.database)
    except (ZoneInfoNotFoundError, ValueError):
        parser.error(f"no such time zone: {chosen.zone}")
    except sqlite3.Error as error:
        parser.error(f"cannot open {chosen.database}: {error}")
    try:
        if chosen.seed:
            seed(store, now=datetime.now(UTC))
        app = create_app(store, zone=zone.key, control=chosen.control)
        web.run_app(app, host=chosen.host, port=chosen.port)
    except OSError as error:
        parser.error(f"cannot listen on {chosen.host}:{chosen.port}: {error.strerror}")
    finally:
        store.close()


if __name__ == "__main__":
    main()
