"""What a request of «Аномальные заказы» is: its states, what can be done, what is known of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.flows.anomalies.prices import Prices
from bot.flows.asking import Asker, Said, has_words, is_known, only_says
from bot.flows.orders import short
from bot.flows.records import Case, Person
from bot.flows.undo import Undone
from bot.flows.writes import Write
from crm_api.port import Lead

#: More lines of a lead would only push the decision off the screen.
_MOST_ITEMS = 4
# «в скрипте 3990, на сайте 4990р, какую цену называть?»
_OF_PRICES = re.compile(
    r"\d+\w{0,6}|в|на|по|а|и|но|у|за|скр|скрипт\w{0,3}|сайт\w{0,2}|лендинг\w{0,2}|ленд|цен[аыуе]|как(?:ая|ую|ие|ой)"
    r"|верн(?:ая|ую|ой)|правильн(?:ая|ую)|разн(?:ая|ые)|называть|назвать|действует|клиент(?:ка|у|ке)?"
    r"|линии|жд[еу]т|р|руб\w{0,4}|тыс|тысяч\w?|тенге|тг|тнг|драм\w{0,2}|kzt|rub|amd|пожалуйста|подскажите",
    re.IGNORECASE,
)
#: «RUB»; a CRM that sends more is cut short.
_LONGEST_CURRENCY = 4


class State(StrEnum):
    """Where a request stands."""

    #: A price is missing: the operator is asked for it.
    PRICES = "prices"
    #: The CRM is being asked; admins may decide all the same.
    READING = "reading"
    WAITING = "waiting"
    #: An admin writes a price of his own.
    TYPING = "typing"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"
    #: Another card is about the same lead.
    JOINED = "joined"


class Action(StrEnum):
    """What people do."""

    TELL_PRICES = "tell_prices"
    #: They stand the other way round: so says who asked, to us or to his own post.
    TURN = "turn"
    #: Other prices stand in the post by now.
    EDIT = "edit"
    SWAP = "swap"
    SCRIPT = "script"
    SITE = "site"
    OTHER = "other"
    PRICE = "price"
    AS_BEFORE = "as_before"
    REASON = "reason"
    UNDO = "undo"
    WITHDRAW = "withdraw"


class Which(StrEnum):
    """Whose price holds."""

    SCRIPT = "script"
    SITE = "site"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long people are waited for. Settings: ANOMALIES_<NAME>, in seconds.

    Attributes:
        first_ping, second_ping: after this the admins are pinged privately (the operator, while a
            price is missing).
        close: after this nobody waits any more: no price was agreed.
        undo: so long its maker may take a decision back.
    """

    first_ping: timedelta = timedelta(seconds=60)
    second_ping: timedelta = timedelta(seconds=180)
    close: timedelta = timedelta(minutes=15)
    undo: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """Which price holds, who decided that, when."""

    which: Which
    price: Decimal
    by: Person
    at: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """An item of the lead."""

    name: str
    price: Decimal
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the CRM said of a lead. `more`: items that the card has no room for."""

    url: str
    project: str
    currency: str
    total: Decimal | None
    items: tuple[Line, ...]
    more: int


def known(lead: Lead) -> Known:
    """The part of a lead that this chat needs."""
    return Known(
        url=lead.url,
        project=short(lead.project),
        currency=short(lead.currency, _LONGEST_CURRENCY),
        total=lead.total,
        items=tuple(
            Line(name=short(item.name), price=item.price, quantity=item.quantity)
            for item in lead.items[:_MOST_ITEMS]
        ),
        more=max(0, len(lead.items) - _MOST_ITEMS),
    )


@dataclass(frozen=True, kw_only=True)
class Data:
    """All that this chat knows of a request.

    Attributes:
        asked: the operator's words; `texts`: what each post says, as it was edited last.
        posted: what the post that opened it says by itself; None: an older release does not tell.
        edited_at: of when the latest edit of a post is that counts.
        turned: they stand the other way round than they were told: somebody has said or pressed so.
        known: None until the CRM has been read.
        typist: who writes a price of his own.
        offer: an earlier decision about the same project and prices; `offer_of`: its case.
        undone: the last decision that was taken back.
        withdrawn_by: who took the question back: who asked, or somebody for him.
        trouble: of reading: "down" while the CRM does not answer, "refused" where it never will,
            "missing" where it does not know the lead.
    """

    asked: str
    askers: tuple[Asker, ...]
    prices: Prices
    posted: Prices | None = None
    edited_at: datetime | None = None
    turned: bool = False
    known: Known | None = None
    typist: Person | None = None
    offer: Ruling | None = None
    offer_of: int = 0
    decision: Ruling | None = None
    undone: Undone | None = None
    withdrawn_by: Person | None = None
    writes: tuple[Write, ...] = ()
    trouble: str = ""
    pings: int = 0
    texts: tuple[Said, ...] = ()

    @property
    def told(self) -> tuple[Said, ...]:
        """The posts that say more than two prices, and which one holds?"""
        first = Said(by=self.askers[0].person, post=self.askers[0].post, text=self.asked)
        # An older release noted of its posts no more than what was asked.
        is_lacking = not is_known(self.texts, first) and has_words(first.text)
        texts = (first, *self.texts) if is_lacking else self.texts
        return tuple(one for one in texts if not only_says(one.text, _OF_PRICES))

    @property
    def currency(self) -> str:
        """Of the lead; "" until it has been read."""
        return "" if self.known is None else self.known.currency


Thing = Case[Data]


def is_alike(one: Data, other: Data) -> bool:
    """The same project, and the same two prices: what holds for one holds for the other."""
    if one.known is None or other.known is None or not one.known.project:
        return False
    return (
        one.known.project.casefold() == other.known.project.casefold()
        and one.prices.are_known
        and (one.prices.script, one.prices.site) == (other.prices.script, other.prices.site)
    )


def order_of(prices: Prices) -> str:
    """Which price is whose, as a button carries it."""
    return f"{arg_of(prices.script)}-{arg_of(prices.site)}"


def arg_of(price: Decimal | None) -> str:
    """A price as a button carries it: a press on an old card does not decide another price."""
    return str(price).replace(".", "_")
