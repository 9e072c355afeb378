"""What people see and are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from faults.evidence import Evidence, Said
from faults.invariants.common import Violation, by_lead, decides
from faults.people import Asked

#: What an operator reads when a case ends so.
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
#: Seconds: messages have whole ones, and a death is noted a moment after it.
_AROUND = 3.0


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
    decided: Counter[int] = Counter()
    for row in seen.history:
        if decides(row) or row["to_state"] == "expired" != row["from_state"]:
            outcome[row["case_id"]] = row["to_state"]
            decided[row["case_id"]] += 1
        elif row["action"] == "undo":
            outcome.pop(row["case_id"], None)
    askers = {(asked.chat, asked.message): asked for asked in seen.asked}
    about = by_lead(seen)
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
            and (one.chat == asked.by or ((one.chat, one.number) in in_groups and _to(asked, one)))
        ]
        if not notices:
            what = f"{asked.by} was not told «{words}» of {asked.lead}"
            yield Violation(kind="lost", rule=rule, case=post["case_id"], what=what)
        in_order = sorted(notices, key=lambda notice: notice.at)
        unexcused = sum(
            not _is_excused(seen.troubles, one.at, again.at) for one, again in pairwise(in_order)
        )
        # What was undone and decided anew is told anew.
        if unexcused >= decided[post["case_id"]]:
            what = f"{asked.by} was told «{words}» of {asked.lead} again, without a death"
            yield Violation(kind="doubled", rule=rule, case=post["case_id"], what=what)


def _to(asked: Asked, notice: Said) -> bool:
    """Whether a notice in a group is for him: under his post, or, in a group that moved, bare."""
    return notice.chat < 0 and notice.reply_to in {asked.message, 0}


def repeats(seen: Evidence) -> int:
    """How many private answers came more often than once: the docs allow it after a death."""
    told = Counter(
        (one.chat, words, key)
        for key, said in by_lead(seen).items()
        for one in said
        if one.chat > 0
        for words in _TOLD.values()
        if words in one.text
    )
    return sum(times - 1 for times in told.values())


def _is_excused(troubles: Sequence[float], first: float, second: float) -> bool:
    return any(first - _AROUND <= trouble <= second + _AROUND for trouble in troubles)
