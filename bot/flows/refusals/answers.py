"""What the rules of «Не проставленные отказы» do when the CRM answers. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.flows import answers, undo, writes
from bot.flows.asking import LONGEST, Asker, text_of
from bot.flows.codes import BY_CODE
from bot.flows.copies import replace
from bot.flows.effects import Audience, Effect, SetDeadline, Tell
from bot.flows.names import same_person
from bot.flows.orders import short
from bot.flows.pieces import tell_person, tell_role
from bot.flows.records import Action as Act
from bot.flows.records import Change, Fact, Person, Role
from bot.flows.refusals.case import Data, Deadline, State, Thing, known_of
from bot.flows.refusals.words import reason_told
from bot.flows.writes import MANAGER, PIN, STATUS, WriteState

# --- the lead is read -----------------------------------------------------------------------------


def read(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """What the lead tells holds; where it tells no reason (any more), ours is still to be set."""
    lead = action.what.lead
    if lead is None:
        return Change(data=case.data)
    # His own calls do not count. Until the bot knows who he is in the CRM, his name tells.
    poster = action.what.poster
    known = known_of(lead, poster or case.poster.name)
    data = replace(case.data, known=known, recognised=bool(poster), goes_on=None, trouble="")
    if known.reason:
        note = data.note if known.reason == data.code else ""
        data = replace(data, code=known.reason, picked=False, source=None, note=note)
    elif data.code:
        data = replace(data, picked=True)
    else:
        code, note = reason_told(text_of(data.texts, case.post, case.poster))
        source = Asker(person=case.poster, post=case.post) if code else None
        data = replace(data, code=code, picked=bool(code), source=source, note=note[:LONGEST])
    return Change(data=data, lead=lead.id)


def read_without_reason(case: Thing, action: Act, now: datetime) -> bool:
    return not read(case, action, now).data.code


def read_without_comment(case: Thing, action: Act, now: datetime) -> bool:
    """«Другая причина» was set, and nobody has said which."""
    data = read(case, action, now).data
    return (
        data.known is not None
        and bool(data.code)
        and BY_CODE[data.code].needs_comment
        and not data.note
        and not data.known.comments
    )


def goes_on(case: Thing, action: Act, now: datetime, *, at: State) -> bool:
    """Somebody was busy there as the lead had to be read anew: a reason is there to be picked."""
    is_picked = at is not State.PICKING or read(case, action, now).data.picked
    return case.data.goes_on is at and is_picked


# --- the writes go on -----------------------------------------------------------------------------


def _what(data: Data, no: int) -> str:
    """What the write of that number is, if it is one of the decision that holds; else ""."""
    return next((write.what for write in data.own_writes if write.no == no), "")


def _then_pin(data: Data) -> tuple[Data, tuple[Effect, ...]]:
    """The refusal is attributed once the lead is refused: a changed lead is nobody's refusal."""
    ruling = data.ruling
    wanted = any(write.what == PIN for write in data.own_writes)
    if ruling is None or not ruling.operator or wanted:
        return data, ()
    manager, field = ("", "") if data.known is None else (data.known.manager, data.known.operator)
    made, effect = writes.pin(data.writes, ruling.operator, seen=manager, label=field)
    return replace(data, writes=made), (effect,)


def is_status(case: Thing, action: Act, _now: datetime) -> bool:
    return _what(case.data, action.what.no) == STATUS


def is_pin(case: Thing, action: Act, _now: datetime) -> bool:
    return _what(case.data, action.what.no) == PIN


def is_setting_back(case: Thing, action: Act, _now: datetime) -> bool:
    """Whether a write was to take an earlier decision out of the lead."""
    return _what(case.data, action.what.no) in {STATUS, MANAGER}


def set_back(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """It has come to an end: what could not be set back is for the supervisors to mend."""
    what = action.what
    owners: tuple[Effect, ...] = ()
    match action.name:
        case Fact.CRM_SAVED:
            data = answers.saved(case, action, now).data
        case Fact.CRM_CONFLICT:
            data = answers.marked(case, what, WriteState.CONFLICT, say=undo.there(what))
        case _:
            data = answers.marked(case, what, WriteState.REFUSED, say=what.say)
            owners = (Tell(to=Audience.OWNERS, what="crm_refused"),)
    write = next(one for one in data.writes if one.no == what.no)
    left = undo.not_back(write, data.writes, what)
    stays = (tell_role(Role.SUPERVISOR, "stays"),) if left else ()
    data = replace(data, left=undo.with_left(data.left, left))
    return Change(data=data, effects=(*owners, *stays))


def status_saved(case: Thing, action: Act, now: datetime) -> Change[Data]:
    data, effects = _then_pin(answers.saved(case, action, now).data)
    return Change(data=data, effects=effects)


def pin_saved(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """It is his now: he hears of it. What the CRM chose besides, and we cannot change, is shown."""
    if same_person(short(action.what.was), case.data.crm_chose):
        # An earlier try, which was refused, has let the CRM choose: that was not there before.
        action = replace(action, what=replace(action.what, was=""))
    data, lead, ruling = answers.saved(case, action, now).data, action.what.lead, case.data.ruling
    if ruling is None:
        return Change(data=data)
    if lead is not None and lead.operator and not same_person(lead.operator, ruling.operator):
        data = replace(data, crm_chose=short(lead.operator))
    called = () if data.known is None else data.known.calls.operators
    if lead is not None and lead.manager and ruling.operator not in {one.name for one in called}:
        # A supervisor has written the name; the CRM has its own spelling, by which people are told.
        ruling = replace(ruling, operator=short(lead.manager))
    blamed = Tell(to=Audience.CRM_USER, what="blamed", name=ruling.operator)
    return Change(data=replace(data, ruling=ruling), effects=(blamed,))


def unreadable(_case: Thing, action: Act, _now: datetime) -> bool:
    return action.what.no == 0


def not_read(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    told = Tell(to=Audience.OWNERS, what="crm_refused")
    return Change(data=replace(case.data, trouble="refused"), effects=(told,))


def refused(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    data = answers.marked(case, action.what, WriteState.REFUSED, say=action.what.say)
    return Change(data=data, effects=_told(case, Audience.OWNERS))


def status_refused(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """The bot's user may not set it: a person will, and the attribution need not wait for that."""
    change = refused(case, action, now)
    data, effects = _then_pin(change.data)
    return Change(data=data, effects=(*effects, *change.effects))


def pin_refused(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """What it has replaced is known by this try alone, if it is done after all."""
    what, lead = action.what, action.what.lead
    data = answers.marked(case, what, WriteState.REFUSED, say=what.say, was=what.was)
    return Change(
        data=replace(data, crm_chose="" if lead is None else short(lead.manager)),
        effects=_told(case),
    )


def _decider(data: Data) -> Person | None:
    return None if data.ruling is None else data.ruling.by


def _told(case: Thing, *besides: Audience) -> tuple[Effect, ...]:
    """Whoever decided, and others."""
    return (
        tell_person(_decider(case.data), "not_written"),
        *(Tell(to=audience, what="crm_refused") for audience in besides),
    )


def conflict(case: Thing, action: Act, now: datetime, *, patience: timedelta) -> Change[Data]:
    data, code = answers.conflict(case, action.what)
    return Change(
        data=replace(data, now_in_crm=code),
        effects=(
            tell_person(_decider(case.data), "conflict"),
            SetDeadline(name=Deadline.LEAVE, at=now + patience),
        ),
    )


def stale_conflict(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return Change(data=answers.marked(case, action.what, WriteState.CONFLICT))
