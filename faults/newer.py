"""`python -m bot migrate` as the release after this one will have it: with one more migration."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic.config import Config

import bot.__main__ as command_line
from storage import migrate

_NEXT = Path(__file__).parent / "next_release"


def main() -> int:
    """Migrate. Returns the exit status."""
    ours = migrate._config  # noqa: SLF001 -- the next release will need no other way

    def with_the_next() -> Config:
        config = ours()
        places = Path(config.get_main_option("script_location") or "", "versions"), _NEXT
        config.set_main_option("version_locations", ":".join(map(str, places)))
        return config

    migrate._config = with_the_next  # noqa: SLF001 -- the same
    return command_line.main(["migrate"])


if __name__ == "__main__":
    sys.exit(main())
