"""What was seen of a promise that was broken: for whoever has to find out why.

The world that broke it is gone when the run ends, and no seed brings the machine's own scheduling
back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from faults.evidence import Evidence, about, lead_of
from faults.invariants import Violation

_TABLES = ("cases", "history", "outbox", "deadlines", "posts", "notes", "places", "pressed")


def dossier(seen: Evidence, broken: Sequence[Violation]) -> str:
    """Each promise, with all that the database, Telegram and the CRM tell of its case."""
    return "\n\n".join("\n".join(_paper(seen, one)) for one in broken)


def _paper(seen: Evidence, one: Violation) -> Iterator[str]:
    yield f"{one.kind}: {one.rule}: case {one.case}: {one.what}"
    its = about(seen, lambda case: case["id"] == one.case)
    # `about` leaves what is of no case: a digest's own rows are many.
    its = replace(its, outbox=[row for row in its.outbox if row["case_id"] is not None])
    for name in _TABLES:
        yield f"-- {name}"
        yield from map(str, getattr(its, name))
    leads = {lead_of(case) for case in its.cases}
    places = {(row["chat_id"], row["message_id"]) for row in (*its.notes, *its.places)}
    yield "-- who else is shown there"
    for row in (*seen.notes, *seen.places):
        if (row["chat_id"], row["message_id"]) in places and row["case_id"] != one.case:
            yield str(row)
    yield "-- messages"
    for said in seen.said:
        if (said.chat, said.number) in places or any(lead in said.text for lead in leads):
            yield str(said)
    yield "-- leads"
    yield from (f"{lead}: {seen.leads[lead]}" for lead in sorted(leads) if lead in seen.leads)
