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
    AT_WORK,
    BALANCES,
    Category,
    Data,
    Ticket,
    Times,
)
from bot.flows.it.following import follows
from bot.flows.it.incidents import proposed
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
            effects.append(Tell(to=Audience.PERSON, what=what, person=data.taker.id))
    elif action.by is not None and action.by.roles & {Role.IT, Role.OWNER}:
        effects.append(tell_askers(what))
    if said is not None and said.media and said.chat_id > 0:
        # A picture that somebody sent to the bot alone: the others read only that there is one.
        effects.append(Tell(to=Audience.PERSON, what="show_in_group", person=by.id))
    return Change(data=data, effects=tuple(effects))


def join(case: Ticket, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """Another post about the lead; what goes on with the ticket's own post, as an album does."""
    by, said = action.doer, action.what.said
    data = case.data
    asker = Asker(person=by, post=action.what.post)
    if not asks(by, data.askers):
        data = replace(data, askers=(*data.askers, asker))
    text = words_of(action.text)
    is_of_album = _is_of_album(case, action)
    if said is None or not (is_of_album or follows(case, said)):
        return Change(data=noted(data, by, text, said))
    # An album's caption may come with any of its pictures.
    lead, category = _new_lead(case, action), _category(case, action)
    if not is_of_album:
        # Under the card nobody sees that post quoted. Edited, it says the same once more.
        is_new = text not in {one.text for one in data.notes if one.by.id == by.id}
        data = noted(data, by, text if is_new else "", said)
    elif said.media:
        data = replace(data, media=(*data.media, said.media)[:10])
    if text and not data.asked and is_of_album:
        data = replace(data, asked=text[:LONGEST])
    if category is not data.category:
        data = replace(data, category=category)
        if category in BALANCES and not (lead or case.lead):
            data, effects = ask_for_lead(data, now, times)
            # An edit of the card calls nobody.
            told = () if is_of_album else (tell_askers("need_lead"),)
            return Change(data=data, effects=(*effects, *told))
        if case.state in AT_WORK:
            similar, offered = proposed(case, category, action.around, times)
            data = replace(data, similar=similar, offered=offered)
    reading = (ReadLead(ref=lead),) if lead else ()
    return Change(data=data, lead=lead or None, effects=reading)


def _category(case: Ticket, action: Act) -> Category:
    """The category that the ticket has with these words, where nobody has corrected it."""
    data, said = case.data, action.what.said
    is_first = _is_of_album(case, action) and not data.asked
    goes_on = said is not None and data.category is Category.OTHER and follows(case, said)
    is_set = data.members or not data.guessed
    if is_set or not words_of(action.text) or not (is_first or goes_on):
        return data.category
    return guess(action.text, has_lead=bool(case.lead or _new_lead(case, action)))


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
    """The words of a picture have come, they are about a balance, and there is no link."""
    has_lead = case.lead or _new_lead(case, action)
    return not has_lead and _category(case, action) in BALANCES


def works_for_him(case: Ticket, action: Act, _now: datetime) -> Change[Data]:
    """An incident's head goes on for the others."""
    return Change(data=noted(case.data, action.doer, "", None, works=True))
