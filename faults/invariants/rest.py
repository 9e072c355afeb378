"""Time, what is left to do, and what went wrong inside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from faults.evidence import Evidence
from faults.invariants.common import Violation


def no_deadline_is_forgotten(seen: Evidence) -> Iterator[Violation]:
    """What is due was dealt with; a case nobody waits for has none."""
    for row in seen.deadlines:
        if row["state"] == "pending" and row["due_at"] <= seen.now:
            what = f"{row['name']} was due {_ago(seen.now, row['due_at'])} ago"
            yield Violation(
                kind="lost", rule="no deadline is forgotten", case=row["case_id"], what=what
            )
    pending = {row["case_id"] for row in seen.deadlines if row["state"] == "pending"}
    for case in seen.cases:
        if case["closed_at"] is None and case["id"] not in pending:
            yield Violation(
                kind="lost", rule="no deadline is forgotten", case=case["id"],
                what=f"{case['state']} waits for ever",
            )  # fmt: skip


def nothing_is_left_undelivered(seen: Evidence) -> Iterator[Violation]:
    """All rows of the outbox are done; a dead one is known to somebody."""
    rule = "nothing is left undelivered"
    refused = any("CRM не приняла" in one.text or "не пускает" in one.text for one in seen.said)
    for row in seen.outbox:
        what = f"{row['kind']} in {row['lane']} is {row['state']}: {row['error']}"
        is_known = row["state"] == "dead" and row["destination"] == "crm" and refused
        if row["state"] != "done" and not is_known:
            yield Violation(kind="lost", rule=rule, case=row["case_id"] or 0, what=what)
    if seen.waiting_updates:
        what = f"{seen.waiting_updates} updates are not confirmed"
        yield Violation(kind="lost", rule=rule, case=0, what=what)


def nothing_went_wrong_inside(seen: Evidence) -> Iterator[Violation]:
    """No update was set aside, and the log tells of no fault of ours."""
    rule = "nothing goes wrong inside"
    for row in seen.aside:
        what = f"{row['error']} set update {row['update_id']} aside"
        yield Violation(kind="wrong", rule=rule, case=0, what=what)
    for line in seen.complaints:
        yield Violation(kind="wrong", rule=rule, case=0, what=line[:1500])


def _ago(now: datetime, then: datetime) -> str:
    return f"{(now - then).total_seconds():.0f} s"
