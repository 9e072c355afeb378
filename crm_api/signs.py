"""Signs that no database holds and nobody reads: NUL, and half of a pair that is one sign."""

from __future__ import annotations

import re
from typing import Any

_UNHELD = re.compile("[\0\ud800-\udfff]")
#: In JSON: NUL, the first half alone, the second half alone, and whatever follows a backslash that
#: is meant as one, which hides how the escapes behind it begin.
_UNHELD_ESCAPE = re.compile(
    r"""\\ (?: u0000
          | u[dD][89abAB][0-9a-fA-F]{2} (?! \\u[dD][c-fC-F])
          | (?<! \\u[dD][89abAB][0-9a-fA-F]{2} \\) u[dD][c-fC-F]
          | \\u)""",
    re.VERBOSE,
)


def held(read: Any, text: str) -> Any:
    """What was read of that JSON, without such signs. Text that has them as they are is none."""
    # Only an escape brings such a sign in; most texts have none, or whole pairs.
    return _held(read) if _UNHELD_ESCAPE.search(text) else read


def _held(value: Any) -> Any:
    match value:
        case str():
            return _UNHELD.sub("", value)
        case list():
            return [_held(one) for one in value]
        case dict():
            return {_held(key): _held(one) for key, one in value.items()}
        case _:
            return value
