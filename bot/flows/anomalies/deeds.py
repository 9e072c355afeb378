"""What the rules of «Аномальные заказы» do: a case and an action become data and effects. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.flows import deeds, writes
from bot.flows.anomalies.case import (
    Data,
    Ruling,
    State,
    Thing,
    Times,
    Which,
    arg_of,
    is_alike,
    known,
    order_of,
)
from bot.flows.anomalies.prices import Prices, find_prices, one_price
from bot.flows.anomalies.words import explanation, wants_other
from bot.flows.asking import LONGEST, is_about, lines_on, said_by, with_said, words_of
from bot.flows.copies import replace
from bot.flows.effects import Act as ActOn
from bot.flows.effects import Effect
from bot.flows.pieces import is_by, tell_askers, tell_person, with_, with_asker
from bot.flows.records import Action as Act
from bot.flows.records import Around, Change, Fact, Post
from bot.flows.waiting import clocks

#: Admins may decide: both prices are known.
DECIDABLE = (State.READING, State.WAITING, State.TYPING)


# --- the prices -----------------------------------------------------------------------------------


def with_prices(data: Data, text: str) -> Prices:
    """The prices when these words have been added."""
    return data.prices.filled(find_prices(text))


def said_of(post: Post, lead: str) -> str:
    """What the post says of one of its leads: its own lines come first."""
    lines = [line for line in post.text.splitlines() if is_about(line, lead)]
    texts = [*lines, lines_on(post, lead)] if len(post.leads) > 1 else []
    return next((text for text in texts if find_prices(text, post.leads) != Prices()), post.text)


def _told(action: Act) -> str:
    """Of a post about several leads that joins: what it says of this one."""
    post = action.what.said
    if action.name != Fact.JOINED or post is None or action.what.ref not in post.leads:
        return action.text
    return said_of(post, action.what.ref)


def may_tell(case: Thing, action: Act, _now: datetime) -> bool:
    """Who asked, or joins them now, names the prices."""
    ids = {asker.person.id for asker in case.data.askers}
    return action.name == Fact.JOINED or (action.by is not None and action.by.person.id in ids)


def completes(case: Thing, action: Act, now: datetime) -> bool:
    return may_tell(case, action, now) and with_prices(case.data, _told(action)).are_known


def completes_and_read(case: Thing, action: Act, now: datetime) -> bool:
    return case.data.known is not None and completes(case, action, now)


def tell_prices(case: Thing, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The operator names what was missing, or corrects himself."""
    prices = with_prices(case.data, _told(action))
    turned = case.data.turned and prices == case.data.prices
    data = _offered(replace(case.data, prices=prices, turned=turned), action.around)
    if not data.prices.are_known:
        return Change(data=data, effects=(tell_askers("prices"),))
    if case.state is State.PRICES:
        # Only from now on does anybody wait for an admin.
        return Change(data=replace(data, pings=0), effects=tuple(clocks(now, now, times)))
    return Change(data=data)


def names_others(case: Thing, post: Post, said: str) -> bool:
    """Whether an edited post names other prices than it did, of the lead: in the words `said`."""
    data, found = case.data, find_prices(said, post.leads)
    if post.message_id == case.post and data.posted is not None:
        is_news = found != data.posted
    else:
        # What it said before is not known; which is whose an admin may have changed since.
        is_news = not {found.script, found.site} <= {None, data.prices.script, data.prices.site}
    return is_news and with_prices(data, said) != data.prices


def edit(case: Thing, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """The post says something else by now; the first one is what was asked."""
    post = action.what.said
    if post is None:
        return tell_prices(case, action, now, times=times)
    texts = with_said(case.data.texts, said_by(action))
    data = replace(case.data, edited_at=post.edited_at, texts=texts)
    if post.message_id == case.post:
        posted = find_prices(action.text, post.leads)
        data = replace(data, asked=words_of(post.text)[:LONGEST], posted=posted)
    if not names_others(case, post, action.text):
        return Change(data=data)
    return tell_prices(replace(case, data=data), action, now, times=times)


def join(case: Thing, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    """Another post about this lead: who asks hears the answer, and he may have named the prices."""
    askers = with_asker(case.data.askers, action)
    texts = with_said(case.data.texts, said_by(action))
    joined = replace(case, data=replace(case.data, askers=askers, texts=texts))
    if with_prices(case.data, _told(action)) == case.data.prices:
        return Change(data=joined.data)
    return tell_prices(joined, action, now, times=times)


def is_other_order(case: Thing, action: Act, _now: datetime) -> bool:
    """A button names the order that it makes: a second tap does not swap them back."""
    prices = case.data.prices
    return prices.may_be_swapped and action.arg == order_of(prices.swapped())


def swap(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    data = replace(case.data, prices=case.data.prices.swapped(), turned=not case.data.turned)
    return Change(data=_offered(data, action.around))


def may_turn(case: Thing, action: Act, now: datetime) -> bool:
    """Who asked says that the two prices on the card stand the other way round."""
    return case.data.prices.script != case.data.prices.site and may_tell(case, action, now)


def turns(case: Thing, action: Act, now: datetime) -> bool:
    """Once: when they have been turned already, nobody can tell what he saw as he wrote it."""
    return may_turn(case, action, now) and not case.data.turned


def turn(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    prices = replace(case.data.prices.swapped(), unsure=False)
    return Change(data=_offered(replace(case.data, prices=prices, turned=True), action.around))


def which_is_whose(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, tell_person(action.doer, "order"))


# --- an earlier decision --------------------------------------------------------------------------


def _offered(data: Data, around: Around) -> Data:
    """With the latest decision about the same project and prices, of those that are remembered."""
    alike = [
        (other.data.decision, other.id)
        for other in around.cases
        if other.data.decision is not None and is_alike(data, other.data)
    ]
    if not alike:
        return replace(data, offer=None, offer_of=0)
    offer, of = max(alike, key=lambda one: one[0].at)
    return replace(data, offer=offer, offer_of=of)


def offer_anew(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """A decision that could be offered here was made, or taken back."""
    return Change(data=_offered(case.data, action.around))


def offer_holds(case: Thing, action: Act, _now: datetime) -> bool:
    offer = case.data.offer
    return offer is not None and any(
        other.id == case.data.offer_of
        and other.data.decision is not None
        and (other.data.decision.by, other.data.decision.at) == (offer.by, offer.at)
        for other in action.around.cases
    )


def _to_alike(data: Data, around: Around) -> Iterator[Effect]:
    """Open cards about the same gain or lose an offer."""
    for other in around.cases:
        if other.state in DECIDABLE and is_alike(data, other.data):
            yield ActOn(case=other.id, action=Fact.ACTED)


# --- deciding -------------------------------------------------------------------------------------


def _decide(case: Thing, action: Act, ruling: Ruling) -> Change[Data]:
    made, comment = writes.comment(case.data.writes, "decided")
    data = replace(case.data, decision=ruling, typist=None, writes=made)
    effects = (comment, tell_askers("decided", settled=True), *_to_alike(data, action.around))
    return Change(data=data, effects=effects)


def is_the_script_s(case: Thing, action: Act, _now: datetime) -> bool:
    return action.arg == arg_of(case.data.prices.script)


def is_the_site_s(case: Thing, action: Act, _now: datetime) -> bool:
    return action.arg == arg_of(case.data.prices.site)


def choose(case: Thing, action: Act, now: datetime, *, which: Which) -> Change[Data]:
    prices = case.data.prices
    price = prices.script if which is Which.SCRIPT else prices.site
    if price is None:
        return Change(data=case.data)
    return _decide(case, action, Ruling(which=which, price=price, by=action.doer, at=now))


def as_before(case: Thing, action: Act, now: datetime) -> Change[Data]:
    offer = case.data.offer
    if offer is None:
        return Change(data=case.data)
    ruling = Ruling(which=offer.which, price=offer.price, by=action.doer, at=now)
    return _decide(case, action, ruling)


def begin_typing(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, typist=action.doer)


def is_typist(case: Thing, action: Act, _now: datetime) -> bool:
    return is_by(case.data.typist, action)


def types_a_price(case: Thing, action: Act, now: datetime) -> bool:
    return is_typist(case, action, now) and one_price(action.text) is not None


def typed(case: Thing, action: Act, now: datetime) -> Change[Data]:
    price = one_price(action.text)
    if price is None:
        return Change(data=case.data)
    ruling = Ruling(which=Which.OTHER, price=price, by=action.doer, at=now)
    return _decide(case, action, ruling)


def not_understood(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, tell_person(action.doer, "price"))


def wants_another(case: Thing, action: Act, now: datetime) -> bool:
    """Who decided names another price: by a word nothing is decided, and it explains nothing."""
    made = case.data.decision
    is_his = made is not None and deeds.his_decision(case, action, now)
    return made is not None and is_his and wants_other(action.text, made.price, made.which)


def not_by_words(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, tell_person(action.doer, "not_by_words"))


def names_too_late(case: Thing, action: Act, now: datetime) -> bool:
    """Who asked names other prices than those that were decided about."""
    is_news = with_prices(case.data, action.text) != case.data.prices
    return is_news and may_tell(case, action, now)


def too_late(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    return with_(case, tell_person(action.doer, "too_late"))


def reason(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    if case.data.decision is None:
        return Change(data=case.data)
    made, comment = writes.comment(case.data.writes, "reason")
    decision = replace(case.data.decision, reason=explanation(action.text)[:LONGEST])
    return with_(case, comment, tell_askers("reason"), decision=decision, writes=made)


# --- undoing --------------------------------------------------------------------------------------


def take_back(case: Thing, action: Act, now: datetime, *, times: Times) -> Change[Data]:
    if case.data.decision is None:
        return Change(data=case.data)
    change = deeds.take_back(case, now, what=case.data.decision.which, times=times)
    alike = _to_alike(change.data, action.around)
    return replace(change, effects=(*change.effects, *alike))


# --- what the world answers -----------------------------------------------------------------------


def read(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    lead = action.what.lead
    if lead is None:
        return Change(data=case.data)
    data = replace(case.data, known=known(lead), trouble="")
    return Change(data=_offered(data, action.around), lead=lead.id)


# --- the clock ------------------------------------------------------------------------------------


def remind(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return with_(case, tell_askers("prices"), pings=case.data.pings + 1)
