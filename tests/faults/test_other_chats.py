"""The questions about the other five chats: evidence that is well, but for one thing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from faults.chats import (
    FLOWS,
    RETURNS,
    SUPERVISORS,
    TITLES,
    Memory,
    OtherChats,
    Posted,
    Press,
    _Card,
)
from faults.evidence import Evidence, Lead, Row, Said
from faults.invariants import Violation
from faults.invariants.other_chats import Elsewhere, of_admins, violations
from tests.faults.worlds import WELL as OF_ADMINS

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
AT = NOW.timestamp()
OPERATOR, SUPERVISOR = 9100, SUPERVISORS[0]
GROUPS = {flow: -1001 - number for number, flow in enumerate(FLOWS)}
LEADS = {flow: f"a0b1c2d3e{number}" for number, flow in enumerate(FLOWS)}
#: Flow → the state in which its case is, who brought it there and how, and what is said of it.
ENDS = {
    "returns": ("reached", "done", "end", RETURNS[0], "Обмен"),
    "refusals": ("waiting", "pinned", "pin", SUPERVISOR, "Отказ за: Трелькина Оля"),
    "it": ("taken", "solved", "solve", 9008, "Решено: Звонки"),
    "pauses": ("away", "back", "return", OPERATOR, "На линии с 10:00"),
    "anomalies": ("waiting", "decided", "site", 9002, "Действует цена сайта"),
}
COMMENTS = {
    "returns": ("Возврат или обмен. Клиент: сломался", "Возврат или обмен, итог: обмен"),
    "refusals": ("Отказ закрепить за: Трелькина Оля (первый разговор)",),
    "it": ("КЦ IT, решено (Звонки)",),
    "pauses": (),
    "anomalies": ("Действует цена сайта 4 990 ₽",),
}
STATUS = {"returns": 70, "refusals": 100}


def number_of(flow: str) -> int:
    """Of its case."""
    return FLOWS.index(flow) + 1


def a_case(flow: str) -> Row:
    lead = "" if flow == "pauses" else LEADS[flow]
    return {
        "id": number_of(flow), "flow": flow, "state": ENDS[flow][1], "round": 1, "lead": lead,
        "ref": lead, "chat_id": GROUPS[flow], "message_id": 2, "poster_id": OPERATOR,
        "closed_at": NOW, "data": {"writes": []},
    }  # fmt: skip


def did(flow: str, action: str, from_state: str, to_state: str, by: int | None = None) -> Row:
    return {
        "case_id": number_of(flow), "action": action, "from_state": from_state,
        "to_state": to_state, "round": 1, "actor_id": by, "press": "p" if by else None,
    }  # fmt: skip


def wrote(flow: str, number: int) -> Row:
    return {
        "id": 10 * number_of(flow) + number, "case_id": number_of(flow), "destination": "crm",
        "lane": "lead", "state": "done", "error": "", "kind": "write_comment",
        "payload": {
            "lead": LEADS[flow], "tag": f"#C{number_of(flow)}-{number}-k7", "what": "said",
            "no": number,
        },
    }  # fmt: skip


def a_lead(flow: str) -> Lead:
    tagged = tuple(
        f"{words}\n#C{number_of(flow)}-{place}-k7" for place, words in enumerate(COMMENTS[flow])
    )
    return Lead(status=STATUS.get(flow), comments=tagged)


def summary(person: int, title: str) -> Said:
    text = f"{title}, итоги 02.03.2026\nОткрыто за день: 5"
    number = 50 + list(TITLES.values()).index(title)
    return Said(chat=person, number=number, text=text, buttons=(), at=AT)


WELL = Elsewhere(
    seen=Evidence(
        now=NOW,
        cases=[a_case(flow) for flow in FLOWS],
        history=[
            row
            for flow, (before, after, action, by, _) in ENDS.items()
            for row in (
                did(flow, "open", "", before),
                did(flow, action, before, after, by),
            )
        ],
        outbox=[
            wrote(flow, place) for flow in FLOWS for place, _ in enumerate(COMMENTS[flow])
        ],
        deadlines=[],
        posts=[
            {"chat_id": GROUPS[flow], "message_id": 2, "ref": "", "case_id": number_of(flow)}
            for flow in FLOWS
        ],
        notes=[
            row
            for flow in FLOWS
            for row in (
                {
                    "chat_id": GROUPS[flow], "message_id": 3, "case_id": number_of(flow),
                    "kind": "card", "current": True,
                },
                {
                    "chat_id": OPERATOR, "message_id": number_of(flow),
                    "case_id": number_of(flow), "kind": "notice", "current": True,
                },
            )
        ],
        places=[],
        aside=[],
        said=[
            *(
                Said(
                    chat=GROUPS[flow], number=3, text=f"{end[4]} {LEADS[flow]}", at=AT,
                    buttons=(f"{number_of(flow)}:1:undo",), reply_to=2,
                )
                for flow, end in ENDS.items()
            ),
            *(
                Said(
                    chat=OPERATOR, number=number_of(flow), text=f"{end[4]} {LEADS[flow]}",
                    buttons=(), at=AT,
                )
                for flow, end in ENDS.items()
            ),
            *(summary(person, title) for person in SUPERVISORS for title in TITLES.values()),
        ],
        leads={LEADS[flow]: a_lead(flow) for flow in FLOWS if flow != "pauses"},
        asked=[],
        pressed=[],
        dropped=frozenset(),
        touched={},
        troubles=(),
        deciders=frozenset(),
    ),
    memory=Memory(
        posted=[
            Posted(
                flow=flow, chat=GROUPS[flow], message=2, by=OPERATOR, at=AT,
                words=LEADS[flow], lead="" if flow == "pauses" else LEADS[flow],
            )
            for flow in FLOWS
        ],
        pressed=[
            Press(
                flow=flow, case=number_of(flow), round=1, action=end[2], by=end[3], text="Готово",
                counts=True,
            )
            for flow, end in ENDS.items()
        ],
        tried=Counter((number_of(flow), 1, end[2], end[3]) for flow, end in ENDS.items()),
        evenings=[AT - 60.0],
    ),
    managers={LEADS["refusals"]: "Трелькина Оля"},
)  # fmt: skip


def with_(there: Elsewhere, **changed: Any) -> Elsewhere:
    """The same with something else to be seen."""
    return replace(there, seen=replace(there.seen, **changed))


def with_case(there: Elsewhere, flow: str, **changed: Any) -> Elsewhere:
    cases = [{**case, **changed} if case["flow"] == flow else case for case in there.seen.cases]
    return with_(there, cases=cases)


def with_lead(there: Elsewhere, flow: str, **changed: Any) -> Elsewhere:
    leads = dict(there.seen.leads)
    leads[LEADS[flow]] = replace(leads[LEADS[flow]], **changed)
    return with_(there, leads=leads)


def without(rows: Any, unwanted: Callable[[Any], bool]) -> list[Any]:
    return [row for row in rows if not unwanted(row)]


def open_again(there: Elsewhere, buttons: tuple[str, ...]) -> Elsewhere:
    """The return is to be taken; its card has these buttons."""
    case = number_of("returns")
    rows = without(there.seen.history, lambda row: row["case_id"] == case)
    card = Said(
        chat=GROUPS["returns"], number=3, text=f"никто не взял {LEADS['returns']}",
        buttons=buttons, at=AT,
    )  # fmt: skip
    there = with_case(there, "returns", state="waiting", closed_at=None)
    there = with_lead(there, "returns", comments=a_lead("returns").comments[:1])
    return replace(
        with_(
            there,
            history=[*rows, did("returns", "open", "", "waiting")],
            outbox=without(there.seen.outbox, lambda row: row["id"] == 10 * case + 1),
            deadlines=[
                {
                    "case_id": case, "state": "pending", "name": "callback",
                    "due_at": NOW + timedelta(hours=15),
                }
            ],
            said=[
                *without(there.seen.said, lambda one: one.chat == GROUPS["returns"]), card
            ],
        ),
        memory=replace(
            there.memory,
            pressed=without(there.memory.pressed, lambda one: one.flow == "returns"),
        ),
    )  # fmt: skip


def one_broken(there: Elsewhere) -> Violation:
    found = violations(there)
    assert len(found) == 1, found
    return found[0]


def test_all_that_is_well_is_well() -> None:
    assert violations(WELL) == []
    assert violations(open_again(WELL, ("1:1:take", "1:1:withdraw"))) == []


def test_a_post_that_nobody_took_is_lost_and_one_of_two_cases_doubled() -> None:
    posts = without(WELL.seen.posts, lambda row: row["case_id"] == number_of("it"))
    assert one_broken(with_(WELL, posts=posts)).kind == "lost"
    twice = [*WELL.seen.posts, {**WELL.seen.posts[0], "case_id": 99}]
    assert one_broken(with_(WELL, posts=twice)).kind == "doubled"
    gone = with_(WELL, posts=posts)
    dropped = {(GROUPS["it"], 2)}
    assert violations(replace(gone, memory=replace(gone.memory, dropped=dropped))) == []


def test_what_somebody_was_told_to_have_done_is_in_the_history() -> None:
    lie = replace(WELL.memory.pressed[0], action="no_answer")
    there = replace(WELL, memory=replace(WELL.memory, pressed=[*WELL.memory.pressed, lie]))
    assert one_broken(there).rule == "each press in the history once"
    refused = replace(lie, counts=False)
    there = replace(WELL, memory=replace(WELL.memory, pressed=[*WELL.memory.pressed, refused]))
    assert violations(there) == []


def test_a_press_that_did_something_twice_or_that_nobody_made_is_found() -> None:
    back = did("anomalies", "undo", "decided", "waiting", 9002)
    rows = [*WELL.seen.history, back, did("anomalies", "site", "waiting", "decided", 9002)]
    tried = WELL.memory.tried + Counter({(5, 1, "undo", 9002): 1})
    there = replace(with_(WELL, history=rows), memory=replace(WELL.memory, tried=tried))
    assert one_broken(there).what == "9002 pressed site 1 times, and did it 2 times"
    tried += Counter({(5, 1, "site", 9002): 1})
    assert violations(replace(there, memory=replace(WELL.memory, tried=tried))) == []


@pytest.mark.parametrize(
    ("flow", "who"),
    [("returns", SUPERVISOR), ("refusals", RETURNS[0]), ("pauses", RETURNS[0]), ("it", 9050)],
)
def test_who_holds_no_role_for_it_has_done_nothing(flow: str, who: int) -> None:
    action = ENDS[flow][2]
    rows = [
        {**row, "actor_id": who} if row["action"] == action else row for row in WELL.seen.history
    ]
    memory = replace(
        WELL.memory,
        tried=WELL.memory.tried + Counter({(number_of(flow), 1, action, who): 1}),
        pressed=without(WELL.memory.pressed, lambda one: one.flow == flow),
    )
    broken = one_broken(replace(with_(WELL, history=rows), memory=memory))
    assert broken.rule == "nobody does what he may not"


@pytest.mark.parametrize("flow", FLOWS)
def test_a_gap_in_the_history_of_any_chat_is_found(flow: str) -> None:
    last = did(flow, ENDS[flow][2], ENDS[flow][0], ENDS[flow][1], ENDS[flow][3])
    rows = [{**row, "from_state": "elsewhere"} if row == last else row for row in WELL.seen.history]
    assert one_broken(with_(WELL, history=rows)).rule == "the history is a chain of states"


@pytest.mark.parametrize("flow", FLOWS)
def test_a_card_that_says_something_else_is_found(flow: str) -> None:
    said = [
        replace(one, text="кто-то") if one.chat == GROUPS[flow] else one for one in WELL.seen.said
    ]
    found = violations(with_(WELL, said=said))
    # Of a return any outcome may stand there.
    assert len(found) == (flow != "returns")


@pytest.mark.parametrize("buttons", [(), ("1:2:take",), ("2:1:take",)])
def test_an_open_case_without_a_button_of_its_round_is_found(buttons: tuple[str, ...]) -> None:
    assert "no button of this round" in one_broken(open_again(WELL, buttons)).what


def test_an_open_case_that_nothing_shows_is_found_and_one_in_a_digest_is_well() -> None:
    there = open_again(WELL, ("1:1:take",))
    notes = without(there.seen.notes, lambda row: (row["case_id"], row["kind"]) == (1, "card"))
    assert one_broken(with_(there, notes=notes)).what.endswith("no message shows it")
    place = {"case_id": 1, "chat_id": GROUPS["returns"], "message_id": 3, "place": 1}
    assert violations(with_(there, notes=notes, places=[place])) == []


def test_a_closed_card_that_still_offers_to_decide_is_found() -> None:
    said = [
        replace(one, buttons=("2:1:pin",)) if one.chat == GROUPS["refusals"] else one
        for one in WELL.seen.said
    ]
    assert one_broken(with_(WELL, said=said)).what.endswith("still offers ['pin']")


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow != "pauses"])
def test_a_decision_without_its_comment_and_one_with_two_is_found(flow: str) -> None:
    comments = a_lead(flow).comments
    lost = violations(with_lead(WELL, flow, comments=comments[:-1]))
    assert ("lost", "exactly one tagged comment per decision") in {
        (one.kind, one.rule) for one in lost
    }
    twice = violations(with_lead(WELL, flow, comments=(*comments, comments[-1])))
    assert {(one.kind, one.rule) for one in twice} >= {
        ("doubled", "exactly one tagged comment per decision")
    }


def test_a_decision_that_was_taken_back_at_once_may_have_left_no_comment() -> None:
    rows = [
        *WELL.seen.history,
        did("anomalies", "undo", "decided", "waiting"),
        did("anomalies", "script", "waiting", "decided"),
    ]
    assert violations(with_(WELL, history=rows)) == []
    none = with_lead(with_(WELL, history=rows), "anomalies", comments=())
    assert "exactly one tagged comment per decision" in {one.rule for one in violations(none)}


def test_a_return_without_its_status_or_its_words_is_found() -> None:
    assert one_broken(with_lead(WELL, "returns", status=None)).rule == "a return is in its lead"
    assert violations(with_lead(WELL, "returns", status=17)) == []
    said = did("returns", "this_call", "reached", "reached")
    rows = [WELL.seen.history[0], said, *WELL.seen.history[1:]]
    there = with_(with_lead(WELL, "returns", status=17), history=rows)
    assert one_broken(there).rule == "a return is in its lead"
    mute = with_lead(WELL, "returns", comments=a_lead("returns").comments[1:])
    assert "a return is in its lead" in {one.rule for one in violations(mute)}


def test_a_write_that_was_given_up_is_found_although_people_know_of_it() -> None:
    text = f"CRM не приняла статус лида {LEADS['returns']}"
    said = Said(chat=SUPERVISOR, number=80, text=text, buttons=(), at=AT)
    dead = {**wrote("returns", 5), "kind": "set_disposition", "state": "dead", "error": "skipped"}
    there = with_(WELL, outbox=[*WELL.seen.outbox, dead], said=[*WELL.seen.said, said])
    assert one_broken(there).rule == "no write is given up"


def test_a_refusal_that_stayed_another_operators_is_found() -> None:
    there = replace(WELL, managers={LEADS["refusals"]: "Гудочкин Марк"})
    assert one_broken(there).rule == "a refusal is whose it was decided"


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow != "pauses"])
def test_who_asked_and_was_not_told_is_found(flow: str) -> None:
    said = without(
        WELL.seen.said, lambda one: (one.chat, one.number) == (OPERATOR, number_of(flow))
    )
    assert one_broken(with_(WELL, said=said)).kind == "lost"


def test_told_twice_is_well_where_a_death_met_the_first_telling_alone() -> None:
    [told] = [one for one in WELL.seen.said if (one.chat, one.number) == (OPERATOR, 5)]
    again = replace(told, number=90, at=AT + 20)
    there = with_(WELL, said=[*WELL.seen.said, again])
    assert one_broken(there).kind == "doubled"
    assert one_broken(with_(there, troubles=(told.at + 10,))).kind == "doubled"
    assert violations(with_(there, troubles=(told.at + 1,))) == []


def test_who_has_not_started_the_bot_is_told_under_his_post() -> None:
    said = [
        replace(one, chat=GROUPS["it"], number=7, reply_to=2)
        if (one.chat, one.number) == (OPERATOR, number_of("it"))
        else one
        for one in WELL.seen.said
    ]
    notes = [
        {**row, "chat_id": GROUPS["it"], "message_id": 7}
        if (row["case_id"], row["kind"]) == (number_of("it"), "notice")
        else row
        for row in WELL.seen.notes
    ]
    assert violations(with_(WELL, said=said, notes=notes)) == []
    # Nobody has noted it: it is the stray card of a bot that died.
    assert one_broken(with_(WELL, said=said)).kind == "lost"


def test_a_summary_that_did_not_come_or_came_twice_is_found() -> None:
    first = summary(SUPERVISOR, TITLES["it"])
    missing = with_(WELL, said=[one for one in WELL.seen.said if one != first])
    assert one_broken(missing).what == f"{SUPERVISOR} has 0 of {TITLES['it']} after 1 evenings"
    twice = with_(WELL, said=[*WELL.seen.said, replace(first, number=99, at=AT + 20)])
    assert one_broken(twice).kind == "doubled"
    assert violations(with_(twice, troubles=(AT + 20,))) == []
    second = replace(summary(SUPERVISOR, TITLES["pauses"]), number=98, at=AT + 20)
    both = with_(twice, said=[*twice.seen.said, second], troubles=(AT + 20,))
    # Only one of them can have been on its way.
    assert one_broken(both).what.endswith("2 summaries of 02.03.2026 again after 1 deaths")
    next_day = replace(first, number=99, text=first.text.replace("02.03", "03.03"))
    assert violations(with_(WELL, said=[*WELL.seen.said, next_day])) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"waiting_updates": 1},
        {"complaints": ("tick_failed",)},
        {"aside": [{"error": "KeyError", "update_id": 7}]},
        {
            "deadlines": [
                {"case_id": 1, "state": "pending", "name": "callback", "due_at": NOW}
            ]
        },
    ],
)  # fmt: skip
def test_what_is_left_to_do_or_went_wrong_is_found_here_too(changed: dict[str, Any]) -> None:
    assert len(violations(with_(WELL, **changed))) == 1


def test_the_admins_chat_is_asked_about_alone() -> None:
    assert of_admins(OF_ADMINS_TOO) == OF_ADMINS_TOO
    both = replace(
        OF_ADMINS_TOO,
        cases=[*OF_ADMINS_TOO.cases, {**a_case("it"), "id": 70}],
        history=[*OF_ADMINS_TOO.history, {**did("it", "open", "", "new"), "case_id": 70}],
        leads={**OF_ADMINS_TOO.leads, LEADS["it"]: a_lead("it")},
    )
    assert of_admins(both) == OF_ADMINS_TOO


OF_ADMINS_TOO = replace(OF_ADMINS, cases=[{**OF_ADMINS.cases[0], "flow": "duplicates"}])


def test_who_took_a_return_goes_on_with_it_and_nobody_presses_on_his_own_post() -> None:
    chats = OtherChats(cast("Any", None), cast("Any", None), random.Random(1))  # noqa: S311 -- replayed
    card = _Card(flow="returns", chat=-1, number=3, buttons=[], poster=RETURNS[0])
    for _ in range(20):
        found = chats._chosen(card, ["7:1:take", "7:1:withdraw"])
        assert found == (RETURNS[1], "7:1:take")
    assert chats._chosen(replace(card, poster=0), ["7:1:withdraw"]) is None
    asks = replace(card, poster=OPERATOR)
    assert chats._chosen(asks, ["7:1:this_call:x"]) == (OPERATOR, "7:1:this_call:x")
