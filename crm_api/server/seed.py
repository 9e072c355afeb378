"""Fill a small CRM with a few hundred leads that look real, the same ones every time.

Times hang on `now`, so that «подтверждён 3 дня назад» is true on the day of the demo. Every client
is made up: surnames are words, and the numbers lie in blocks that begin with 00.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from . import catalogue
from .arrivals import insert_lead
from .catalogue import ARMENIA, KAZAKHSTAN, OFFERS, RUSSIA, STAFF
from .records import NewLead, Rights
from .statuses import (
    AT_POST,
    BOUGHT_OUT,
    CALL_BACK,
    CONFIRMED,
    NO_ANSWER,
    RETURNED,
    SALES,
    SENT,
    STATUSES,
)
from .store import Store
from .stories import Client, Story, Writer

BOT_LOGIN = "workchats"
#: A demo's password, known to everybody who reads this.
BOT_PASSWORD = "workchats"  # noqa: S105 -- the same

_MOST_GROUPS = 40
#: So often does a client ask for the same thing again.
_SAME_OFFER = 0.6
#: Numbers go on from here; the named leads of the handbook have older ones.
_FIRST_ID = 113_900

_SENT = Story(sales=CONFIRMED, delivery=SENT, days=(2, 6))
_AT_POST = Story(sales=CONFIRMED, delivery=AT_POST, days=(7, 13))
_BOUGHT = Story(sales=CONFIRMED, delivery=BOUGHT_OUT, days=(14, 40))
_RETURNED = Story(sales=CONFIRMED, delivery=RETURNED, days=(20, 40))
_FRESH = Story(sales=CONFIRMED, days=(0, 1))
_CHANGED_MIND = 63
_EXPENSIVE = Story(sales=100, days=(1, 20))
_NOT_ORDERED = Story(sales=44, days=(1, 30))
_CALL_BACK = Story(sales=CALL_BACK, days=(0, 4))
_NOT_REACHED = Story(sales=NO_ANSWER, days=(0, 4))
_NEW = Story(days=(0, 0))

#: Of the staff, who is on the chat page too.
_AT_NAMES = {"reshaikin": "demo_marat"}

#: What the first order of a burning group came to, in turn.
_FIRST_ORDERS = (
    _SENT,
    _RETURNED,
    _EXPENSIVE,
    _BOUGHT,
    _AT_POST,
    _CALL_BACK,
    _NOT_ORDERED,
    _FRESH,
    _SENT,
)


@dataclass(frozen=True, slots=True)
class Showcase:
    """A lead that a newcomer of the demo is offered to paste.

    Attributes:
        kind: "burning" (the first order is confirmed and on its way), "burning_returned",
            "burning_refused", "burning_bought_out", "burning_waiting", "burning_trash",
            "no_duplicate", "confirmed" (burns, but is confirmed itself), "extra_item",
            "phone_known", "refused_before" (the refusal is set, but not on the first who talked),
            "refusal_unset" (it is not set at all), "odd_name", "return" (the call is about an order
            that was bought out).
        note: a few Russian words on what is to be seen in it.
        phone: the client's number, where the kind is about numbers.
    """

    key: str
    kind: str
    note: str
    phone: str = ""


def seed(store: Store, *, now: datetime, leads: int = 300) -> None:
    """Make the accounts and about `leads` leads. A store that has leads already stays as it is.

    The bot's account is `workchats` with the password `workchats`.
    """
    with store.transaction() as connection:
        if connection.execute("SELECT 1 FROM leads").fetchone():
            return
        _people(store)
        users = {user.name: user for user in store.users()}
        for lead in _numbered(_Shop(now, leads).all()):
            insert_lead(connection, lead, users)
        connection.executemany(
            "INSERT INTO showcase (key, kind, note, phone) VALUES (?, ?, ?, ?)",
            [(show.key, show.kind, show.note, show.phone) for show in _SHOWN],
        )


def showcase(store: Store) -> list[Showcase]:
    """The leads that a newcomer is offered, in a fixed order; [] in a store that was not seeded."""
    with store.transaction() as connection:
        rows = connection.execute("SELECT * FROM showcase ORDER BY position").fetchall()
    return [Showcase(row["key"], row["kind"], row["note"], row["phone"]) for row in rows]


_SHOWN = (
    Showcase("f5086aeebb", "burning", "горит дубль: первый заказ подтверждён и едет"),
    Showcase("3c1d90b7e2", "burning_returned", "горит дубль: первый заказ вернулся"),
    Showcase("a40e7f19c5", "burning_refused", "горит дубль: раньше отказался, «дорого»"),
    Showcase("7be25d0a18", "burning_bought_out", "горит дубль: первый заказ выкуплен"),
    Showcase("d92f6140ab", "burning_waiting", "горит дубль: просил перезвонить"),
    Showcase("58c3e0f7d6", "burning_trash", "горит дубль: «не заказывал»"),
    Showcase("0f9b3ca827", "no_duplicate", "дублей нет, ничего не горит"),
    Showcase("e61a84d05c", "extra_item", "клиент хочет товар, которого нет в скрипте"),
    Showcase("94d7b25ef0", "confirmed", "горит дубль, но заказ уже подтверждён"),
    Showcase("b5f08e6c13", "phone_known", "заказ на этот номер есть", "77011234567"),
    Showcase("12ad97526e", "refused_before", "раньше уже отказался: «передумал»"),
    Showcase("c83f51d7e9", "refusal_unset", "клиент отказался, отказ не проставлен"),
    Showcase("2e7ac4196d", "odd_name", "имя клиента со знаками разметки"),
    Showcase("c81f4d7b03", "return", "звонит о браке: прошлый заказ выкуплен"),
)


def _people(store: Store) -> None:
    store.add_user(
        BOT_LOGIN,
        password=BOT_PASSWORD,
        last_name="Бот",
        first_name="Рабочие чаты",
        rights=Rights(),
    )
    for login, last_name, first_name, role in STAFF:
        # As in life: some are written down with their @name, the operators are not, and the bot
        # asks them who they are.
        at_name = _AT_NAMES.get(login, "" if role == "operator" else f"demo_{login}")
        store.add_user(login, last_name=last_name, first_name=first_name, telegram=at_name)


def _numbered(leads: Iterable[NewLead]) -> list[NewLead]:
    """In the order of their times, with numbers that grow."""
    ordered = sorted(leads, key=lambda lead: lead.created_at)
    numbers = iter(range(_FIRST_ID, _FIRST_ID + len(ordered)))
    return [lead if lead.id else replace(lead, id=next(numbers)) for lead in ordered]


class _Shop:
    """All the leads of the demo."""

    def __init__(self, now: datetime, leads: int) -> None:
        self._now = now
        self._wanted = leads
        self._random = random.Random(20_190_911)  # noqa: S311 -- a demo's, to be the same each time
        self._writer = Writer(self._random, now)

    def all(self) -> list[NewLead]:
        """The named ones, the burning groups, and single ones up to the wanted number."""
        made = [*self._named(), *self._shown()]
        for number in range(min(_MOST_GROUPS - 8, self._wanted // 6)):
            made += self._burning(_FIRST_ORDERS[number % len(_FIRST_ORDERS)])
        stories = [
            Story(sales=status.id, days=(0, 40))
            for status in STATUSES.values()
            if status.group == SALES and status.parent_id
        ]
        usual = [_SENT, _AT_POST, _BOUGHT, _BOUGHT, _RETURNED, _NEW, _NEW, _EXPENSIVE, _FRESH]
        turn = 0
        while len(made) < self._wanted:
            # Every status is seen at least once; the usual ones more often.
            pool = stories if turn % 2 else usual
            made.append(self._writer.lead(self._writer.client(), pool[turn // 2 % len(pool)]))
            turn += 1
        return made

    def _burning(
        self, first: Story, *, key: str = "", client: Client | None = None, last: Story = _NEW
    ) -> list[NewLead]:
        """Two to four leads of one phone; the last is the one that burns."""
        client = client or self._writer.client()
        offer = self._random.choice(OFFERS)
        eldest = self._writer.lead(client, first, offer=offer)
        again = offer if self._random.random() < _SAME_OFFER else self._random.choice(OFFERS)
        burning = self._writer.lead(client, last, offer=again, key=key)
        gap = burning.created_at - eldest.created_at
        between = [
            self._writer.lead(
                client,
                self._random.choice((_EXPENSIVE, _CALL_BACK, _NOT_REACHED)),
                at=eldest.created_at + gap * (number + 1) / 4,
            )
            for number in range(self._random.choice((0, 0, 0, 1, 1, 2)))
        ]
        # Some are marked already; opening marks the others.
        return [eldest, *between, replace(burning, is_double=self._random.randrange(2) == 0)]

    def _shown(self) -> list[NewLead]:
        write = self._writer
        known = replace(write.client(KAZAKHSTAN), phone="77011234567")
        odd = replace(write.client(RUSSIA), name='<b>&"')
        return [
            *self._burning(_RETURNED, key="3c1d90b7e2"),
            *self._burning(_EXPENSIVE, key="a40e7f19c5"),
            *self._burning(_BOUGHT, key="7be25d0a18"),
            *self._burning(_CALL_BACK, key="d92f6140ab"),
            *self._burning(_NOT_ORDERED, key="58c3e0f7d6"),
            *self._burning(_BOUGHT, key="94d7b25ef0", last=_FRESH),
            *self._burning(_AT_POST, key="2e7ac4196d", client=odd),
            write.lead(write.client(), _NEW, key="0f9b3ca827"),
            write.lead(write.client(RUSSIA), _NEW, key="e61a84d05c", offer=catalogue.BACKPACK),
            write.lead(known, _SENT, key="b5f08e6c13"),
            write.lead(known, _BOUGHT),
            *self._burning(_BOUGHT, key="c81f4d7b03"),
            write.refused_and_left(
                write.lead(
                    write.client(KAZAKHSTAN),
                    _NEW,
                    key="c83f51d7e9",
                    at=self._now - timedelta(days=2),
                )
            ),
        ]

    def _named(self) -> list[NewLead]:
        """The leads that the handbook names, and what belongs to them."""
        write, now = self._writer, self._now
        client = write.client(RUSSIA)
        ordered = now - timedelta(days=3, hours=2)
        first = write.lead(
            client,
            replace(_SENT, answered_in=timedelta(minutes=90)),
            offer=catalogue.DRILL,
            at=ordered,
        )
        burning = write.lead(
            client,
            _NEW,
            key="f5086aeebb",
            offer=catalogue.DRILL,
            at=now - timedelta(minutes=6),
        )
        backpack = write.lead(
            write.client(KAZAKHSTAN),
            Story(sales=_CHANGED_MIND),
            key="12ad97526e",
            offer=catalogue.BACKPACK,
            at=now - timedelta(days=46),
        )
        return [
            first,
            burning,
            replace(write.refused_twice(backpack, _CHANGED_MIND), id=113_822),
            replace(
                write.lead(
                    write.client(ARMENIA),
                    Story(sales=44),
                    key="366efdfabb",
                    at=now - timedelta(days=160),
                ),
                id=36_973,
            ),
            replace(
                write.lead(
                    write.client(ARMENIA),
                    _BOUGHT,
                    key="995dc73ada",
                    at=now - timedelta(days=152),
                ),
                id=37_905,
            ),
        ]
