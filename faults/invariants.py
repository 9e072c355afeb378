"""The promises, as questions to the evidence. Each gives what it finds broken; none looks inside.

They hold when the world is healthy again and nothing is left to do.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from faults.evidence import Evidence, Row, Said

Kind = Literal["lost", "doubled", "wrong"]

#: What decides a case of «РФ Админы», the state that it leads to, and what the operator then reads.
DECISIONS = {"allow": "allowed", "deny": "denied", "trash_anyway": "denied"} | {
    "comment_only": "denied"
}
_TOLD = {
    "allowed": "Можно оформлять",
    "denied": "Оформлять нельзя",
    "expired": "Админы не ответили",
}
#: What a card says in each state.
_SHOWN = {
    "reading": "Можно ли оформить?",
    "waiting": "Можно ли оформить?",
    "asking": "Можно ли оформить?",
    "asked": "Можно ли оформить?",
    "sure": "Лид уже подтверждён",
    "allowed": "Можно оформлять",
    "denied": "Оформлять нельзя",
    "conflict": "Статус лида уже другой",
    "expired": "Без ответа",
    "withdrawn": "Отозвано",
}
_DUPLICATE = 50
_KEY = re.compile(r"\b[0-9a-f]{10}\b")
_TAG = re.compile(r"(?<![\w#-])#C(\d+)-(\d+)-\w+(?![\w-])")
#: Seconds: messages have whole ones, and a death is noted a moment after it.
_AROUND = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A promise that was broken. `case` 0: of no case."""

    kind: Kind
    rule: str
    case: int
    what: str


def violations(seen: Evidence) -> list[Violation]:
    """Everything that is broken."""
    return [one for rule in RULES for one in rule(seen)]


# --- the decision ---------------------------------------------------------------------------------


def each_decision_is_in_the_history_once(seen: Evidence) -> Iterator[Violation]:
    """The history is one chain of states, a decision is taken once, an answer was no lie."""
    rule = "each decision in the history once"
    by_case = _by_case(seen.history)
    for case in seen.cases:
        rows = by_case[case["id"]]
        if not rows or rows[0]["from_state"] != "" or rows[-1]["to_state"] != case["state"]:
            yield Violation(kind="lost", rule=rule, case=case["id"], what="the history has gaps")
        for one, following in pairwise(rows):
            if one["to_state"] != following["from_state"]:
                what = f"{one['action']} led to {one['to_state']}, {following['action']} began at"
                what = f"{what} {following['from_state']}"
                yield Violation(kind="doubled", rule=rule, case=case["id"], what=what)
        taken = Counter(row["round"] for row in rows if _decides(row))
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
        if _decides(row) and (
            row["actor_id"] not in seen.deciders or row["actor_id"] == posters[row["case_id"]]
        ):
            what = f"{row['actor_id']} did «{row['action']}»"
            yield Violation(
                kind="wrong", rule="nobody decides without the role", case=row["case_id"], what=what
            )


# --- the CRM --------------------------------------------------------------------------------------


def each_comment_is_in_the_lead_once(seen: Evidence) -> Iterator[Violation]:
    """One tagged comment for each that was written; none that nobody decided."""
    rule = "exactly one tagged comment per decision"
    written: Counter[tuple[str, str]] = Counter()
    for key, lead in seen.leads.items():
        for text in lead.comments:
            written.update((key, tag[0]) for tag in _TAG.finditer(text))
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
    for (lead_key, tag), _ in written.items():
        what = f"{tag} in {lead_key} belongs to no decision"
        yield Violation(kind="wrong", rule=rule, case=0, what=what)
    decided = Counter(row["case_id"] for row in seen.history if _decides(row))
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


# --- Telegram -------------------------------------------------------------------------------------


def each_case_has_a_card_that_says_its_state(seen: Evidence) -> Iterator[Violation]:
    """A card, or a place in a digest; what it says is what is so; the buttons are this round's."""
    rule = "each case has a card that says its state"
    said = {(one.chat, one.number): one for one in seen.said}
    cards = {
        row["case_id"]: said.get((row["chat_id"], row["message_id"]))
        for row in seen.notes
        if row["kind"] == "card" and row["current"]
    }
    placed = {row["case_id"]: said.get((row["chat_id"], row["message_id"])) for row in seen.places}
    for case in seen.cases:
        card = cards.get(case["id"]) or placed.get(case["id"])
        is_open = case["closed_at"] is None
        words = _SHOWN.get(case["state"])
        if card is None:
            if is_open:
                what = f"{case['state']}, and no message shows it"
                yield Violation(kind="lost", rule=rule, case=case["id"], what=what)
            continue
        if is_open and card.chat != case["chat_id"]:
            what = f"the card is in {card.chat}, the case in {case['chat_id']}"
            yield Violation(kind="lost", rule=rule, case=case["id"], what=what)
        in_digest = cards.get(case["id"]) is None
        if words is not None and words not in card.text and not in_digest:
            what = f"{case['state']}, and its card says: {card.text[:80]!r}"
            yield Violation(kind="wrong", rule=rule, case=case["id"], what=what)
        prefix = f"{case['id']}:{case['round']}:"
        if case["state"] in {"reading", "waiting"} and not any(
            button.startswith(prefix) for button in card.buttons
        ):
            what = "its card has no button"
            yield Violation(kind="lost", rule=rule, case=case["id"], what=what)


def the_operator_is_told_each_outcome_once(seen: Evidence) -> Iterator[Violation]:
    """Everybody who asked hears of the outcome; twice only where a death lies between."""
    rule = "every operator is told the outcome of each decision once"
    outcome: dict[int, str] = {}
    for row in seen.history:
        if _decides(row) or row["to_state"] == "expired" != row["from_state"]:
            outcome[row["case_id"]] = row["to_state"]
        elif row["action"] == "undo":
            outcome.pop(row["case_id"], None)
    askers = {(asked.chat, asked.message): asked for asked in seen.asked}
    about = _by_lead(seen)
    in_groups = {
        (row["chat_id"], row["message_id"]) for row in seen.notes if row["kind"] == "notice"
    }
    for post in seen.posts:
        asked = askers.get((post["chat_id"], post["message_id"]))
        state = outcome.get(post["case_id"])
        if asked is None or state is None:
            continue
        words = _TOLD["denied" if state == "conflict" else state]
        notices = [
            one
            for one in about[asked.lead]
            if words in one.text
            and (one.chat == asked.by or (one.chat, one.number) in in_groups)
            and (one.chat < 0 or one.chat == asked.by)
        ]
        if not notices:
            what = f"{asked.by} was not told «{words}» of {asked.lead}"
            yield Violation(kind="lost", rule=rule, case=post["case_id"], what=what)
        for one, again in pairwise(sorted(notices, key=lambda notice: notice.at)):
            if not _is_excused(seen.troubles, one.at, again.at):
                what = f"{asked.by} was told «{words}» of {asked.lead} again, without a death"
                yield Violation(kind="doubled", rule=rule, case=post["case_id"], what=what)


def repeats(seen: Evidence) -> int:
    """How many private answers came more often than once: the docs allow it after a death."""
    told = Counter(
        (one.chat, words, key)
        for key, said in _by_lead(seen).items()
        for one in said
        if one.chat > 0
        for words in _TOLD.values()
        if words in one.text
    )
    return sum(times - 1 for times in told.values())


def _by_lead(seen: Evidence) -> defaultdict[str, list[Said]]:
    found: defaultdict[str, list[Said]] = defaultdict(list)
    for one in seen.said:
        for key in set(_KEY.findall(one.text)):
            found[key].append(one)
    return found


def _is_excused(troubles: Sequence[float], first: float, second: float) -> bool:
    return any(first - _AROUND <= trouble <= second + _AROUND for trouble in troubles)


# --- time, and what is left -----------------------------------------------------------------------


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
        what = f"update {row['update_id']} was set aside: {row['error']}"
        yield Violation(kind="wrong", rule=rule, case=0, what=what)
    for line in seen.complaints:
        yield Violation(kind="wrong", rule=rule, case=0, what=line[:1500])


RULES = (
    each_decision_is_in_the_history_once,
    every_post_has_its_case,
    nobody_decides_without_the_role,
    each_comment_is_in_the_lead_once,
    the_status_is_the_last_decisions,
    each_case_has_a_card_that_says_its_state,
    the_operator_is_told_each_outcome_once,
    no_deadline_is_forgotten,
    nothing_is_left_undelivered,
    nothing_went_wrong_inside,
)


def _decides(row: Row) -> bool:
    """Whether a row of the history is a decision."""
    state = DECISIONS.get(row["action"])
    return state is not None and row["to_state"] == state and row["from_state"] != "conflict"


def _by_case(rows: Sequence[Row]) -> defaultdict[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["case_id"]].append(row)
    return found


def _ago(now: datetime, then: datetime) -> str:
    return f"{(now - then).total_seconds():.0f} s"
