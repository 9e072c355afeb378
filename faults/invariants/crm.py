"""The CRM: comments once, statuses as they were decided."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from faults.evidence import Evidence, Row
from faults.invariants.common import Kind, Violation, decides

TAG = re.compile(r"(?<![\w#-])#C(\d+)-(\d+)-\w+(?![\w-])")


def each_comment_is_in_the_lead_once(seen: Evidence) -> Iterator[Violation]:
    """One tagged comment for each that was written; none that nobody decided."""
    rule = "exactly one tagged comment per decision"
    written: Counter[tuple[str, str]] = Counter()
    for key, lead in seen.leads.items():
        for text in lead.comments:
            written.update((key, tag[0]) for tag in TAG.finditer(text))
    wanted: dict[tuple[str, str], Row] = {}
    for row in seen.outbox:
        if row["kind"] == "write_comment":
            wanted[row["payload"]["lead"], row["payload"]["tag"]] = row
    for (lead_key, tag), row in wanted.items():
        times = written.pop((lead_key, tag), 0)
        if times > 1:
            what = f"{tag} stands {times} times in {lead_key}"
            yield Violation(kind="doubled", rule=rule, case=row["case_id"], what=what)
        elif not times and row["state"] == "done":
            what = f"{tag} is not in {lead_key}"
            yield Violation(kind="lost", rule=rule, case=row["case_id"], what=what)
    for lead_key, tag in written:
        what = f"{tag} in {lead_key} belongs to no decision"
        yield Violation(kind="wrong", rule=rule, case=0, what=what)


def each_decision_has_its_comment(seen: Evidence) -> Iterator[Violation]:
    """A comment was wanted for each decision, and no other of that kind."""
    rule = "exactly one tagged comment per decision"
    decided = Counter(row["case_id"] for row in seen.history if decides(row))
    made = Counter(
        row["case_id"]
        for row in seen.outbox
        if row["kind"] == "write_comment" and row["payload"]["what"] in {"allowed", "denied"}
    )
    for case_id, times in decided.items():
        if made[case_id] != times:
            what = f"{times} decisions, {made[case_id]} comments"
            kind: Kind = "lost" if made[case_id] < times else "doubled"
            yield Violation(kind=kind, rule=rule, case=case_id, what=what)


def the_status_is_the_last_decisions(seen: Evidence) -> Iterator[Violation]:
    """What was set is there; what somebody else has set stays, and a person was told."""
    rule = "the lead's status is the last decision's, or a conflict that somebody was told of"
    latest: dict[str, Row] = {}
    for row in seen.outbox:
        if row["kind"] == "set_disposition":
            latest[row["payload"]["lead"]] = row
    texts = [said.text for said in seen.said]
    for key, row in latest.items():
        lead = seen.leads.get(key)
        if lead is None or row["state"] != "done":
            continue
        write = _write_of(seen, row)
        state = "" if write is None else write["state"]
        touched = seen.touched.get(key)
        if state == "saved" and str(lead.status) != row["payload"]["code"] and touched is None:
            what = f"{key} has {lead.status}, not {row['payload']['code']}"
            yield Violation(kind="lost", rule=rule, case=row["case_id"], what=what)
        elif state == "conflict" and not any(key in text and "изменили" in text for text in texts):
            what = f"nobody was told of the conflict about {key}"
            yield Violation(kind="lost", rule=rule, case=row["case_id"], what=what)
        elif state in {"", "saving", "delayed"}:
            what = f"the write to {key} ended, and the case says {state!r}"
            yield Violation(kind="lost", rule=rule, case=row["case_id"], what=what)
    with_status = {row["payload"]["lead"] for row in seen.outbox if row["kind"] in _STATUS_KINDS}
    for key, lead in seen.leads.items():
        if lead.status != seen.touched.get(key) and key not in with_status:
            what = f"{key} has {lead.status}, and nobody decided that"
            yield Violation(kind="wrong", rule=rule, case=0, what=what)


_STATUS_KINDS = {"set_disposition", "restore"}


def _write_of(seen: Evidence, row: Row) -> Row | None:
    case = next(case for case in seen.cases if case["id"] == row["case_id"])
    for write in case["data"]["writes"]:
        if write["no"] == row["payload"]["no"]:
            found: Row = write
            return found
    return None
