"""Evidence in which all is well: «РФ Админы» as an attack may leave it behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from faults.evidence import Evidence, Lead, Row, Said
from faults.people import Asked, Pressed

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
GROUP, ADMIN, OTHER, OPERATOR = -1001, 9002, 9003, 9100
LEAD, TAG = "a0b1c2d3e4", "#C1-2-k7"
AT = NOW.timestamp()
NAMES = {ADMIN: "Анна", OTHER: "Борис"}
REFUSED = f"Оформить не разрешил(а): Анна, 02.03 13:00\n{TAG}"


def wrote(**more: Any) -> Row:
    """A row of the outbox."""
    row = {
        "id": 1, "case_id": 1, "destination": "crm", "lane": f"lead:{LEAD}", "state": "done",
        "error": "", "kind": "write_comment",
        "payload": {"lead": LEAD, "tag": TAG, "what": "denied", "no": 2},
    }  # fmt: skip
    return row | more


def did(
    action: str, from_state: str, to_state: str, *, by: int | None = None, after: float = 0.0,
    round_: int = 1, case: int = 1,
) -> Row:  # fmt: skip
    """A row of the history, so many seconds after the post."""
    return {
        "case_id": case, "action": action, "from_state": from_state, "to_state": to_state,
        "round": round_, "actor_id": by, "actor_name": NAMES.get(by or 0, ""),
        "at": NOW + timedelta(seconds=after),
    }  # fmt: skip


CARD = Said(chat=GROUP, number=3, text=f"Оформлять нельзя {LEAD}", buttons=(), at=AT)
TOLD = Said(chat=OPERATOR, number=7, text=f"Оформлять нельзя {LEAD}", buttons=(), at=AT)
#: One lead was asked about, and denied.
WELL = Evidence(
    now=NOW,
    cases=[
        {
            "id": 1, "flow": "duplicates", "state": "denied", "round": 1, "chat_id": GROUP,
            "lead": LEAD, "poster_id": OPERATOR, "closed_at": NOW,
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
    leads={LEAD: Lead(status=50, comments=(REFUSED,))},
    asked=[Asked(chat=GROUP, message=2, lead=LEAD, by=OPERATOR, at=AT)],
    pressed=[Pressed(case=1, round=1, action="deny", by=ADMIN, text="Запрещено, скажу.")],
    dropped=frozenset(),
    touched={},
    troubles=(),
    deciders=frozenset({ADMIN, OTHER}),
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


def deadline(due_at: datetime, state: str = "pending", name: str = "close") -> Row:
    return {"case_id": 1, "name": name, "due_at": due_at, "state": state}


def asking(card: Said) -> Said:
    buttons = ("1:1:allow", "1:1:deny")
    return replace(card, text=f"Можно ли оформить? {LEAD}", buttons=buttons)


def commented(*texts: str, status: int | None = 50) -> dict[str, Lead]:
    return {LEAD: Lead(status=status, comments=texts)}


UNDONE_TAG, AGAIN_TAG = "#C1-3-k7", "#C1-4-k7"
TAKEN_BACK = f"Решение от 02.03 13:00 отменено: Анна, 02.03 13:00\n{UNDONE_TAG}"
ALLOWED_ANEW = f"Оформить разрешил(а): Борис, 02.03 13:01\n{AGAIN_TAG}"
STAYS = Said(
    chat=9001, number=20, buttons=(), at=AT + 31,
    text=f"Решение отменено, а статус в CRM вернуть не смог: проверьте лид.\n{LEAD}",
)  # fmt: skip


def undone(by: int = ADMIN, after: float = 30.0) -> Row:
    return did("undo", "denied", "reading", by=by, after=after)


def taken_back(evidence: Evidence = WELL) -> Evidence:
    """The same, and the refusal was taken back: the status stays, which a person was told."""
    return open_case(
        evidence,
        cases=[{**evidence.cases[0], "state": "reading", "round": 2, "closed_at": None}],
        history=[*evidence.history, undone()],
        outbox=[*evidence.outbox, wrote(id=4, payload=comment(UNDONE_TAG, "undone", 3))],
        said=[
            replace(asking(CARD), buttons=("1:2:allow", "1:2:deny")),
            TOLD,
            replace(TOLD, number=8, at=AT + 30, text=f"Решение отменено, подождите новое {LEAD}"),
            STAYS,
        ],
        leads=commented(REFUSED, TAKEN_BACK),
        pressed=evidence.pressed,
    )


def decided_anew() -> Evidence:
    """And then another has allowed it."""
    e = taken_back()
    return replace(
        e,
        cases=[{**WELL.cases[0], "state": "allowed", "round": 2}],
        history=[*e.history, did("allow", "reading", "allowed", by=OTHER, after=50, round_=2)],
        outbox=[*e.outbox, wrote(id=5, payload=comment(AGAIN_TAG, "allowed", 4))],
        deadlines=[],
        said=[
            replace(CARD, text=f"Можно оформлять {LEAD}", buttons=("1:2:undo",)),
            *e.said[1:],
            replace(TOLD, number=9, at=AT + 50, text=f"Можно оформлять {LEAD}"),
        ],
        leads=commented(REFUSED, TAKEN_BACK, ALLOWED_ANEW),
    )


def comment(tag: str, what: str, no: int) -> Row:
    return {"lead": LEAD, "tag": tag, "what": what, "no": no}


def in_digest(evidence: Evidence, *parts: str, head: str, buttons: tuple[str, ...]) -> Evidence:
    """Its card is a digest."""
    digest = replace(CARD, text="\n\n".join((head, *parts)), buttons=buttons)
    return replace(
        evidence,
        notes=evidence.notes[1:],
        places=[{"case_id": 1, "chat_id": GROUP, "message_id": CARD.number, "place": 1}],
        said=[digest, *evidence.said[1:]],
    )


WAITING: dict[str, Any] = {
    "head": "Ждут ответа: 1 · кнопка «1 …» пришлёт карточку целиком",
    "buttons": ("1:1:allow", "1:1:deny", "1:1:own_card"),
}
SOLVED: dict[str, Any] = {"head": "Все вопросы решены", "buttons": ("1:1:undo",)}
NO = f"1. Оформлять нельзя — Анна, 13:00\n{LEAD} · шуруповёрт"
ASKS = f"1. заказ ещё в пути · Олег, 13:00\n{LEAD} · шуруповёрт"
ALONE, ALL = "Оператор ждёт, клиент на линии", "Ждут решения: 2, клиенты на линии"
CALL = Said(
    chat=ADMIN, number=30, buttons=(), at=AT + 60,
    text=f"{ALONE}: Можно ли оформить?\n{LEAD}",
)  # fmt: skip


def called() -> Evidence:
    """Nobody has answered for a minute, and the admins were called."""
    ping = deadline(NOW + timedelta(minutes=1), "done", "first_ping")
    e = open_case(WELL)
    return replace(
        e,
        history=[*e.history, did("time_up", "waiting", "waiting", after=60)],
        deadlines=[*e.deadlines, ping],
        said=[*e.said, CALL, replace(CALL, chat=OTHER)],
    )


def answered_late(*, goes_out_after: float) -> Evidence:
    """Two minutes after the post somebody decided; whoever was to call the admins ended then."""
    began = NOW + timedelta(seconds=60)
    calls = [
        wrote(
            id=10 + admin, destination="telegram", lane=f"chat:{admin}", kind="tell",
            payload={"what": "ping", "names_all": True}, created_at=began,
            done_at=NOW + timedelta(seconds=goes_out_after),
        )
        for admin in sorted(WELL.deciders)
    ]  # fmt: skip
    return replace(
        WELL,
        history=[
            *WELL.history[:2],
            did("time_up", "waiting", "waiting", after=60),
            did("deny", "waiting", "denied", by=ADMIN, after=130),
            did("crm_saved", "denied", "denied", after=131),
        ],
        deadlines=[deadline(began, "done", "first_ping")],
        outbox=[*WELL.outbox, *calls],
    )


def withdrawn(by: int) -> Evidence:
    return open_case(
        WELL,
        cases=[{**WELL.cases[0], **WAITS, "state": "withdrawn", "closed_at": NOW}],
        history=[*WELL.history[:2], did("withdraw", "waiting", "withdrawn", by=by)],
        deadlines=[],
        said=[replace(CARD, text=f"Отозвано {LEAD}")],
    )


def settled(by: int, *, at_last: str = "") -> Evidence:
    """Somebody set another status, and it was said what to do about that."""
    told = Said(chat=ADMIN, number=40, text=f"Статус лида изменили без нас. {LEAD}", buttons=(),
                at=AT)  # fmt: skip
    left = f"Статус лида изменили без нас, за сутки никто не выбрал. {at_last}"
    rows = [*WELL.history[:3], did("crm_conflict", "denied", "conflict")]
    return replace(
        WELL,
        history=[*rows, did("leave" if by else "time_up", "conflict", "denied", by=by or None)],
        deadlines=[] if by else [deadline(NOW, "done", "leave")],
        cases=[{**WELL.cases[0], "data": {"writes": [{"no": 1, "state": "conflict"}]}}],
        touched={LEAD: 100},
        leads=commented(REFUSED, status=100),
        said=[*WELL.said, told, replace(told, chat=9001, text=left)],
    )


def expired() -> Evidence:
    """Nobody has answered, and he was told so."""
    return open_case(
        WELL,
        cases=[{**WELL.cases[0], **WAITS, "state": "expired", "closed_at": NOW}],
        history=[*WELL.history[:2], did("time_up", "waiting", "expired", after=900)],
        deadlines=[deadline(NOW, "done")],
        said=[
            replace(CARD, text=f"Без ответа, оформлять нельзя {LEAD}"),
            replace(TOLD, text=f"Админы не ответили, оформлять нельзя. {LEAD}", at=AT + 900),
        ],
    )


def refused_by_the_crm(lead: str) -> Evidence:
    """The CRM will not have the comment; of one lead somebody was told."""
    told = Said(chat=9001, number=50, text=f"CRM не приняла комментарий: напишите вручную\n{lead}",
                buttons=(), at=AT)  # fmt: skip
    outbox = [WELL.outbox[0], {**WELL.outbox[1], "state": "dead"}, WELL.outbox[2]]
    return replace(WELL, outbox=outbox, leads=commented(), said=[*WELL.said, told])


def asked_elsewhere(action: str, state: str, *, status: int | None) -> Evidence:
    """The lead was refused in one chat, then decided in another."""
    tag = "#C2-1-k7"
    words = {"allow": "Оформить разрешил(а)", "deny": "Оформить не разрешил(а)"}[action]
    shows = {"allowed": "Можно оформлять", "denied": "Оформлять нельзя"}[state]
    second = {**WELL.cases[0], "id": 2, "state": state, "chat_id": -1002, "data": {"writes": []}}
    steps = (("open", "", "reading", OPERATOR), ("lead_read", "reading", "waiting", None),
             (action, "waiting", state, OTHER))  # fmt: skip
    rows = [did(what, was, to, by=by, after=90, case=2) for what, was, to, by in steps]
    write = {"lead": LEAD, "tag": tag, "what": state, "no": 1}
    note = {"chat_id": -1002, "message_id": 3, "case_id": 2, "kind": "card", "current": True}
    return replace(
        WELL,
        cases=[*WELL.cases, second],
        history=[*WELL.history, *rows],
        outbox=[*WELL.outbox, wrote(id=6, case_id=2, payload=write)],
        posts=[*WELL.posts, {"chat_id": -1002, "message_id": 2, "ref": LEAD, "case_id": 2}],
        notes=[*WELL.notes, note],
        asked=[*WELL.asked, replace(WELL.asked[0], chat=-1002)],
        said=[
            *WELL.said,
            Said(chat=-1002, number=3, text=f"{shows} {LEAD}", buttons=("2:1:undo",), at=AT + 90),
            replace(TOLD, number=12, text=f"{shows} {LEAD}", at=AT + 90),
        ],
        leads=commented(REFUSED, f"{words}: Борис, 02.03 13:01\n{tag}", status=status),
    )


def asked_again() -> Evidence:
    """Another has asked when it was decided, was answered by that, and heard that it changed."""
    e, asker = decided_anew(), OPERATOR + 1
    second = {**WELL.cases[0], "id": 3, "state": "before", "poster_id": asker,
              "data": {"writes": []}}  # fmt: skip
    place = len(e.history) - 2
    return replace(
        e,
        cases=[*e.cases, second],
        history=[
            *e.history[:place],
            did("joined", "denied", "denied", by=asker, after=20),
            *e.history[place:],
            did("open", "", "before", by=asker, after=20, case=3),
        ],
        posts=[*e.posts, {"chat_id": GROUP, "message_id": 14, "ref": LEAD, "case_id": 3}],
        notes=[
            *e.notes,
            {"chat_id": GROUP, "message_id": 15, "case_id": 3, "kind": "card", "current": True},
        ],
        asked=[*e.asked, Asked(chat=GROUP, message=14, lead=LEAD, by=asker, at=AT + 20)],
        said=[
            *e.said,
            Said(chat=GROUP, number=15, text=f"Оформлять нельзя. Уже решено по лиду {LEAD}",
                 buttons=("3:1:ask_anew",), at=AT + 20, reply_to=14),
            *(replace(one, chat=asker) for one in e.said if one.number in {8, 9}),
        ],
    )  # fmt: skip


WORLDS: dict[str, Evidence] = {
    "refused": WELL,
    "waits": open_case(WELL),
    "taken back": taken_back(),
    "decided anew": decided_anew(),
    "asked again when it was decided": asked_again(),
    "taken back before it was told": replace(
        decided_anew(),
        said=[
            replace(one, text=f"Решение отменено, подождите новое {LEAD}") if one == TOLD else one
            for one in decided_anew().said
        ],
    ),
    "the admins were called": called(),
    "one call named all who waited": replace(
        called(), said=[replace(one, text=one.text.replace(ALONE, ALL)) for one in called().said]
    ),
    "nobody is called about what was answered before the call could go out": answered_late(
        goes_out_after=130.5
    ),
    "whoever was answered as he was to be called for is not named": replace(
        expired(),
        deadlines=[
            deadline(NOW + timedelta(minutes=1), "done", "first_ping"), *expired().deadlines,
        ],
        history=[*WELL.history[:2], did("time_up", "waiting", "waiting", after=60),
                 did("time_up", "waiting", "expired", after=90)],
    ),
    "withdrawn": withdrawn(OPERATOR),
    "withdrawn by an owner": withdrawn(9001),
    "a conflict was settled": settled(ADMIN),
    "a conflict was left": settled(0, at_last=LEAD),
    "nobody has answered": expired(),
    "the CRM will not have it": refused_by_the_crm(LEAD),
    "refused, then allowed elsewhere": asked_elsewhere("allow", "allowed", status=50),
    "refused twice": asked_elsewhere("deny", "denied", status=50),
    "asked in a digest": in_digest(open_case(WELL), ASKS, **WAITING),
    "decided in a digest": in_digest(WELL, NO, **SOLVED),
    "a card that was deleted": replace(WELL, said=[TOLD], removed=frozenset({(GROUP, 3)})),
    "a second card by a death": replace(
        open_case(WELL),
        said=[asking(CARD), replace(asking(CARD), number=99)],
        troubles=(AT + 1.2,),
    ),
}  # fmt: skip
