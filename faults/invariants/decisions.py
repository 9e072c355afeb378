"""Decisions: once, by whom they may be made, and on every post."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from faults.evidence import Evidence
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


def nobody_decides_without_the_role(seen: Evidence) -> Iterator[Violation]:
    """Who decided holds the role, and did not decide on his own post."""
    posters = {case["id"]: case["poster_id"] for case in seen.cases}
    for row in seen.history:
        if decides(row) and (
            row["actor_id"] not in seen.deciders or row["actor_id"] == posters[row["case_id"]]
        ):
            what = f"{row['actor_id']} did «{row['action']}»"
            yield Violation(
                kind="wrong", rule="nobody decides without the role", case=row["case_id"], what=what
            )
