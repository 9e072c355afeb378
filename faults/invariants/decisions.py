"""Decisions: once, by whom they may be made, and on every post."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from faults.evidence import Evidence, Row
from faults.invariants.common import Violation, by_case, decides


def each_decision_is_in_the_history_once(seen: Evidence) -> Iterator[Violation]:
    """The history is one chain of states, a decision is taken once, an answer was no lie."""
    rule = "each decision in the history once"
    rows_of = by_case(seen.history)
    for case in seen.cases:
        rows = rows_of[case["id"]]
        if not rows or rows[0]["from_state"] != "" or rows[-1]["to_state"] != case["state"]:
            yield Violation(kind="lost", rule=rule, case=case["id"], what="the history has gaps")
        for one, following in pairwise(rows):
            if one["to_state"] != following["from_state"]:
                what = f"{one['action']} led to {one['to_state']}, {following['action']} began at"
                what = f"{what} {following['from_state']}"
                yield Violation(kind="doubled", rule=rule, case=case["id"], what=what)
        taken = Counter(row["round"] for row in rows if decides(row))
        for round_, times in taken.items():
            if times > 1:
                what = f"{times} decisions in round {round_}"
                yield Violation(kind="doubled", rule=rule, case=case["id"], what=what)
    done = {(row["case_id"], row["round"], row["action"], row["actor_id"]) for row in seen.history}
    for press in seen.pressed:
        key = (press.case, press.round, press.action, press.by)
        if press.is_accepted and key not in done:
            what = f"{press.by} was told «{press.text}», and it is not in the history"
            yield Violation(kind="lost", rule=rule, case=press.case, what=what)


def every_post_has_its_case(seen: Evidence) -> Iterator[Violation]:
    """Nothing that Telegram delivers is passed over; one post is one case."""
    taken = defaultdict(set)
    for post in seen.posts:
        if post["ref"] != "reply":
            taken[post["chat_id"], post["message_id"]].add(post["case_id"])
    for asked in seen.asked:
        where = (asked.chat, asked.message)
        if where in seen.dropped:
            continue
        if not taken[where]:
            what = f"nobody took the post about {asked.lead}"
            yield Violation(kind="lost", rule="every post has its case", case=0, what=what)
        elif len(taken[where]) > 1:
            what = f"the post about {asked.lead} is in cases {sorted(taken[where])}"
            yield Violation(kind="doubled", rule="every post has its case", case=0, what=what)


def nobody_does_what_he_may_not(seen: Evidence) -> Iterator[Violation]:
    """Whoever decided, undid, settled, withdrew … holds the role for it, or it was his to do."""
    posters = {case["id"]: case["poster_id"] for case in seen.cases}
    for case_id, rows in by_case(seen.history).items():
        poster = posters[case_id]
        askers = {poster}
        decided: Row | None = None
        for row in rows:
            by = row["actor_id"]
            if not _may(seen, row, poster, askers, decided):
                what = f"{by} did «{row['action']}»"
                yield Violation(
                    kind="wrong", rule="nobody does what he may not", case=case_id, what=what
                )
            if row["action"] == "joined":
                askers.add(by)
            elif decides(row):
                decided = row


#: What admins do, on what somebody else has posted.
_DECIDING = {
    "allow", "deny", "trash_anyway", "comment_only", "back", "leave", "switch", "ask", "question",
    "reason", "undo",
}  # fmt: skip
#: Of these, what only he does who has decided.
_HIS_OWN = {"reason", "undo"}
#: What is the poster's.
_POSTING = {"withdraw", "ask_anew"}
#: What everybody who asks may do.
_ASKING = {"answer", "add"}
#: What anybody brings about by posting, or nobody does.
_HAPPENS = {
    "open", "joined", "same_lead", "lead_read", "lead_missing", "orders_found", "crm_down",
    "crm_saved", "crm_conflict", "crm_refused", "time_up", "poster_known", "acted",
}  # fmt: skip
#: So long a decision may be taken back.
_UNDO = timedelta(seconds=60)


def _may(seen: Evidence, row: Row, poster: int, askers: set[int], decided: Row | None) -> bool:
    by, action = row["actor_id"], row["action"]
    if action in _POSTING:
        return by == poster or by in seen.owners
    if action in _ASKING:
        return by in askers
    if action not in _DECIDING:
        return action in _HAPPENS
    may_decide = by in seen.deciders | seen.owners and by != poster
    return may_decide and (action not in _HIS_OWN or _is_his(row, decided))


def _is_his(row: Row, decided: Row | None) -> bool:
    """Whether it is about his own decision, and a decision is taken back in time."""
    if decided is None or decided["actor_id"] != row["actor_id"]:
        return False
    is_in_time: bool = row["at"] - decided["at"] <= _UNDO
    return row["action"] != "undo" or is_in_time
