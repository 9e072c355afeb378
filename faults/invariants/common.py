"""What the invariants share."""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
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
#: What people read where the CRM will not have something.
REFUSED = ("CRM не приняла", "не пускает")
_KEY = re.compile(r"\b[0-9a-f]{10}\b")
#: Seconds around a message in which what made it come twice must have happened. It is noted some
#: milliseconds after it was sent; whoever sends and cannot note it for longer has met a trouble at
#: once (one that lasts is told of every second). A row's lease (30 s), after which another may say
#: it again, is the outer end. Messages have whole seconds, and a death is seen a moment later; what
#: one who died has asked for may be done a moment later, too.
_BEFORE, _AFTER = 0.5, 2.5


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


def is_near(troubles: Sequence[float], at: float) -> bool:
    """Whether a message that was sent then may not have been noted. Troubles: in their order."""
    place = bisect.bisect_left(troubles, at - _BEFORE)
    return place < len(troubles) and troubles[place] <= at + _AFTER


def part_about(text: str, key: str) -> str:
    """What of a message speaks of that lead: all, if it speaks of no other."""
    if set(_KEY.findall(text)) <= {key}:
        return text
    return "\n\n".join(part for part in text.split("\n\n") if key in part)


def is_told(seen: Evidence, key: str, *words: str) -> bool:
    """Whether somebody can read one of these words about that lead, and about no other."""
    parts = (part_about(one.text, key) for one in seen.said if key in one.text)
    return any(word in part for part in parts for word in words)


def pair(wanted: Sequence[Collection[str]], texts: Sequence[str]) -> list[int]:
    """Find a text of its own for each that is wanted: one with any of its words.

    As many as can be. Returns the places of those in `wanted` for which there is none.
    """
    taken: dict[int, int] = {}

    def find(place: int, tried: set[int]) -> bool:
        for number, text in enumerate(texts):
            if number not in tried and any(word in text for word in wanted[place]):
                tried.add(number)
                if number not in taken or find(taken[number], tried):
                    taken[number] = place
                    return True
        return False

    return [place for place in range(len(wanted)) if not find(place, set())]


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
