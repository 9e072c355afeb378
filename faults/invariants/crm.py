"""The CRM: comments once, statuses as they were decided."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from faults.evidence import Evidence, Row, lead_of
from faults.invariants.common import REFUSED, Kind, Violation, by_case, decides, is_told

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
    """A comment was wanted for each decision, and for each that was taken back; no other."""
    rule = "exactly one tagged comment per decision"
    decided = Counter(
        row["case_id"] for row in seen.history if decides(row) or row["action"] == "undo"
    )
    made = Counter(
        row["case_id"]
        for row in seen.outbox
        if row["kind"] == "write_comment" and row["payload"]["what"] in _SAYS
    )
    for case_id in decided | made:
        times = decided[case_id]
        if made[case_id] != times:
            what = f"{times} decisions or undone ones, {made[case_id]} comments"
            kind: Kind = "lost" if made[case_id] < times else "doubled"
            yield Violation(kind=kind, rule=rule, case=case_id, what=what)


def each_comment_says_what_was_decided(seen: Evidence) -> Iterator[Violation]:
    """Its words are those of the decision, or of taking it back, and name who did it."""
    rule = "each comment says what was decided, and by whom"
    stands = {
        (int(tag[1]), int(tag[2])): text
        for lead in seen.leads.values()
        for text in lead.comments
        for tag in TAG.finditer(text)
    }
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    for row in seen.outbox:
        if row["kind"] == "write_comment" and row["payload"]["what"] in _SAYS:
            numbers[row["case_id"]].append(row["payload"]["no"])
    for case_id, rows in by_case(seen.history).items():
        done = [row for row in rows if decides(row) or row["action"] == "undo"]
        # More or fewer than these is another question's.
        for row, no in zip(done, sorted(numbers[case_id]), strict=False):
            text = stands.get((case_id, no))
            said = _SAYS["undone" if row["action"] == "undo" else row["to_state"]]
            wanted = f"{said}: {row['actor_name']}"
            if text is not None and wanted not in text:
                what = f"{row['action']} by {row['actor_name']}, and the comment says {text!r}"
                yield Violation(kind="wrong", rule=rule, case=case_id, what=what)


#: What a comment says, before the name.
_SAYS = {
    "allowed": "Оформить разрешил(а)",
    "denied": "Оформить не разрешил(а)",
    "undone": "отменено",
}
#: «Дубль».
_TRASH = 50


def the_status_is_what_was_decided(seen: Evidence) -> Iterator[Violation]:
    """A refused duplicate is «Дубль»; nothing else that is decided has a status of its own.

    Asked of the decisions and the handbook alone, whatever was to be written: of all cases of a
    lead, in whichever chats. All leads of the stand burn, none is confirmed, and none had a status.
    """
    rule = "the lead's status is what was decided"
    standing, overruled = _refusals(seen)
    for key, by_case_id in standing.items():
        if key in seen.leads and not is_told(seen, key, *REFUSED):
            touched = None if key in overruled else seen.touched.get(key)
            status, is_refused = seen.leads[key].status, any(by_case_id.values())
            what = _what_is_wrong(seen, key, status, touched=touched, is_refused=is_refused)
            if what:
                yield Violation(kind="lost", rule=rule, case=max(by_case_id), what=what)


def _refusals(seen: Evidence) -> tuple[dict[str, dict[int, bool]], set[str]]:
    """By lead and case whether it is refused; leads of which an admin set what others had set."""
    standing: defaultdict[str, dict[int, bool]] = defaultdict(dict)
    overruled: set[str] = set()
    leads = {case["id"]: lead_of(case) for case in seen.cases}
    for row in seen.history:
        key, action = leads[row["case_id"]], row["action"]
        if decides(row):
            standing[key][row["case_id"]] = action in {"deny", "trash_anyway"}
        elif action == "undo":
            standing[key][row["case_id"]] = False
        elif action == "trash_anyway":
            overruled.add(key)
    return standing, overruled


def _what_is_wrong(
    seen: Evidence, key: str, status: int | None, *, touched: int | None, is_refused: bool
) -> str:
    if touched is not None and status != touched:
        return f"somebody set {touched}, and {key} has {status}"
    if touched is not None:
        is_news = is_refused and not is_told(seen, key, "изменили")
        return f"nobody was told that {key} was changed" if is_news else ""
    if is_refused:
        return "" if status == _TRASH else f"{key} was refused, and has {status}"
    # What cannot be taken out of the record again a person was told to mend.
    is_well = status is None or is_told(seen, key, "вернуть не смог")
    return "" if is_well else f"nothing that holds has set a status, and {key} has {status}"


def the_status_is_as_it_was_written(seen: Evidence) -> Iterator[Violation]:
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
