"""What is well but for one thing, and what the invariants must say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from faults.evidence import Evidence
from faults.people import Pressed
from tests.faults.worlds import (
    ADMIN,
    AGAIN_TAG,
    ALLOWED_ANEW,
    ASKS,
    AT,
    CARD,
    LEAD,
    NO,
    NOW,
    OPERATOR,
    OTHER,
    REFUSED,
    SOLVED,
    STAYS,
    TAG,
    TAKEN_BACK,
    TOLD,
    WAITING,
    WAITS,
    answered_late,
    asked_again,
    asked_elsewhere,
    asking,
    called,
    commented,
    deadline,
    decided_anew,
    did,
    expired,
    in_digest,
    open_case,
    refused_by_the_crm,
    settled,
    taken_back,
    undone,
    withdrawn,
)

#: What is broken → how, the kind of violation, and how its rule begins.
BROKEN: dict[str, tuple[Callable[[Evidence], Evidence], str, str]] = {
    "a comment stands twice": (
        lambda e: replace(e, leads=commented(REFUSED, REFUSED)),
        "doubled", "exactly one tagged comment",
    ),
    "a comment is not there": (
        lambda e: replace(e, leads=commented()), "lost", "exactly one tagged comment",
    ),
    "a longer tag is another one": (
        lambda e: replace(e, leads=commented(f"{REFUSED}7")), "lost", "exactly one tagged comment",
    ),
    "a comment that nobody decided": (
        lambda e: replace(e, leads=commented(REFUSED, "б #C9-1-k7")),
        "wrong", "exactly one tagged comment",
    ),
    "a decision without a comment": (
        lambda e: replace(e, outbox=[e.outbox[0], e.outbox[2]], leads=commented()),
        "lost", "exactly one tagged comment",
    ),
    "a status is not set": (
        lambda e: replace(e, leads=commented(REFUSED, status=None)), "lost", "the lead's status",
    ),
    "a status that nobody wanted": (
        lambda e: replace(e, outbox=e.outbox[1:]), "wrong", "the lead's status",
    ),
    "a conflict that nobody was told of": (
        lambda e: replace(
            e, cases=[{**e.cases[0], "data": {"writes": [{"no": 1, "state": "conflict"}]}}],
            touched={LEAD: 100}, leads=commented(REFUSED, status=100),
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
        lambda e: replace(e, deciders=frozenset()), "wrong", "nobody does what he may not",
    ),
    "a decision on one's own post": (
        lambda e: replace(e, cases=[{**e.cases[0], "poster_id": ADMIN}]),
        "wrong", "nobody does what he may not",
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
    "a refusal whose status nobody wanted to set": (
        lambda e: replace(e, outbox=e.outbox[1:], leads=commented(REFUSED, status=None)),
        "lost", "the lead's status is what",
    ),
    "a refusal that was taken back and has left its status": (
        lambda e: replace(taken_back(e), said=taken_back(e).said[:-1]),
        "lost", "the lead's status is what",
    ),
    "a refusal that was allowed anew and has left its status": (
        lambda _: replace(decided_anew(), said=[
            one for one in decided_anew().said if one != STAYS]),
        "lost", "the lead's status is what",
    ),
    "a status that only the first of two refusals has set, and that is gone": (
        lambda _: asked_elsewhere("deny", "denied", status=None),
        "lost", "the lead's status is what",
    ),
    "a status that somebody has set, and that was overwritten": (
        lambda _: replace(settled(ADMIN), leads=commented(REFUSED, status=50)),
        "lost", "the lead's status is what",
    ),
    "a comment that says the opposite": (
        lambda e: replace(e, leads=commented(f"Оформить разрешил(а): Анна, 02.03 13:00\n{TAG}")),
        "wrong", "each comment says",
    ),
    "a comment that names another": (
        lambda e: replace(e, leads=commented(REFUSED.replace("Анна", "Борис"))),
        "wrong", "each comment says",
    ),
    "a comment without words": (
        lambda e: replace(e, leads=commented(TAG)), "wrong", "each comment says",
    ),
    "the comments of two decisions in each other's place": (
        lambda _: replace(decided_anew(), leads=commented(
            REFUSED.replace(TAG, AGAIN_TAG), TAKEN_BACK, ALLOWED_ANEW.replace(AGAIN_TAG, TAG))),
        "wrong", "each comment says",
    ),
    "a decision that was taken back without a comment": (
        lambda e: replace(taken_back(e), outbox=e.outbox, leads=commented(REFUSED)),
        "lost", "exactly one tagged comment",
    ),
    "a comment that the CRM will not have, of which nobody was told": (
        lambda _: refused_by_the_crm("0123456789"), "lost", "nothing is left undelivered",
    ),
    "a second card without a death": (
        lambda e: open_case(e, said=[asking(CARD), replace(asking(CARD), number=99)]),
        "doubled", "a case has one card",
    ),
    "a second card long before a death": (
        lambda e: open_case(
            e, said=[asking(CARD), replace(asking(CARD), number=99)], troubles=(AT + 60,)
        ),
        "doubled", "a case has one card",
    ),
    "a decided case whose card has vanished": (
        lambda e: replace(e, said=[TOLD]), "lost", "each case has a card",
    ),
    "a decided case that was never shown": (
        lambda e: replace(e, notes=e.notes[1:], said=[TOLD]), "lost", "each case has a card",
    ),
    "a digest that shows an old state": (
        lambda e: in_digest(e, ASKS, **SOLVED), "wrong", "a digest says",
    ),
    "a digest that shows the opposite": (
        lambda e: in_digest(e, NO.replace("Оформлять нельзя", "Можно оформлять"), **SOLVED),
        "wrong", "a digest says",
    ),
    "a digest that says of an open case that it is decided": (
        lambda e: in_digest(open_case(e), NO, **WAITING), "wrong", "a digest says",
    ),
    "a digest that asks what is decided": (
        lambda e: in_digest(e, NO, head="Все вопросы решены", buttons=("1:1:allow",)),
        "wrong", "a digest says",
    ),
    "a digest that says that nobody waits": (
        lambda e: in_digest(open_case(e), ASKS, head="Все вопросы решены",
                            buttons=("1:1:allow",)),
        "wrong", "a digest says",
    ),
    "a decision taken back by somebody without the role": (
        lambda e: replace(taken_back(e), history=[*e.history, undone(by=9050)]),
        "wrong", "nobody does what he may not",
    ),
    "a decision taken back by another admin": (
        lambda e: replace(taken_back(e), history=[*e.history, undone(by=OTHER)]),
        "wrong", "nobody does what he may not",
    ),
    "a decision taken back too late": (
        lambda e: replace(taken_back(e), history=[*e.history, undone(after=61)]),
        "wrong", "nobody does what he may not",
    ),
    "a withdrawal by a stranger": (
        lambda _: withdrawn(9050), "wrong", "nobody does what he may not",
    ),
    "a withdrawal by an admin": (
        lambda _: withdrawn(ADMIN), "wrong", "nobody does what he may not",
    ),
    "a conflict settled by a stranger": (
        lambda _: settled(9050), "wrong", "nobody does what he may not",
    ),
    "a decision by nobody": (
        lambda e: replace(e, history=[*e.history[:2], did("deny", "waiting", "denied")],
                          pressed=[]),
        "wrong", "nobody does what he may not",
    ),
    "a deed that nobody knows": (
        lambda e: replace(e, history=[*e.history, did("erase", "denied", "denied", by=ADMIN)]),
        "wrong", "nobody does what he may not",
    ),
    "the first of two decisions was not told": (
        lambda _: replace(decided_anew(), said=[
            one for one in decided_anew().said if one != TOLD]),
        "lost", "every operator is told",
    ),
    "who asked when it was decided was not told that it was taken back": (
        lambda _: replace(asked_again(), said=[
            one for one in asked_again().said if (one.chat, one.number) != (OPERATOR + 1, 8)]),
        "lost", "every operator is told",
    ),
    "nobody was told that a decision was taken back": (
        lambda e: replace(taken_back(e), said=[
            one for one in taken_back(e).said if one.number != 8]),
        "lost", "every operator is told",
    ),
    "told again an hour later, with a death half an hour after the first": (
        lambda e: replace(
            e, said=[CARD, TOLD, replace(TOLD, number=8, at=AT + 3600)], troubles=(AT + 1800,)
        ),
        "doubled", "every operator is told",
    ),
    "told again, with a death five seconds after the first": (
        lambda e: replace(
            e, said=[CARD, TOLD, replace(TOLD, number=8, at=AT + 9)], troubles=(AT + 5,)
        ),
        "doubled",
        "every operator is told",
    ),
    "told again, with a death just before the first": (
        lambda e: replace(
            e, said=[CARD, TOLD, replace(TOLD, number=8, at=AT + 9)], troubles=(AT - 1,)
        ),
        "doubled",
        "every operator is told",
    ),
    "told three times by one death": (
        lambda e: replace(
            e,
            said=[CARD, TOLD, *(replace(TOLD, number=n, at=AT + 10 * n) for n in (8, 9))],
            troubles=(AT + 1,),
        ),
        "doubled", "every operator is told",
    ),
    "nobody was told that nobody answered": (
        lambda _: replace(expired(), said=expired().said[:1]), "lost", "every operator is told",
    ),
    "a call that goes out and does not name whoever waits": (
        lambda _: answered_late(goes_out_after=61), "lost", "what fell due",
    ),
    "an admin who was not called": (
        lambda _: replace(called(), said=[one for one in called().said if one.chat != OTHER]),
        "lost", "what fell due",
    ),
    "a case that waits longer than its call takes, and that the call does not name": (
        lambda _: replace(
            called(), said=[replace(one, text=one.text.replace(LEAD, "b0b1c2d3e4"))
                            if one.chat == OTHER else one for one in called().said],
        ),
        "lost", "what fell due",
    ),
    "a call that is done and was never made": (
        lambda _: replace(called(), history=called().history[:-1]), "lost", "what fell due",
    ),
    "an end of waiting that is done and has ended nothing": (
        lambda e: open_case(
            e, deadlines=[deadline(NOW, "done"), deadline(NOW + timedelta(minutes=3))]
        ),
        "lost", "what fell due",
    ),
    "a conflict that was left, and nobody knows": (
        lambda _: settled(0), "lost", "what fell due",
    ),
}  # fmt: skip
