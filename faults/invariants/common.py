"""What the invariants share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from faults.evidence import Evidence, Row, Said

Kind = Literal["lost", "doubled", "wrong"]

#: What decides a case of «РФ Админы», and the state that it leads to.
DECISIONS = {
    "allow": "allowed",
    "deny": "denied",
    "trash_anyway": "denied",
    "comment_only": "denied",
}
_KEY = re.compile(r"\b[0-9a-f]{10}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A promise that was broken. `case` 0: of no case."""

    kind: Kind
    rule: str
    case: int
    what: str


def decides(row: Row) -> bool:
    """Whether a row of the history is a decision."""
    state = DECISIONS.get(row["action"])
    return state is not None and row["to_state"] == state and row["from_state"] != "conflict"


def by_case(rows: Sequence[Row]) -> defaultdict[int, list[Row]]:
    """Rows of each case, in their order."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["case_id"]].append(row)
    return found


def by_lead(seen: Evidence) -> defaultdict[str, list[Said]]:
    """Messages by the leads that they name."""
    found: defaultdict[str, list[Said]] = defaultdict(list)
    for one in seen.said:
        for key in set(_KEY.findall(one.text)):
            found[key].append(one)
    return found
