"""What the rules about a ticket's lead do, and about what the CRM answers. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.flows import answers
from bot.flows.copies import replace
from bot.flows.effects import Act as ActOn
from bot.flows.effects import (
    Audience,
    ReadLead,
    Tell,
)
from bot.flows.it.case import (
    BALANCES,
    Action,
    Data,
    Subject,
    Ticket,
    Times,
)
from bot.flows.it.parts import ask_for_lead, beside_ref, elsewhere, noted, queued, ref_of
from bot.flows.orders import short
from bot.flows.pieces import into, tell_askers, with_
from bot.flows.records import Action as Act
from bot.flows.records import Change


def names_a_lead(case: Ticket, action: Act, _now: datetime) -> bool:
    ref = ref_of(action)
    return bool(ref) and not case.lead and not elsewhere(action, ref)


def names_a_lead_of_another(case: Ticket, action: Act, _now: datetime) -> bool:
    return not case.lead and not case.data.members and bool(elsewhere(action, ref_of(action)))


def name_lead(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    ref = ref_of(action)
    data = replace(_with_words(case, action), trouble="")
    return Change(data=data, lead=ref, effects=(ReadLead(ref=ref),))


def name_lead_and_queue(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    named = name_lead(case, action, now)
    change = queued(named.data, case, action, now, times)
    return replace(change, lead=named.lead, effects=(*change.effects, *named.effects))


def _with_words(case: Ticket, action: Act) -> Data:
    """Whatever else a message with the link said or showed goes into the thread."""
    # A post that only brings the link opens no ticket: its words come by themselves.
    by = case.poster if action.by is None else action.by.person
    return noted(case.data, by, beside_ref(action), action.what.said)


def fold_into(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """Another ticket is about this lead: everybody who asked here asks there, in their words."""
    other = action.what.case or elsewhere(action, ref_of(action))
    data = _with_words(case, action)
    ids = {asker.person.id for asker in data.askers}
    said = (data.asked, *(note.text for note in data.notes if note.by.id in ids))
    return with_(case, *into(other, data.askers, " / ".join(filter(None, said))))


def read(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    lead = action.what.lead
    if lead is None:
        return Change(data=case.data)
    known = Subject(url=lead.url, project=short(lead.project))
    return Change(data=replace(case.data, known=known, trouble=""), lead=lead.id)


def is_balance(case: Ticket, _action: Act, _now: datetime) -> bool:
    return case.data.category in BALANCES and not case.data.members


def missing(case: Ticket, _action: Act, _now: datetime) -> Change[Data]:
    return Change(data=replace(case.data, trouble="missing"), lead="")


def missing_and_ask(case: Ticket, _action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """An incident takes it in again when it has its link."""
    head = case.data.head
    data, effects = ask_for_lead(replace(case.data, trouble="missing", head=None), now, times)
    left = () if head is None else (ActOn(case=head, action=Action.DROP_MEMBER),)
    return Change(data=data, lead="", effects=(*effects, tell_askers("need_lead"), *left))


def refused(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    owners = Tell(to=Audience.OWNERS, what="crm_refused")
    if action.what.no == 0:
        return with_(case, owners, trouble="refused")
    return Change(data=answers.refused(case, action), effects=(owners,))
