"""«Аномальные заказы»: the script's price and the site's differ; which one holds?

Rules: handbook section 2 (the chat). The operator posts the lead's link and both prices, with the
client on the line; an admin decides, and the record gets the price that holds and who decided.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.flows.anomalies.case import Action, Data, State, Thing, Times, Which, arg_of, order_of
from bot.flows.anomalies.deeds import names_others, said_of, with_prices
from bot.flows.anomalies.prices import Prices, find_prices
from bot.flows.anomalies.table import CLOSED, rules
from bot.flows.anomalies.words import corrects, says_reversed
from bot.flows.asking import (
    LONGEST,
    Asker,
    is_mended,
    is_question,
    is_withdrawal,
    said_in,
    words_of,
)
from bot.flows.base import Button, Flow, Step
from bot.flows.copies import replace
from bot.flows.effects import ReadLead
from bot.flows.pieces import asks
from bot.flows.records import Action as Act
from bot.flows.records import (
    Actor,
    Around,
    Case,
    Happened,
    Need,
    Post,
    Request,
    Role,
)
from bot.flows.waiting import clocks

__all__ = ["Action", "Anomalies", "Data", "State", "Times", "Which"]

# In letters too: no price can be read out of those, and he hears that.
_NUMBER = re.compile(r"\d|тысяч|\bсто\b|двести|триста|[а-я]сот\b|рубл", re.IGNORECASE)


class Anomalies(Flow[Data]):
    """«Аномальные заказы»."""

    name = "anomalies"
    states = State
    actions = Action
    data_type = Data
    times_type = Times
    late_after = "first_ping"
    closed = CLOSED
    openings = frozenset({State.PRICES, State.READING})
    silent = frozenset({State.JOINED})
    digestible = frozenset({State.READING, State.WAITING})
    deciders = frozenset({Role.ADMIN})
    urgent = True
    unsaid = frozenset({Action.SWAP})
    words_first = True
    following = frozenset({Action.TELL_PRICES})
    needs = frozenset({Need.CASES})
    #: So long an earlier decision is offered.
    remembers = timedelta(days=1)

    def __init__(self, times: Times | None = None) -> None:
        self.times = times or Times()
        super().__init__(rules(self.times))

    def requests(self, post: Post) -> tuple[Request, ...]:
        """A case for every lead; of several leads each has the prices of its own line."""
        asker = (Asker(person=post.by, post=post.message_id),)
        asked = words_of(post.text)[:LONGEST]
        return tuple(
            Request(
                ref=lead,
                lead=lead,
                data=Data(
                    asked=asked,
                    askers=asker,
                    prices=_prices_of(post, lead),
                    posted=find_prices(said_of(post, lead), post.leads),
                    edited_at=post.edited_at,
                    texts=(said_in(post, lead),),
                ),
            )
            for lead in post.leads
        )

    def open(
        self, request: Request, post: Post, last: Thing | None, around: Around, now: datetime
    ) -> Step[Data]:
        """The lead is read at once, also while the operator is asked for a price."""
        del last, around
        data: Data = request.data
        case = Case(
            id=0, state=State.READING if data.prices.are_known else State.PRICES, round=1,
            lead=request.lead, poster=post.by, post=post.message_id, posted_at=post.sent_at,
            data=data,
        )  # fmt: skip
        deadlines = clocks(post.sent_at, now, self.times)
        return Step(case=case, effects=(ReadLead(ref=request.lead), *deadlines))

    def reply(self, case: Thing, by: Actor, post: Post, now: datetime) -> Act | None:
        """A withdrawal, the prices or a correction of them, an admin's price, a reason."""
        text = post.text
        if post.leads or not text.strip():
            # Another lead is a post of its own, whatever it answers.
            return None
        own = _of_asker(case, text) if asks(by.person, case.data.askers) else None
        if own is not None:
            return self._or_none(case, Act(name=own, by=by, text=text), now)
        is_named = _NUMBER.search(text) and not is_question(text)
        price = Act(name=Action.PRICE, by=by, text=text)
        if case.state is State.TYPING and is_named:
            return self._or_none(case, price, now)
        if case.state is State.DECIDED and self.may(case, price, now):
            return price
        return self._or_none(case, Act(name=Action.REASON, by=by, text=text), now)

    def edited(
        self, case: Thing, by: Actor, request: Request, post: Post, now: datetime
    ) -> Act | None:
        """Other prices, or other words, as long as nobody has decided."""
        data, said = case.data, said_of(post, request.lead)
        if post.edited_at and data.edited_at and post.edited_at < data.edited_at:
            # Telegram brings some side by side: the later one was here first.
            return None
        [now_said] = request.data.texts
        if not is_mended(data.texts, now_said) and not names_others(case, post, said):
            return None
        what = Happened(said=post, ref=request.lead)
        return self._or_none(case, Act(name=Action.EDIT, by=by, text=said, what=what), now)

    def lacks_lead(self, post: Post) -> bool:
        """Both prices, each with its word, and no link."""
        prices = find_prices(post.text)
        return not post.leads and prices.are_known and not prices.unsure

    def may_follow(self, post: Post) -> bool:
        """«3990/4990», «на сайте 5990» behind a link."""
        return not post.leads and find_prices(post.text) != Prices()

    def _or_none(self, case: Thing, action: Act, now: datetime) -> Act | None:
        return action if self.may(case, action, now) else None

    def buttons(self, case: Thing) -> tuple[tuple[Button, ...], ...]:
        """The two prices first; then what was decided about the same before."""
        data, withdraw = case.data, Button(action=Action.WITHDRAW)
        match case.state:
            case State.PRICES:
                return ((withdraw,),)
            case State.READING | State.WAITING | State.TYPING:
                before = Button(action=Action.AS_BEFORE, style="success", arg=str(data.offer_of))
                swap = Button(action=Action.SWAP, arg=order_of(data.prices.swapped()))
                return (
                    (
                        Button(action=Action.SCRIPT, arg=arg_of(data.prices.script)),
                        Button(action=Action.SITE, arg=arg_of(data.prices.site)),
                    ),
                    *(((before,),) if data.offer is not None else ()),
                    (Button(action=Action.OTHER), withdraw),
                    *(((swap,),) if data.prices.may_be_swapped else ()),
                )
            case State.DECIDED:
                return ((Button(action=Action.UNDO, spare=True),),)
            case _:
                return ()


def _of_asker(case: Thing, text: str) -> Action | None:
    """What who has asked does by these words."""
    if is_withdrawal(text):
        return Action.WITHDRAW
    if says_reversed(text):
        return Action.TURN
    is_news = with_prices(case.data, text) != case.data.prices and (
        corrects(text) or not case.data.prices.are_known
    )
    is_no_price = case.state is State.PRICES and _NUMBER.search(text)
    return Action.TELL_PRICES if is_news or is_no_price else None


def _prices_of(post: Post, lead: str) -> Prices:
    """The prices beside one of the post's links."""
    # A price without a word on which it is says nothing yet.
    return replace(find_prices(said_of(post, lead), post.leads), loose=None)
