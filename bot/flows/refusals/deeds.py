"""What the rules of «Не проставленные отказы» do: what people decide. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.flows import undo, writes
from bot.flows.asking import LONGEST
from bot.flows.codes import BY_CODE
from bot.flows.copies import replace
from bot.flows.effects import (
    Audience,
    DropDeadline,
    Effect,
    ReadLead,
    SetDeadline,
    SetDisposition,
    Tell,
)
from bot.flows.names import same_person
from bot.flows.pieces import (
    asks,
    is_by,
    tell_askers,
    tell_person,
    tell_role,
    with_,
)
from bot.flows.records import Action as Act
from bot.flows.records import Change, Role
from bot.flows.refusals.calls import Operator
from bot.flows.refusals.case import (
    REASONS,
    Appeal,
    Data,
    Deadline,
    Ruling,
    State,
    Thing,
    Times,
)
from bot.flows.refusals.naming import (
    corrects,
    is_for_button,
    means_somebody,
    named_in,
    names_instead,
)
from bot.flows.refusals.posts import heard, source_of

# --- the reason -----------------------------------------------------------------------------------


def a_reason(_case: Thing, action: Act, _now: datetime) -> bool:
    return action.arg in REASONS


def a_reason_that_needs_words(case: Thing, action: Act, now: datetime) -> bool:
    return a_reason(case, action, now) and BY_CODE[action.arg].needs_comment


def pick(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    data = replace(
        heard(case.data, action),
        code=action.arg, picked=True, note="", source=source_of(action),
    )  # fmt: skip
    return Change(data=data)


def picked_here(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.picked


def some_words(_case: Thing, action: Act, _now: datetime) -> bool:
    return bool(action.text.strip())


def comment(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    data = replace(heard(case.data, action), note=action.text.strip()[:LONGEST])
    # What somebody has answered since, no edit takes away.
    return Change(data=data if action.what.said else replace(data, source=None))


# --- the decision ---------------------------------------------------------------------------------


def by_rule(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.known is not None and case.data.known.calls.first is not None


def pin(case: Thing, action: Act, now: datetime) -> Change[Data]:
    first = None if case.data.known is None else case.data.known.calls.first
    return _rule(case, action, now, "" if first is None else first.operator)


def _rule(case: Thing, action: Act, now: datetime, operator: str, why: str = "") -> Change[Data]:
    """The refusal is this operator's: the status first, then (when it is there) the pin."""
    data = case.data
    first = None if data.known is None else data.known.calls.first
    ruling = Ruling(
        by=action.doer,
        at=now,
        operator=operator,
        by_rule=first is not None and same_person(first.operator, operator),
        why=why[:LONGEST],
        first=len(data.writes) + 1,
    )
    data = replace(data, ruling=ruling, named="", why="", crm_chose="", left=())
    data, status = with_status(data, "" if data.known is None else data.known.code)
    made, said = writes.comment(data.writes, "pinned")
    told = (tell_askers("pinned", settled=True), *_acquitted(case.data, operator))
    return Change(data=replace(data, writes=made), effects=(status, said, *told))


def _acquitted(data: Data, operator: str) -> tuple[Effect, ...]:
    """Whoever appealed hears that the refusal is his no more."""
    if data.appeal is None or same_person(data.appeal.operator, operator):
        return ()
    return (Tell(to=Audience.CRM_USER, what="acquitted", name=data.appeal.operator),)


def with_status(data: Data, seen: str) -> tuple[Data, SetDisposition]:
    """The reason's status. Where it stands there already this only verifies that it does."""
    known = data.known
    is_seen = known is not None and known.code == seen
    label = known.label if known is not None and is_seen else writes.met(data.writes)
    made, effect = writes.status(data.writes, data.code, seen=seen, label=label)
    return replace(data, writes=made), effect


def reject(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """Nobody's refusal: what an earlier decision has set goes back to what was there before."""
    live = undo.standing(case.data.writes)
    ruling = Ruling(by=action.doer, at=now, first=len(case.data.writes) + 1)
    label = "" if case.data.reason is None else case.data.reason.label
    made, effects = undo.set_back(case.data.writes, live, label=label)
    if case.data.writes:
        # The lead tells of an earlier decision: it must tell of this one too.
        made, said = writes.comment(made, "rejected")
        effects = (*effects, said)
    left = undo.stays(live)
    data = replace(case.data, ruling=ruling, named="", why="", crm_chose="", left=left, writes=made)
    told = (
        tell_askers("rejected"),
        *_acquitted(data, ""),
        *((tell_role(Role.SUPERVISOR, "stays"),) if left else ()),
    )
    return Change(data=data, effects=(*effects, *told))


def _called(case: Thing, arg: str) -> Operator | None:
    """The operator whose button that is."""
    known = case.data.known
    operators = () if known is None else known.calls.operators
    return next((one for one in operators if case.data.seen(one.name) == arg), None)


def take_counts(case: Thing, action: Act, _now: datetime) -> bool:
    operator = _called(case, action.arg)
    return operator is not None and operator.counts


def take_other(case: Thing, action: Act, _now: datetime) -> bool:
    operator = _called(case, action.arg)
    return operator is not None and not operator.counts


def take(case: Thing, action: Act, now: datetime) -> Change[Data]:
    operator = _called(case, action.arg)
    return _rule(case, action, now, "" if operator is None else operator.name)


def take_to_explain(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    operator = _called(case, action.arg)
    return with_(case, named="" if operator is None else operator.name, why="")


def _named(case: Thing, action: Act) -> tuple[str, str]:
    if case.state is State.WAITING:
        return names_instead(action.text, case.data.called)
    return named_in(action.text, case.data.called, apart=case.state is not State.CHOOSING)


def names(case: Thing, action: Act, _now: datetime) -> bool:
    return bool(_named(case, action)[0])


def names_and_says_why(case: Thing, action: Act, _now: datetime) -> bool:
    return bool(_named(case, action)[1])


def name(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    whom, why = _named(case, action)
    return with_(case, named=whom, why=why[:LONGEST])


def is_unclear(case: Thing, action: Act, _now: datetime) -> bool:
    """Whether it is owed an answer, though it names nobody and says no reason."""
    text, called = action.text, case.data.called
    match case.state:
        case State.CHOOSING:
            return means_somebody(text, called)
        case State.WAITING:
            return corrects(text, called) or is_for_button(text)
        case _:
            return is_for_button(text)


def no_name(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, tell_person(action.doer, "name"))


def explain(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, why=action.text.strip()[:LONGEST])


def pin_as_meant(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """The button carries what its card shows of it."""
    return _rule(case, action, now, case.data.named, case.data.why)


def back(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, named="", why="")


# --- afterwards -----------------------------------------------------------------------------------


def his_ruling(case: Thing, action: Act, now: datetime) -> bool:
    ruling = case.data.ruling
    return ruling is not None and is_by(ruling.by, action) and some_words(case, action, now)


def reason(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    ruling = case.data.ruling
    if ruling is None:
        return Change(data=case.data)
    told = replace(ruling, why=action.text.strip()[:LONGEST])
    made, said = writes.comment(case.data.writes, "reason")
    return with_(case, said, tell_askers("reason"), ruling=told, writes=made)


def his_refusal(case: Thing, action: Act, _now: datetime) -> bool:
    """The one to whom the refusal was attributed, by his link to the CRM; once for each."""
    ruling, by = case.data.ruling, action.by
    return (
        ruling is not None
        and by is not None
        and not any(same_person(one.operator, ruling.operator) for one in case.data.appeals)
        and bool(action.text.strip())
        and same_person(by.crm_name, ruling.operator)
    )


def appeal(case: Thing, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    ruling = case.data.ruling
    operator = "" if ruling is None else ruling.operator
    made = Appeal(by=action.doer, operator=operator, text=action.text.strip()[:LONGEST])
    data = replace(case.data, appeals=(*case.data.appeals, made))
    return anew(data, case, now, times, tell_role(Role.SUPERVISOR, "appeal"))


def not_known_in_crm(case: Thing, action: Act, _now: datetime) -> bool:
    """Nor anybody whose words mean something else here: who asked, who decides."""
    by = action.by
    return (
        by is not None
        and not by.crm_name
        and not by.roles & {Role.SUPERVISOR, Role.OWNER}
        and not asks(by.person, case.data.askers)
    )


def object_(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """Whether he may appeal shows once the bot knows who he is: he hears how to tell it."""
    return with_(case, tell_person(action.doer, "who_are_you"))


def nothing_ruled(case: Thing, _action: Act, _now: datetime) -> bool:
    return not case.data.was_ruled


def not_pinned(case: Thing, _action: Act, _now: datetime) -> bool:
    return case.data.is_pin_refused


def decide_anew(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    return anew(case.data, case, now, times)


def anew(data: Data, case: Thing, now: datetime, times: Times, *told: Effect) -> Change[Data]:
    """Decided once more. What was known is old by now: a decision must not rest on it."""
    return Change(
        data=replace(data, known=None, named="", why="", goes_on=None, again=0),
        effects=(read_lead(case.lead), *clocks(now, now, times), *told),
    )


def set_anyway(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    data, status = with_status(case.data, case.data.now_in_crm)
    return Change(data=data, effects=(status, DropDeadline(name=Deadline.LEAVE)))


# --- who the poster is ----------------------------------------------------------------------------


def counted_anew(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    """A card has room for a part of the calls only: to count them they are read once more."""
    is_busy = case.state in {State.CHOOSING, State.EXPLAINING, State.CONFIRMING} or (
        # He wants another reason than the one that is there.
        case.state is State.PICKING and bool(case.data.code)
    )
    goes_on = case.state if is_busy else None
    return with_(case, read_lead(case.lead), known=None, goes_on=goes_on)


# --- reading and clocks ---------------------------------------------------------------------------


def read_lead(ref: str) -> ReadLead:
    """Who talked first is asked of all calls, and a record carries only the latest."""
    return ReadLead(ref=ref, all_calls=True)


def again(case: Thing, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    return with_(
        case,
        tell_role(Role.SUPERVISOR, "again"),
        SetDeadline(name=Deadline.AGAIN, at=now + times.again),
        again=case.data.again + 1,
    )


def left(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, tell_role(Role.SUPERVISOR, "left"))


def clocks(since: datetime, now: datetime, times: Times) -> Iterator[Effect]:
    """The deadlines of a request; one that is over by now comes at once."""
    yield SetDeadline(name=Deadline.AGAIN, at=max(since + times.again, now))
    yield SetDeadline(name=Deadline.CLOSE, at=max(since + times.close, now))
