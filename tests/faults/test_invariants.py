"""The invariants find what is broken: each is shown evidence that is well but for one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faults.evidence import Evidence, Lead, Row, Said
from faults.invariants import repeats, violations
from faults.people import Asked, Pressed

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
GROUP, ADMIN, OPERATOR = -1001, 9002, 9100
LEAD, TAG = "a0b1c2d3e4", "#C1-2-k7"
AT = NOW.timestamp()


def wrote(**more: Any) -> Row:
    """A row of the outbox."""
    row = {
        "id": 1, "case_id": 1, "destination": "crm", "lane": f"lead:{LEAD}", "state": "done",
        "error": "", "kind": "write_comment",
        "payload": {"lead": LEAD, "tag": TAG, "what": "denied", "no": 2},
    }  # fmt: skip
    return row | more


def did(action: str, from_state: str, to_state: str, *, by: int | None = None) -> Row:
    """A row of the history."""
    return {
        "case_id": 1, "action": action, "from_state": from_state, "to_state": to_state, "round": 1,
        "actor_id": by,
    }  # fmt: skip


CARD = Said(chat=GROUP, number=3, text=f"Оформлять нельзя {LEAD}", buttons=(), at=AT)
TOLD = Said(chat=OPERATOR, number=7, text=f"Оформлять нельзя {LEAD}", buttons=(), at=AT)
#: One lead was asked about, and denied.
WELL = Evidence(
    now=NOW,
    cases=[
        {
            "id": 1, "state": "denied", "round": 1, "chat_id": GROUP, "lead": LEAD,
            "poster_id": OPERATOR, "closed_at": NOW,
            "data": {"writes": [{"no": 1, "state": "saved"}, {"no": 2, "state": "saved"}]},
        }
    ],
    history=[
        did("open", "", "reading", by=OPERATOR),
        did("lead_read", "reading", "waiting"),
        did("deny", "waiting", "denied", by=ADMIN),
        did("crm_saved", "denied", "denied"),
    ],
    outbox=[
        wrote(kind="set_disposition", payload={"lead": LEAD, "code": "50", "no": 1}),
        wrote(id=2),
        wrote(id=3, kind="card", destination="telegram", lane=f"chat:{GROUP}", payload={}),
    ],
    deadlines=[],
    posts=[{"chat_id": GROUP, "message_id": 2, "ref": LEAD, "case_id": 1}],
    notes=[
        {"chat_id": GROUP, "message_id": 3, "case_id": 1, "kind": "card", "current": True},
        {"chat_id": OPERATOR, "message_id": 7, "case_id": 1, "kind": "notice", "current": True},
    ],
    places=[],
    aside=[],
    said=[CARD, TOLD],
    leads={LEAD: Lead(status=50, comments=(f"Оформить не разрешил(а)\n{TAG}",))},
    asked=[Asked(chat=GROUP, message=2, lead=LEAD, by=OPERATOR, at=AT)],
    pressed=[Pressed(case=1, round=1, action="deny", by=ADMIN, text="Запрещено, скажу.")],
    dropped=frozenset(),
    touched={},
    troubles=(),
    deciders=frozenset({ADMIN}),
)  # fmt: skip

WAITS: dict[str, Any] = {"state": "waiting", "closed_at": None, "data": {"writes": []}}


def open_case(evidence: Evidence, **more: Any) -> Evidence:
    """The same, before the decision: its card asks, and the clock runs."""
    return replace(
        evidence,
        **{
            "cases": [{**evidence.cases[0], **WAITS}],
            "history": evidence.history[:2],
            "outbox": [],
            "deadlines": [deadline(NOW + timedelta(minutes=3))],
            "said": [asking(CARD)],
            "leads": {LEAD: Lead(status=None, comments=())},
            "pressed": [],
            **more,
        },
    )


def deadline(due_at: datetime, state: str = "pending") -> Row:
    return {"case_id": 1, "name": "close", "due_at": due_at, "state": state}


def asking(card: Said) -> Said:
    buttons = ("1:1:allow", "1:1:deny")
    return replace(card, text=f"Можно ли оформить? {LEAD}", buttons=buttons)


def commented(*texts: str, status: int | None = 50) -> dict[str, Lead]:
    return {LEAD: Lead(status=status, comments=texts)}


def test_what_is_well_breaks_nothing() -> None:
    assert violations(WELL) == []
    assert violations(open_case(WELL)) == []


BROKEN: dict[str, tuple[Callable[[Evidence], Evidence], str, str]] = {
    "a comment stands twice": (
        lambda e: replace(e, leads=commented(f"а {TAG}", f"б {TAG}")),
        "doubled", "exactly one tagged comment",
    ),
    "a comment is not there": (
        lambda e: replace(e, leads=commented()), "lost", "exactly one tagged comment",
    ),
    "a longer tag is another one": (
        lambda e: replace(e, leads=commented(f"а {TAG}7")), "lost", "exactly one tagged comment",
    ),
    "a comment that nobody decided": (
        lambda e: replace(e, leads=commented(f"а {TAG}", "б #C9-1-k7")),
        "wrong", "exactly one tagged comment",
    ),
    "a decision without a comment": (
        lambda e: replace(e, outbox=[e.outbox[0], e.outbox[2]], leads=commented()),
        "lost", "exactly one tagged comment",
    ),
    "a status is not set": (
        lambda e: replace(e, leads=commented(f"а {TAG}", status=None)), "lost", "the lead's status",
    ),
    "a status that nobody wanted": (
        lambda e: replace(e, outbox=e.outbox[1:]), "wrong", "the lead's status",
    ),
    "a conflict that nobody was told of": (
        lambda e: replace(
            e, cases=[{**e.cases[0], "data": {"writes": [{"no": 1, "state": "conflict"}]}}],
            touched={LEAD: 100}, leads=commented(f"а {TAG}", status=100),
        ),
        "lost", "the lead's status",
    ),
    "a write whose end the case does not know": (
        lambda e: replace(
            e, cases=[{**e.cases[0], "data": {"writes": [{"no": 1, "state": "saving"}]}}]
        ),
        "lost", "the lead's status",
    ),
    "the operator is not told": (
        lambda e: replace(e, said=[CARD]), "lost", "every operator is told",
    ),
    "the operator is told something else": (
        lambda e: replace(e, said=[CARD, replace(TOLD, text=f"Можно оформлять {LEAD}")]),
        "lost", "every operator is told",
    ),
    "the operator is told twice without a death": (
        lambda e: replace(e, said=[CARD, TOLD, replace(TOLD, number=8, at=AT + 20)]),
        "doubled", "every operator is told",
    ),
    "two decisions in one round": (
        lambda e: replace(e, history=[*e.history, did("deny", "denied", "denied", by=ADMIN)]),
        "doubled", "each decision in the history once",
    ),
    "a step that began where no other ended": (
        lambda e: replace(e, history=[*e.history[:3], did("allow", "waiting", "denied", by=ADMIN)]),
        "doubled", "each decision in the history once",
    ),
    "a press that was accepted and is not in the history": (
        lambda e: replace(
            e,
            pressed=[Pressed(case=1, round=1, action="allow", by=ADMIN, text="Разрешено, скажу.")],
        ),
        "lost", "each decision in the history once",
    ),
    "a history that ends elsewhere": (
        lambda e: replace(e, history=e.history[:2]), "lost", "each decision in the history once",
    ),
    "a post that nobody took": (
        lambda e: replace(e, posts=[]), "lost", "every post has its case",
    ),
    "a post that is in two cases": (
        lambda e: replace(e, posts=[*e.posts, {**e.posts[0], "case_id": 2}]),
        "doubled", "every post has its case",
    ),
    "a decision by somebody without the role": (
        lambda e: replace(e, deciders=frozenset()), "wrong", "nobody decides without the role",
    ),
    "a decision on one's own post": (
        lambda e: replace(e, cases=[{**e.cases[0], "poster_id": ADMIN}]),
        "wrong", "nobody decides without the role",
    ),
    "a card that shows an old state": (
        lambda e: replace(e, said=[asking(CARD), TOLD]), "wrong", "each case has a card",
    ),
    "an open case without a card": (
        lambda e: open_case(e, said=[]), "lost", "each case has a card",
    ),
    "an open case whose card has no buttons": (
        lambda e: open_case(e, said=[replace(asking(CARD), buttons=())]),
        "lost", "each case has a card",
    ),
    "an open case whose card has an old round's buttons": (
        lambda e: open_case(e, said=[replace(asking(CARD), buttons=("1:0:allow",))]),
        "lost", "each case has a card",
    ),
    "an open case whose card is in another group": (
        lambda e: open_case(e, cases=[{**e.cases[0], **WAITS, "chat_id": -1002}]),
        "lost", "each case has a card",
    ),
    "a deadline that nobody dealt with": (
        lambda e: open_case(e, deadlines=[deadline(NOW - timedelta(seconds=9))]),
        "lost", "no deadline is forgotten",
    ),
    "an open case that waits for ever": (
        lambda e: open_case(e, deadlines=[]), "lost", "no deadline is forgotten",
    ),
    "a row that is still to be delivered": (
        lambda e: replace(e, outbox=[*e.outbox[:2], {**e.outbox[2], "state": "pending"}]),
        "lost", "nothing is left undelivered",
    ),
    "a row that died unheard": (
        lambda e: replace(e, outbox=[*e.outbox[:2], {**e.outbox[2], "state": "dead"}]),
        "lost", "nothing is left undelivered",
    ),
    "updates that are not confirmed": (
        lambda e: replace(e, waiting_updates=2), "lost", "nothing is left undelivered",
    ),
    "an update that was set aside": (
        lambda e: replace(e, aside=[{"update_id": 5, "error": "KeyError"}]),
        "wrong", "nothing goes wrong inside",
    ),
    "a fault in the log": (
        lambda e: replace(e, complaints=["tick_failed"]), "wrong", "nothing goes wrong inside",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_promise_is_found(name: str) -> None:
    breaks, kind, rule = BROKEN[name]
    found = violations(breaks(WELL))
    assert any(one.kind == kind and one.rule.startswith(rule) for one in found), found


def test_an_answer_may_come_twice_where_a_death_lies_between() -> None:
    again = replace(TOLD, number=8, at=AT + 40)
    died = replace(WELL, said=[CARD, TOLD, again], troubles=(AT + 20,))
    assert violations(died) == []
    assert repeats(died) == 1


def test_what_another_who_asked_is_told_in_the_group_is_no_repetition() -> None:
    note = {"chat_id": GROUP, "message_id": 9, "case_id": 1, "kind": "notice", "current": True}
    other = Said(
        chat=GROUP, number=9, text=f"Оформлять нельзя {LEAD}", buttons=(), at=AT, reply_to=8
    )
    both = replace(WELL, notes=[*WELL.notes, note], said=[*WELL.said, other])
    assert violations(both) == []
    under_his_post = replace(other, reply_to=2)
    twice = replace(both, said=[*WELL.said, under_his_post])
    assert [one.kind for one in violations(twice)] == ["doubled"]


def test_what_telegram_has_dropped_is_missed_by_nobody() -> None:
    gone = replace(WELL.asked[0], message=99)
    assert (
        violations(replace(WELL, asked=[*WELL.asked, gone], dropped=frozenset({(GROUP, 99)}))) == []
    )


def test_a_conflict_that_somebody_was_told_of_is_no_fault() -> None:
    known = replace(
        WELL,
        cases=[{**WELL.cases[0], "data": {"writes": [{"no": 1, "state": "conflict"}]}}],
        touched={LEAD: 100},
        leads=commented(f"а {TAG}", status=100),
        said=[*WELL.said, Said(chat=ADMIN, number=1, text=f"Статус лида изменили без нас. {LEAD}",
                               buttons=(), at=AT)],
    )  # fmt: skip
    assert violations(known) == []
