"""Time, what is left to do, and what went wrong inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from faults.evidence import Evidence, Row, lead_of
from faults.invariants.common import REFUSED, Violation, by_case, is_told


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


#: Deadlines: admins are pinged; nobody waits any more; nobody has settled a conflict.
_PINGS, _CLOSE, _LEAVE = ("first_ping", "second_ping"), ("close",), ("leave",)
_LEFT = "за сутки никто не выбрал"
#: How a call begins that names one lead, and one that names all who wait; and how one ends that has
#: no room for all.
_CALLS, _MORE = ("Оператор ждёт, клиент на линии", "Ждут решения"), "и ещё"
#: A call waits for Telegram, and says who waits when it goes out: whoever was answered by then is
#: not named.
_GOES_OUT = timedelta(minutes=1)


def what_fell_due_was_done_and_said(seen: Evidence) -> Iterator[Violation]:
    """A deadline that is done has done something, and who was to hear of that has heard.

    That the end of the waiting was told is asked where outcomes are.
    """
    rule = "what fell due is done, and said"
    done = Counter(
        (row["case_id"], row["name"]) for row in seen.deadlines if row["state"] == "done"
    )
    histories = by_case(seen.history)
    waited: dict[str, tuple[int, list[_Wait]]] = {}
    for case in seen.cases:
        key = lead_of(case)
        rows = [row for row in histories[case["id"]] if row["action"] == "time_up"]
        pings = [row for row in rows if row["from_state"] == row["to_state"]]
        left = [row for row in rows if row["from_state"] == "conflict"]
        for names, count in (
            (_PINGS, len(pings)), (_LEAVE, len(left)), (_CLOSE, len(rows) - len(pings) - len(left)),
        ):  # fmt: skip
            ended = sum(done[case["id"], name] for name in names)
            if ended != count:
                what = f"{' and '.join(names)}: {ended} done, {count} in the history"
                yield Violation(kind="lost", rule=rule, case=case["id"], what=what)
        if left and not is_told(seen, key, _LEFT):
            what = f"nobody was told that the conflict about {key} was left"
            yield Violation(kind="lost", rule=rule, case=case["id"], what=what)
        waits = [_Wait(row["at"], _answered(histories[case["id"]], row)) for row in pings]
        if waits:
            waited[key] = (case["id"], waits)
    for admin in sorted(seen.deciders):
        on_their_way = [
            row
            for row in seen.outbox
            if row["lane"] == f"chat:{admin}" and row["payload"].get("names_all")
        ]
        calls = [
            one.text
            for one in seen.said
            if one.chat == admin and any(words in one.text for words in _CALLS)
        ]
        for key, (case_id, waits) in waited.items():
            is_called = any(key in text or _MORE in text for text in calls)
            if not is_called and any(_should_be_called(wait, on_their_way) for wait in waits):
                what = f"{admin} was not called about {key}"
                yield Violation(kind="lost", rule=rule, case=case_id, what=what)


class _Wait(NamedTuple):
    """A case of which somebody is called, and until when it waited."""

    called_at: datetime
    answered_at: datetime | None


def _answered(rows: Sequence[Row], ping: Row) -> datetime | None:
    later = rows[rows.index(ping) + 1 :]
    return next((row["at"] for row in later if row["to_state"] != ping["to_state"]), None)


def _should_be_called(wait: _Wait, on_their_way: Iterable[Row]) -> bool:
    """Whether the case still waited when the call went out, or must have gone out."""
    until = wait.answered_at
    if until is None:
        return True
    return until - wait.called_at > _GOES_OUT and not any(
        row["created_at"] <= until and (row["done_at"] is None or row["done_at"] >= until)
        for row in on_their_way
    )


def nothing_is_left_undelivered(seen: Evidence) -> Iterator[Violation]:
    """All rows of the outbox are done; a dead one is known to somebody."""
    rule = "nothing is left undelivered"
    for row in seen.outbox:
        what = f"{row['kind']} in {row['lane']} is {row['state']}: {row['error']}"
        if row["state"] != "done" and not _is_known(seen, row):
            yield Violation(kind="lost", rule=rule, case=row["case_id"] or 0, what=what)
    if seen.waiting_updates:
        what = f"{seen.waiting_updates} updates are not confirmed"
        yield Violation(kind="lost", rule=rule, case=0, what=what)


def _is_known(seen: Evidence, row: Row) -> bool:
    """Whether the CRM will not have it, and somebody was told of that very lead."""
    if row["state"] != "dead" or row["destination"] != "crm":
        return False
    lead = row["payload"].get("lead") or row["payload"].get("ref")
    return bool(lead) and is_told(seen, lead, *REFUSED)


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
