"""What the rules about a ticket's thread do: replies, and posts that join it. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.flows.asking import LONGEST, Asker
from bot.flows.copies import replace
from bot.flows.effects import (
    Audience,
    Effect,
    ReadLead,
    Tell,
)
from bot.flows.it.case import (
    BALANCES,
    Data,
    Ticket,
    Times,
)
from bot.flows.it.parts import ask_for_lead, elsewhere, noted, queued
from bot.flows.it.words import guess, says_me_too, words_of
from bot.flows.pieces import asks, tell_askers
from bot.flows.records import Action as Act
from bot.flows.records import Change, Role


def note(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """A reply: IT people's words go to the operator, his go to him who works on it."""
    by, said = action.doer, action.what.said
    data = noted(case.data, by, action.text, said)
    if said is not None and said.foreign and not said.leads:
        data = replace(data, trouble="foreign")
    if data is case.data:
        return Change(data=data)
    effects: list[Effect] = []
    what = f"note:{data.notes[-1].no}"
    own = asks(by, data.askers)
    if not own and says_me_too(action.text):
        post = 0 if said is None else said.message_id
        data = replace(data, askers=(*data.askers, Asker(person=by, post=post)))
    elif own:
        if data.taker is not None and data.taker.id != by.id:
            effects.append(Tell(to=Audience.DECIDER, what=what, person=data.taker.id))
    elif action.by is not None and action.by.roles & {Role.IT, Role.OWNER}:
        effects.append(tell_askers(what))
    if said is not None and said.media and said.chat_id > 0:
        # A picture that somebody sent to the bot alone: the others read only that there is one.
        effects.append(Tell(to=Audience.DECIDER, what="show_in_group", person=by.id))
    return Change(data=data, effects=tuple(effects))


def join(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """Another post about the lead, or another message of the album."""
    by, said = action.doer, action.what.said
    data = case.data
    asker = Asker(person=by, post=action.what.post)
    if not asks(by, data.askers):
        data = replace(data, askers=(*data.askers, asker))
    text = words_of(action.text)
    if said is None or not _is_of_album(case, action):
        return Change(data=noted(data, by, text, said))
    if said.media:
        data = replace(data, media=(*data.media, said.media)[:10])
    # An album's caption may come with any of its pictures.
    lead = _new_lead(case, action)
    if text and not data.asked:
        data = replace(data, asked=text[:LONGEST])
        if data.guessed:
            data = replace(data, category=guess(action.text, has_lead=bool(lead or case.lead)))
        if data.category in BALANCES and not (lead or case.lead):
            data, effects = ask_for_lead(data, now, times)
            return Change(data=data, effects=effects)
    reading = (ReadLead(ref=lead),) if lead else ()
    return Change(data=data, lead=lead or None, effects=reading)


def join_and_queue(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The album's caption has brought the link that was waited for."""
    joined = join(case, action, now, times=times)
    change = queued(joined.data, case, action, now, times)
    return replace(change, lead=joined.lead, effects=(*change.effects, *joined.effects))


def _new_lead(case: Ticket, action: Act) -> str:
    leads = () if action.what.said is None else action.what.said.leads
    if case.lead or not leads or elsewhere(action, leads[0]):
        return ""
    return leads[0]


def _is_of_album(case: Ticket, action: Act) -> bool:
    """Another message of the album that the ticket is."""
    said = action.what.said
    own = action.by is not None and action.by.person.id == case.poster.id
    return own and said is not None and said.album in case.data.albums


def caption_brings_lead(case: Ticket, action: Act, _now: datetime) -> bool:
    return _is_of_album(case, action) and bool(_new_lead(case, action))


def caption_asks_for_lead(case: Ticket, action: Act, _now: datetime) -> bool:
    """The words of an album have come, they are about a balance, and there is no link."""
    return (
        case.data.guessed
        and not case.data.asked
        and _is_of_album(case, action)
        and bool(words_of(action.text))
        and not case.lead
        and not _new_lead(case, action)
        and guess(action.text, has_lead=False) in BALANCES
    )


def works_for_him(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """An incident's head goes on for the others."""
    return Change(data=noted(case.data, action.doer, "", None, works=True))
