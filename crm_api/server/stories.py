"""Writes the seed's leads: a client, what he ordered, and how it went."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .catalogue import COUNTRIES, OFFERS, OPERATORS, PHONE, Country, Offer
from .records import NewCall, NewItem, NewLead, Said
from .statuses import (
    BOUGHT_OUT,
    CALL_BACK,
    CONFIRMED,
    NEW_PARCEL,
    NO_ANSWER,
    PAID,
    PAID_BACK,
    RETURNED,
    UNPAID,
)

_PHONES_LIMIT_RU = 20_000
_NOT_REACHED = frozenset({NO_ANSWER, 23})
#: What an operator writes beside a status, where he writes anything.
_REMARKS = {
    CALL_BACK: ("Просит перезвонить вечером", "За рулём, перезвонить через час"),
    100: ("Дорого, скидка не помогла",),
    63: ("Передумал, от объяснений уклонился",),
    163: ("Уезжает в отпуск, закажет по возвращении",),
    44: ("Говорит, что заявку не оставлял",),
    70: ("Товар не включается, клиенту обещан звонок в течение 15 часов",),
    99: ("Нужен только курьер до двери",),
    184: ("Спрашивал, как пользоваться, товар уже у него",),
    CONFIRMED: ("Устный договор заключён, комиссия озвучена", "Второй номер не дал"),
}
_PARCEL_STEPS = timedelta(hours=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A made-up person; `phone` in digits."""

    name: str
    phone: str
    country: Country
    birth_year: int
    address: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """How a lead went.

    Attributes:
        sales: the disposition's code; None while nobody has decided.
        delivery: the parcel's status, for a confirmed lead.
        days: the lead is so many days old, from and to; (0, 0): minutes to hours.
        answered_in: from the request to the disposition; None: as it happens.
    """

    sales: int | None = None
    delivery: int | None = None
    days: tuple[int, int] = (1, 30)
    answered_in: timedelta | None = None


class Writer:
    """Makes clients and leads out of one random source."""

    def __init__(self, source: random.Random, now: datetime) -> None:
        self._random = source
        self._now = now
        self._phones: set[str] = set()

    def client(self, country: Country | None = None) -> Client:
        """Somebody new, with a number that nobody else has."""
        pick = self._random.choice
        country = country or pick(COUNTRIES)
        region, city, postcode = pick(country.cities)
        return Client(
            name=_agreed(pick(country.last_names), pick(country.first_names)),
            phone=self._phone(country),
            country=country,
            birth_year=self._random.randint(1955, 2002),
            address={
                "region": region,
                "city": city,
                "postcode": postcode,
                "street": pick(country.streets),
                "home": str(self._random.randint(1, 120)),
                "room": str(self._random.randint(1, 180)),
            },
        )

    def lead(
        self,
        client: Client,
        story: Story,
        *,
        offer: Offer | None = None,
        key: str = "",
        at: datetime | None = None,
    ) -> NewLead:
        """A request of this client that went as the story says.

        Args:
            client: who left it.
            story: how it went.
            offer: what is wanted; None: anything.
            key: the lead's key; "": a new one.
            at: when it was left; None: as old as the story says.
        """
        offer = offer or self._random.choice(OFFERS)
        at = at or self._age(story)
        operator = self._random.choice(OPERATORS)
        key = key or f"{self._random.getrandbits(40):010x}"
        wait = story.answered_in or timedelta(minutes=self._random.randint(4, 90))
        decided = min(at + wait, self._now - timedelta(minutes=1))
        items = self._items(offer, client.country, story)
        delivery_type, delivery_price = self._random.choice(client.country.delivery)
        fields: dict[str, Any] = {
            **client.address,
            "client_name": client.name,
            "country_code": client.country.code,
            "delivery_type": delivery_type,
            "delivery_types_price": delivery_price,
        }
        return NewLead(
            key=key,
            created_at=at,
            project=offer.project,
            phones=(client.phone,),
            operator=operator if story.sales else "",
            offer_price=_price(offer.items[0][1], client.country),
            birth_year=client.birth_year if story.sales == CONFIRMED else None,
            items=items,
            calls=self._calls(story, operator, at, decided),
            statuses=self._statuses(story, operator, decided),
            comments=self._comments(story, operator, decided),
            sms=self._sms(story, decided),
            fields=fields,
        )

    def refused_twice(self, lead: NewLead, code: int) -> NewLead:
        """The lead with two operators who both talked long, the second of whom set the refusal.

        The first is the one to whom the refusal belongs (handbook section 2).
        """
        first, second = self._random.sample(OPERATORS, 2)
        again = lead.created_at + timedelta(hours=26)
        missed = lead.created_at + timedelta(minutes=9)
        talked = lead.created_at + timedelta(minutes=31)
        return replace(
            lead,
            operator=second,
            calls=(
                NewCall(operator=first, at=missed, talked=0, answered=False),
                NewCall(operator=first, at=talked, talked=184),
                NewCall(operator=second, at=again, talked=97),
            ),
            statuses=(Said(what=code, author=second, at=again + timedelta(minutes=2)),),
            comments=(
                Said(
                    what="Говорит, что уже отказывался в прошлый раз",
                    author=second,
                    at=again + timedelta(minutes=2),
                ),
            ),
        )

    def refused_and_left(self, lead: NewLead) -> NewLead:
        """The lead with a long talk after which nobody set a refusal; a colleague rang again.

        The colleague talked long too, so that the CRM's own choice is not the first who did.
        """
        first, second = self._random.sample(OPERATORS, 2)
        talked = lead.created_at + timedelta(minutes=12)
        again = lead.created_at + timedelta(hours=25)
        return replace(
            lead,
            calls=(
                NewCall(operator=second, at=talked - timedelta(minutes=5), talked=41),
                NewCall(operator=first, at=talked, talked=226),
                NewCall(operator=second, at=again - timedelta(hours=2), talked=0, answered=False),
                NewCall(operator=second, at=again, talked=118),
            ),
        )

    def _phone(self, country: Country) -> str:
        while True:
            start = self._random.choice(country.phone_starts)
            rest = country.phone_length - len(start)
            phone = start + "".join(str(self._random.randrange(10)) for _ in range(rest))
            if phone not in self._phones:
                self._phones.add(phone)
                return phone

    def _age(self, story: Story) -> datetime:
        first, last = story.days
        if not last:
            return self._now - timedelta(minutes=self._random.randint(3, 240))
        # Older than the newest leads, so that a first order is always the first.
        minutes = self._random.randint(first * 1440 + 300, last * 1440 + 420)
        return self._now - timedelta(minutes=minutes)

    def _items(self, offer: Offer, country: Country, story: Story) -> tuple[NewItem, ...]:
        limit = country.limit
        if offer is PHONE and country.code == "RU":
            limit = _PHONES_LIMIT_RU
        wanted = offer.items if offer.is_set else offer.items[:1]
        if story.sales == CONFIRMED and not offer.is_set:
            wanted = offer.items[: self._random.randint(1, len(offer.items))]
        items: list[NewItem] = []
        for number, (name, roubles) in enumerate(wanted):
            price = _price(roubles, country)
            if sum(item.price for item in items) + price > limit:
                break
            # Later lines of a script are its upsells; those of a set are not.
            upsale = 0 if offer.is_set else min(number, 2)
            items.append(NewItem(name=name, price=price, upsale=upsale, product_id=1000 + number))
        if offer.gift:
            items += [NewItem(name=offer.gift, price=1, product_id=2000)] * len(items)
        return tuple(items)

    def _calls(
        self, story: Story, operator: str, at: datetime, decided: datetime
    ) -> tuple[NewCall, ...]:
        if story.sales is None:
            tried = at + timedelta(minutes=1)
            missed = NewCall(operator=operator, at=tried, talked=0, rang=21, answered=False)
            return (missed,) if self._random.randrange(3) == 0 else ()
        calls = [
            NewCall(
                operator=self._random.choice(OPERATORS),
                at=at + (decided - at) * number / 4,
                talked=0,
                rang=self._random.randint(12, 35),
                answered=False,
            )
            for number in range(1, self._random.randint(1, 4))
        ]
        if story.sales not in _NOT_REACHED:
            talked = self._random.randint(35, 420)
            start = max(at, decided - timedelta(seconds=talked + 20))
            calls.append(NewCall(operator=operator, at=start, talked=talked))
        return tuple(calls)

    def _statuses(self, story: Story, operator: str, decided: datetime) -> tuple[Said, ...]:
        if story.sales is None:
            return ()
        said = [Said(what=story.sales, author=operator, at=decided)]
        if story.sales != CONFIRMED:
            return tuple(said)
        delivery = story.delivery or NEW_PARCEL
        paid = {BOUGHT_OUT: PAID, RETURNED: PAID_BACK}.get(delivery, UNPAID)
        at = decided
        for status in range(NEW_PARCEL, delivery + 1):
            if delivery == RETURNED and status == BOUGHT_OUT:
                continue
            said.append(Said(what=status, author="Отдел доставки", at=at))
            at = min(at + _PARCEL_STEPS, self._now - timedelta(minutes=1))
        said.append(Said(what=paid, author="Бухгалтерия", at=at))
        return tuple(said)

    def _comments(self, story: Story, operator: str, decided: datetime) -> tuple[Said, ...]:
        remarks = _REMARKS.get(story.sales or 0, ())
        if not remarks:
            return ()
        return (Said(what=self._random.choice(remarks), author=operator, at=decided),)

    def _sms(self, story: Story, decided: datetime) -> tuple[Said, ...]:
        if story.sales == CONFIRMED:
            text = "Ваш заказ принят. Ожидайте сообщения о доставке."
        elif story.sales in _NOT_REACHED:
            text = "Не смогли до вас дозвониться. Перезвоним позже."
        else:
            return ()
        state = "доставлено" if self._random.random() < 0.85 else "не доставлено"  # noqa: PLR2004
        return (Said(what=text, author=state, at=decided),)


def _price(roubles: int, country: Country) -> int:
    """A script's price in the country's money; the 1 of a set's further items stays 1."""
    if roubles == 1:
        return 1
    return round(roubles * country.rate / country.step) * country.step - country.less


def _agreed(last_name: str, first_name: str) -> str:
    """«Облаков Антон», «Облакова Вера»: Russian surnames follow the first name."""
    man = not first_name.endswith(("а", "я"))
    if man and last_name.endswith(("ова", "ина")):
        last_name = last_name[:-1]
    return f"{last_name} {first_name}"
