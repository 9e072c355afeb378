"""What holds in the other five chats, asked from outside, the same way for all of them.

Each rule is given what `faults.evidence` saw of everything and what their people remember.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from faults.chats import PRESSES, RETURN, SOLD, SUPERVISORS, TITLES, Memory, Posted
from faults.evidence import Evidence, Row, Said, about
from faults.invariants import crm, rest
from faults.invariants.common import Violation, by_case, by_lead, is_near

#: Flow → state → words of the card.
_SHOWN = {
    "returns": {"waiting": "никто не взял", "reached": "Чем закончилось"},
    "refusals": {"pinned": "Отказ за", "rejected": "Нарушения нет", "waiting": "Закрепить отказ"},
    "it": {"solved": "Решено", "dismissed": "Не заявка", "new": "кто возьмёт?"},
    "pauses": {"back": "На линии с"},
    "anomalies": {"decided": "Действует", "waiting": "Какая цена действует?"},
}
#: Flow → state that decides → words of what its operator is told.
_TOLD: Mapping[str, Mapping[str, Sequence[str]]] = {
    "returns": {"done": ("Обмен", "Возврат денег", "Отказано", "Вопрос снят")},
    "refusals": {"pinned": ("Отказ за",), "rejected": ("Нарушения нет",)},
    "it": {"solved": ("Решено",), "dismissed": ("Это не заявка",)},
    "pauses": {},
    "anomalies": {"decided": ("Действует",), "expired": ("не согласована",)},
}  # fmt: skip
#: Flow → state → words of the comment that each step into it leaves in the lead.
_WRITTEN = {
    "returns": {"done": "итог: "},
    "refusals": {"pinned": "Отказ закрепить за: "},
    "it": {"solved": "КЦ IT, решено"},
    "anomalies": {"decided": "Действует"},
}
#: What may be pressed only while a case is open.
_OF_OPEN = frozenset(action for presses in PRESSES.values() for action, _, _ in presses) - {
    # What an operator answers about the status, also when the return has ended.
    "this_call",
}
#: What the people of these chats press, besides what they take back.
_PRESSED = frozenset(action for presses in PRESSES.values() for action, _, _ in presses) | {"undo"}


#: Seconds around an evening's summaries in which a death may have met one.
_AROUND = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What is to be seen there.

    Attributes:
        seen: of all six chats.
        memory: of the people of the other five.
        managers: who is responsible for a lead, as the CRM has it.
    """

    seen: Evidence
    memory: Memory
    managers: Mapping[str, str]

    def cases(self) -> list[Row]:
        """Those of these chats."""
        return [case for case in self.seen.cases if case["flow"] in TITLES]


def of_admins(seen: Evidence) -> Evidence:
    """What is to be seen of «РФ Админы» alone."""
    foreign = {case["lead"] for case in seen.cases if case["flow"] in TITLES}
    leads = {key: lead for key, lead in seen.leads.items() if key not in foreign}
    return replace(about(seen, lambda case: case["flow"] not in TITLES), leads=leads)


def every_post_is_in_one_case(there: Elsewhere) -> Iterator[Violation]:
    """Nothing that counts is passed over, and nothing is taken twice."""
    rule = "every post has its case"
    taken = defaultdict(set)
    for post in there.seen.posts:
        if post["ref"] != "reply":
            taken[post["chat_id"], post["message_id"]].add(post["case_id"])
    for posted in there.memory.posted:
        where = (posted.chat, posted.message)
        if where in there.memory.dropped or len(taken[where]) == 1:
            continue
        what = f"{posted.flow}: «{posted.words}» is in cases {sorted(taken[where])}"
        yield Violation(kind="doubled" if taken[where] else "lost", rule=rule, case=0, what=what)


def each_press_that_counts_is_in_the_history_once(there: Elsewhere) -> Iterator[Violation]:
    """Whoever was told that it is done finds it there, and no more often than he pressed."""
    rule = "each press in the history once"
    done = Counter(
        (row["case_id"], row["round"], row["action"], row["actor_id"])
        for row in there.seen.history
        if row["press"] is not None
    )
    accepted = {
        (one.case, one.round, one.action, one.by): one for one in there.memory.pressed if one.counts
    }
    for key, press in accepted.items():
        if not done[key]:
            what = f"{press.flow}: {press.by} pressed {press.action}, was told «{press.text}»"
            yield Violation(kind="lost", rule=rule, case=press.case, what=what)
    known = {case["id"] for case in there.cases()}
    for key, times in done.items():
        tried = there.memory.tried[key]
        if key[0] in known and key[2] in _PRESSED and times > tried:
            what = f"{key[3]} pressed {key[2]} {tried} times, and did it {times} times"
            yield Violation(kind="doubled", rule=rule, case=key[0], what=what)


def nobody_does_what_he_may_not(there: Elsewhere) -> Iterator[Violation]:
    """Who did something by a button holds its role, or has asked."""
    flows = {case["id"]: case for case in there.cases()}
    for row in there.seen.history:
        case = flows.get(row["case_id"])
        if case is None or row["press"] is None:
            continue
        for action, whose, _ in PRESSES[case["flow"]]:
            may = whose or (case["poster_id"], *SUPERVISORS)
            if row["action"] == action and row["actor_id"] not in may:
                what = f"{case['flow']}: {row['actor_id']} did «{action}»"
                yield Violation(
                    kind="wrong", rule="nobody does what he may not", case=case["id"], what=what
                )


def the_history_is_a_chain(there: Elsewhere) -> Iterator[Violation]:
    """From nothing to the state that is, without gaps."""
    rule = "the history is a chain of states"
    rows_of = by_case(there.seen.history)
    for case in there.cases():
        rows = rows_of[case["id"]]
        if not rows or rows[0]["from_state"] != "" or rows[-1]["to_state"] != case["state"]:
            what = f"{case['flow']}: the history has gaps"
            yield Violation(kind="lost", rule=rule, case=case["id"], what=what)
        for one, following in pairwise(rows):
            if one["to_state"] != following["from_state"]:
                what = f"{case['flow']}: {one['action']} led to {one['to_state']},"
                what = f"{what} {following['action']} began at {following['from_state']}"
                yield Violation(kind="doubled", rule=rule, case=case["id"], what=what)


def each_open_case_has_a_card_with_its_buttons(there: Elsewhere) -> Iterator[Violation]:
    """A card, or a place in a digest; what it says is what is so, and no old button is left."""
    rule = "each case has a card that says its state"
    seen = there.seen
    said = {(one.chat, one.number): one for one in seen.said}
    cards = {
        row["case_id"]: said.get((row["chat_id"], row["message_id"]))
        for row in seen.notes
        if row["kind"] == "card" and row["current"]
    }
    placed = {row["case_id"]: said.get((row["chat_id"], row["message_id"])) for row in seen.places}
    for case in there.cases():
        card = cards.get(case["id"]) or placed.get(case["id"])
        is_open = case["closed_at"] is None
        where = f"{case['flow']}, {case['state']}"
        if card is None:
            if is_open:
                what = f"{where}: no message shows it"
                yield Violation(kind="lost", rule=rule, case=case["id"], what=what)
            continue
        words = _SHOWN[case["flow"]].get(case["state"])
        if words is not None and words not in card.text and cards.get(case["id"]) is not None:
            what = f"{where}: its card says {card.text[:80]!r}"
            yield Violation(kind="wrong", rule=rule, case=case["id"], what=what)
        mine = [data.split(":") for data in card.buttons if data.startswith(f"{case['id']}:")]
        if is_open and not any(int(parts[1]) == case["round"] for parts in mine):
            what = f"{where}: its card has no button of this round"
            yield Violation(kind="lost", rule=rule, case=case["id"], what=what)
        old = {parts[2] for parts in mine} & _OF_OPEN
        if not is_open and old:
            what = f"{where}: its card still offers {sorted(old)}"
            yield Violation(kind="wrong", rule=rule, case=case["id"], what=what)


def each_decision_is_in_the_lead_once(there: Elsewhere) -> Iterator[Violation]:
    """One comment for each decision that stands; one that was taken back at once may have none."""
    rule = "exactly one tagged comment per decision"
    rows_of = by_case(there.seen.history)
    for case in there.cases():
        lead = there.seen.leads.get(case["lead"])
        if lead is None:
            continue
        for state, words in _WRITTEN.get(case["flow"], {}).items():
            made, undone = _steps(rows_of[case["id"]], state)
            there_are = sum(words in comment for comment in lead.comments)
            if not made - undone <= there_are <= made:
                what = f"{case['flow']}: {made} times {state}, {undone} taken back,"
                what = f"{what} {there_are} comments «{words}» in {case['lead']}"
                is_lost = there_are < made
                yield Violation(
                    kind="lost" if is_lost else "doubled", rule=rule, case=case["id"], what=what
                )


def _steps(rows: Sequence[Row], state: str) -> tuple[int, int]:
    """How often a case came into that state, and out of it again by being taken back."""
    made = sum(row["to_state"] == state != row["from_state"] for row in rows)
    undone = sum(row["from_state"] == state and row["action"].startswith("undo") for row in rows)
    return made, undone


def the_lead_is_as_was_decided(there: Elsewhere) -> Iterator[Violation]:
    """A return has its status; a refusal that is pinned is that operator's."""
    rows_of = by_case(there.seen.history)
    for case in there.cases():
        lead = there.seen.leads.get(case["lead"])
        if lead is None:
            continue
        if case["flow"] == "returns" and case["state"] in {"waiting", "taken", "reached", "done"}:
            told = [one for one in lead.comments if "Возврат или обмен. Клиент" in one]
            # Of a confirmed one somebody must have said first that it is the lead of this call.
            is_asked = not any(row["action"] == "this_call" for row in rows_of[case["id"]])
            fits = {RETURN, SOLD} if is_asked else {RETURN}
            if lead.status not in fits or len(told) != 1:
                what = f"{case['lead']} has status {lead.status}, {len(told)} opening comments"
                yield Violation(
                    kind="lost" if len(told) < 2 else "doubled",  # noqa: PLR2004 -- twice
                    rule="a return is in its lead", case=case["id"], what=what,
                )  # fmt: skip
        elif case["flow"] == "refusals" and case["state"] == "pinned":
            whose = there.managers.get(case["lead"], "")
            if not any(f"Отказ закрепить за: {whose} " in one for one in lead.comments[-1:]):
                what = f"{case['lead']} is {whose}'s, its comments: {lead.comments[-1:]}"
                yield Violation(
                    kind="lost", rule="a refusal is whose it was decided", case=case["id"],
                    what=what,
                )  # fmt: skip


def no_write_is_given_up(there: Elsewhere) -> Iterator[Violation]:
    """No attack lets the CRM refuse anything: what it was too troubled to take is tried again."""
    known = {case["id"] for case in there.cases()}
    for row in there.seen.outbox:
        if row["state"] == "dead" and row["case_id"] in known:
            what = f"{row['kind']} in {row['lane']}: {row['error']}"
            yield Violation(
                kind="lost", rule="no write is given up", case=row["case_id"], what=what
            )


def who_asked_was_told_once(there: Elsewhere) -> Iterator[Violation]:
    """The outcome that stands; once more only by a telling that a trouble met before its note."""
    rule = "every operator is told the outcome of each decision once"
    seen = there.seen
    posters: dict[tuple[int, int], Posted] = {
        (one.chat, one.message): one for one in there.memory.posted
    }
    said = {(one.chat, one.number): one for one in seen.said}
    messages = by_lead(seen)
    rows_of = by_case(seen.history)
    noted = defaultdict(list)
    for note in seen.notes:
        one = said.get((note["chat_id"], note["message_id"]))
        if note["kind"] == "notice" and one is not None:
            noted[note["case_id"]].append(one)
    for case in there.cases():
        posted = posters.get((case["chat_id"], case["message_id"]))
        words = _TOLD[case["flow"]].get(case["state"])
        if posted is None or words is None:
            continue
        told = {
            (one.chat, one.number): one
            for one in (*noted[case["id"]], *(messages[posted.lead] if posted.lead else ()))
            if any(word in one.text for word in words)
            and (one.chat == posted.by or (one in noted[case["id"]] and _is_under(posted, one)))
        }
        if not told:
            what = f"{case['flow']}: {posted.by} was not told «{words[0]}» of {posted.words}"
            yield Violation(kind="lost", rule=rule, case=case["id"], what=what)
        in_order = sorted(one.at for one in told.values())
        unexcused = sum(not is_near(seen.troubles, at) for at in in_order[:-1])
        made, _ = _steps(rows_of[case["id"]], case["state"])
        if unexcused >= made > 0:
            what = f"{case['flow']}: {posted.by} was told «{words[0]}» of {posted.words} again"
            yield Violation(kind="doubled", rule=rule, case=case["id"], what=what)


def _is_under(posted: Posted, notice: Said) -> bool:
    """Who has not started the bot is told in the group."""
    return notice.chat == posted.chat and notice.reply_to in {posted.message, 0}


def the_summary_came_once(there: Elsewhere) -> Iterator[Violation]:
    """Each evening, to each supervisor, of each chat. A death may repeat the one on its way."""
    rule = "the summary comes once a day, chat and person"
    if not there.memory.evenings:
        return
    for supervisor in SUPERVISORS:
        days: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for one in there.seen.said:
            title, has, day = one.text.partition("\n")[0].partition(", итоги ")
            if one.chat == supervisor and has:
                days[title, day].append(one.at)
        for day in {day for _, day in days}:
            moments = sorted(at for (_, one), ats in days.items() if one == day for at in ats)
            again = len(moments) - sum(one == day for _, one in days)
            deaths = sum(
                moments[0] - _AROUND <= trouble <= moments[-1] + _AROUND
                for trouble in there.seen.troubles
            )
            if again > deaths:
                what = f"{supervisor} has {again} summaries of {day} again after {deaths} deaths"
                yield Violation(kind="doubled", rule=rule, case=0, what=what)
        for title in TITLES.values():
            came = sum(one == title for one, _ in days)
            if came < len(there.memory.evenings):
                what = f"{supervisor} has {came} of {title}"
                what = f"{what} after {len(there.memory.evenings)} evenings"
                yield Violation(kind="lost", rule=rule, case=0, what=what)


#: Of everything, not of these chats alone.
_OF_ALL = (
    crm.each_comment_is_in_the_lead_once,
    rest.no_deadline_is_forgotten,
    rest.nothing_is_left_undelivered,
    rest.nothing_went_wrong_inside,
)
RULES = (
    every_post_is_in_one_case,
    each_press_that_counts_is_in_the_history_once,
    nobody_does_what_he_may_not,
    the_history_is_a_chain,
    each_open_case_has_a_card_with_its_buttons,
    each_decision_is_in_the_lead_once,
    the_lead_is_as_was_decided,
    no_write_is_given_up,
    who_asked_was_told_once,
    the_summary_came_once,
)


def violations(there: Elsewhere) -> list[Violation]:
    """Everything that is broken there."""
    found = [one for rule in RULES for one in rule(there)]
    return found + [one for rule in _OF_ALL for one in rule(there.seen)]
