"""What people see and are told."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from faults.evidence import Evidence, Row, Said, lead_of
from faults.eyes import DECIDES
from faults.invariants.common import (
    Violation,
    by_case,
    by_lead,
    decides,
    is_near,
    pair,
    part_about,
)

#: What an operator reads when a case ends so, or is open again.
_TOLD = {
    "allowed": "Можно оформлять",
    "denied": "Оформлять нельзя",
    "expired": "Админы не ответили",
}
_UNDONE = "отменено"
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
#: What a digest says of a case; of any other state it says none of this.
_IN_DIGEST = {
    "allowed": "Можно оформлять",
    "denied": "Оформлять нельзя",
    "conflict": "Оформлять нельзя",
    "expired": "Без ответа",
    "withdrawn": "Отозвано",
}
#: A case in this state is shown on another's card.
_ELSEWHERE = "joined"
_BUTTON = re.compile(r"(\d+):\d+:(\w+)")
#: The way from a digest to a card: no card of its own.
_WAY = "own_card"


def each_case_has_a_card_that_says_its_state(seen: Evidence) -> Iterator[Violation]:
    """A card, or a place in a digest; what it says is what is so; the buttons are this round's.

    Also when it is decided; unless somebody has deleted it then: nobody asks for it any more.
    """
    rule = "each case has a card that says its state"
    cards, placed, noted = _places(seen)
    for case in seen.cases:
        card = cards.get(case["id"]) or placed.get(case["id"])
        is_open = case["closed_at"] is None
        words = _SHOWN.get(case["state"])
        if card is None:
            was_deleted = bool(noted[case["id"]] & seen.removed)
            if is_open or (case["state"] != _ELSEWHERE and not was_deleted):
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


def _places(
    seen: Evidence,
) -> tuple[dict[int, Said | None], dict[int, Said | None], dict[int, set[tuple[int, int]]]]:
    """Of each case: its card, its digest, and wherever it has ever been shown."""
    said = {(one.chat, one.number): one for one in seen.said}
    cards: dict[int, Said | None] = {}
    placed: dict[int, Said | None] = {}
    noted: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    notes = [row for row in seen.notes if row["kind"] == "card"]
    for row in (*notes, *seen.places):
        where = (row["chat_id"], row["message_id"])
        noted[row["case_id"]].add(where)
        if "current" not in row:
            placed[row["case_id"]] = said.get(where)
        elif row["current"]:
            cards[row["case_id"]] = said.get(where)
    return cards, placed, noted


def no_case_has_two_cards(seen: Evidence) -> Iterator[Violation]:
    """Buttons stand once; a second time where a death lay between a card's sending and its note."""
    places = {
        *((row["case_id"], row["chat_id"], row["message_id"]) for row in seen.places),
        *(
            (row["case_id"], row["chat_id"], row["message_id"])
            for row in seen.notes
            if row["kind"] == "card" and row["current"]
        ),
    }
    chats = {case["id"]: case["chat_id"] for case in seen.cases}
    for one in seen.said:
        found = filter(None, map(_BUTTON.match, one.buttons))
        for case_id in {int(button[1]) for button in found if button[2] != _WAY}:
            # What a group that moved has left behind is out of everybody's reach.
            is_stray = (case_id, one.chat, one.number) not in places
            if is_stray and chats.get(case_id) == one.chat and not is_near(seen.troubles, one.at):
                what = f"message {one.number} has its buttons too: {one.text[:80]!r}"
                yield Violation(kind="doubled", rule="a case has one card", case=case_id, what=what)


def a_digest_says_how_its_cases_are(seen: Evidence) -> Iterator[Violation]:
    """Each of its parts says what is so, and what is decided is not asked any more."""
    rule = "a digest says how its cases are"
    said = {(one.chat, one.number): one for one in seen.said}
    cases = {case["id"]: case for case in seen.cases}
    own = {row["case_id"] for row in seen.notes if row["kind"] == "card" and row["current"]}
    waiting: defaultdict[tuple[int, int], int] = defaultdict(int)
    for row in seen.places:
        where = (row["chat_id"], row["message_id"])
        digest, case = said.get(where), cases.get(row["case_id"])
        if digest is None or case is None or case["chat_id"] != digest.chat:
            continue
        is_asked = case["closed_at"] is None and case["id"] not in own
        waiting[where] += is_asked
        begin = f"{row['place']}. "
        part = next((one for one in digest.text.split("\n\n") if one.startswith(begin)), "")
        wanted = _IN_DIGEST.get(case["state"])
        says = {words for words in _IN_DIGEST.values() if words in part}
        asks = any(
            button.startswith(f"{case['id']}:") and DECIDES.match(button)
            for button in digest.buttons
        )
        if lead_of(case) not in part or says != ({wanted} if wanted else set()):
            what = f"{case['state']}, and its digest says: {part[:120]!r}"
            yield Violation(kind="wrong", rule=rule, case=case["id"], what=what)
        elif asks and not is_asked:
            what = f"{case['state']}, and its digest asks all the same"
            yield Violation(kind="wrong", rule=rule, case=case["id"], what=what)
    for where, count in waiting.items():
        head = f"Ждут ответа: {count} " if count else "Все вопросы решены"
        if not said[where].text.startswith(head):
            what = f"{count} wait, and a digest begins: {said[where].text[:60]!r}"
            yield Violation(kind="wrong", rule=rule, case=0, what=what)


def the_operator_is_told_each_outcome_once(seen: Evidence) -> Iterator[Violation]:
    """Everybody who asked hears of each decision, also of one that was taken back, and of that.

    Told again only where a trouble lay between a telling and its note (`is_near`). What is told is
    what is so by then: of a decision that was taken back meanwhile, this, or what came after it.
    """
    rule = "every operator is told the outcome of each decision once"
    leads = {case["id"]: lead_of(case) for case in seen.cases}
    # One may ask of a lead in several chats; where it is decided already, that case tells.
    cases_of: defaultdict[str, list[int]] = defaultdict(list)
    for case_id, key in leads.items():
        cases_of[key].append(case_id)
    messages, histories = by_lead(seen), by_case(seen.history)
    cards = {
        (row["chat_id"], row["message_id"])
        for row in (*seen.places, *(row for row in seen.notes if row["kind"] == "card"))
    }
    for (key, person), posts in _posts_of(seen, leads).items():
        case_id = max(cases_of[key])
        found_in = (_outcomes(histories[one], person) for one in cases_of[key])
        wanted = list(chain.from_iterable(found_in))
        if not wanted:
            continue
        heard = [
            (one, part_about(one.text, key))
            for one in sorted(messages[key], key=lambda said: (said.at, said.number))
            if one.chat == person or ((one.chat, one.number) not in cards and _answers(posts, one))
        ]
        told = [
            one for one in heard if any(words in one[1] for words in (*_TOLD.values(), _UNDONE))
        ]
        missing = pair(wanted, [text for _, text in told])
        for place in missing:
            what = f"{person} was not told «{wanted[place][0]}» of {key}"
            yield Violation(kind="lost", rule=rule, case=case_id, what=what)
        # The last one needs no repetition: it was noted, or it is one.
        unnoted = sum(is_near(seen.troubles, one.at) for one, _ in told[:-1])
        if len(told) - (len(wanted) - len(missing)) > unnoted:
            times = ", ".join(f"{one.at - told[0][0].at:.0f}" for one, _ in told)
            what = f"{person} was told of {key} again, without a death: at {times} s"
            yield Violation(kind="doubled", rule=rule, case=case_id, what=what)


def _posts_of(
    seen: Evidence, leads: Mapping[int, str]
) -> Mapping[tuple[str, int], set[tuple[int, int]]]:
    """Where each who asked of a lead is answered in a group: under his posts.

    In the supergroup that a group became he is answered bare; but under a message of ours about the
    lead, if one has the number of his post by chance.
    """
    asked_by = {(asked.chat, asked.message): asked.by for asked in seen.asked}
    chats = {case["id"]: case["chat_id"] for case in seen.cases}
    ours = {
        (leads.get(row["case_id"]), row["chat_id"], row["message_id"])
        for row in (*seen.notes, *seen.places)
    }
    found: defaultdict[tuple[str, int], set[tuple[int, int]]] = defaultdict(set)
    for post in seen.posts:
        where = (post["chat_id"], post["message_id"])
        if where not in asked_by or post["case_id"] not in chats:
            continue
        key, there = leads[post["case_id"]], (chats[post["case_id"]], post["message_id"])
        found[key, asked_by[where]].add(where)
        if (key, *there) in ours:
            found[key, asked_by[where]].add(there)
    return found


def _outcomes(rows: Sequence[Row], person: int) -> list[tuple[str, ...]]:
    """What one who asked must hear of a case: of each outcome the words that may tell it."""
    asks = False
    events: list[str] = []
    for row in rows:
        if row["actor_id"] == person and row["action"] in {"open", "joined"}:
            asks = True
        elif asks and (decides(row) or row["to_state"] == "expired" != row["from_state"]):
            events.append(_TOLD[row["to_state"]])
        elif asks and row["action"] == "undo":
            events.append(_UNDONE)
    return [
        (event, *events[place + 1 :]) if _UNDONE in events[place + 1 : place + 2] else (event,)
        for place, event in enumerate(events)
    ]


def _answers(posts: set[tuple[int, int]], notice: Said) -> bool:
    """Whether a message in a group tells him: under his post, or, where they are gathered, bare."""
    if notice.chat >= 0 or notice.buttons:
        return False
    return not notice.reply_to or (notice.chat, notice.reply_to) in posts


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
