"""People, posts and leads for any flow: plain ones, and as hostile as a CRM and Telegram allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from bot.flows.records import Actor, OddPhone, Person, Post, Role
from crm_api.port import Call, Disposition, DispositionGroup, Item, Lead, LeadBrief

NOW = datetime(2026, 3, 10, 11, 2, tzinfo=UTC)
LEAD = "f5086aeebb"
LINK = f"https://crm.example/orders/{LEAD}"
#: The case itself, and one beside it.
CASE, OTHER_CASE = 1042, 7
#: Who called the client, as the CRM writes her.
CALLER, GLEB = "Ирина", "Гудков Глеб"
PHONE = "77011234567"

NEW = Disposition(group=DispositionGroup.NEW, code="1", label="Новый")
CONFIRMED = Disposition(
    group=DispositionGroup.CONFIRMED, code="5", label="Подтверждён", set_at=NOW - timedelta(days=3)
)
TRASH = Disposition(group=DispositionGroup.TRASH, code="54", label="некорректный номер")
OTHER_REASON = Disposition(group=DispositionGroup.REFUSED, code="163", label="другая причина")
REFUSED = Disposition(group=DispositionGroup.REFUSED, code="100", label="дорого")

#: What people and CRMs may write: markup, quotes, entities, emoji, marks that turn the text round,
#: and Telegram's longest name.
HOSTILE_NAME = '<b>&"' + "\u202e\u200f👨‍👩‍👧‍👦&amp;</a>'" + "я" * 100
HOSTILE_TEXT = ("</b><i>&lt;script&gt; \"'\u202eאבג\u200f 🙃{{ case }}{% if %}\r\n\n\n\n" * 200)[
    :10_000
]
#: The same as a person may post it: Telegram takes no more.
HOSTILE_POST = HOSTILE_TEXT[:4_000]
HOSTILE_URL = "https://crm.example/orders/1?a=\"><b>&x='"

#: What operators write in «Проект Белкин»; the comma parts it from what may follow.
_PAUSES = (
    f"обед 30 мин, клиенту с {PHONE} перезвоню потом", "обед 25,", "перерыв 15,", "ещё 20 минут,",
    "сип завис, выключаю,", "вернулась,", "смену закончила,", "ухожу,", "отмена,",
)  # fmt: skip


@dataclass(frozen=True, eq=False)  # so it is known by itself, and need not be read through
class World:
    """Who is there, what they may post, and what the CRM may know.

    Attributes:
        poster: writes all posts, but for one by somebody who decides in another chat.
        actors: everybody who may try something, the poster as well.
        said: what people write as a reply; `also_said`: where numbers matter; `said_there`: what
            means something in one chat only, by its flow's name.
    """

    poster: Person
    posts: tuple[Post, ...]
    actors: tuple[Actor, ...]
    said: str
    also_said: tuple[str, ...]
    said_there: Mapping[str, tuple[str, ...]]
    leads: tuple[tuple[Lead, tuple[LeadBrief, ...]], ...]
    found: tuple[tuple[LeadBrief, ...], ...]
    changed_to: tuple[Disposition | None, ...]

    @property
    def joiner(self) -> Actor:
        """Somebody else who asks the same."""
        return next(one for one in self.actors if one.person != self.poster)


def an_order(number: int, disposition: Disposition, delivery: str = "") -> LeadBrief:
    """An earlier order, so many days old."""
    return LeadBrief(
        id=f"1{number}ad97526e",
        url=f"https://crm.example/orders/1{number}ad97526e",
        project="Набор ножей",
        created_at=NOW - timedelta(days=number),
        disposition=disposition,
        delivery_status=delivery,
        currency="KZT",
        total=Decimal(9900),
        operator="Ирина",
        client_name="Пётр Сидоров",
    )


def a_lead(disposition: Disposition) -> Lead:
    """The lead that everybody asks about."""
    return Lead(
        id=LEAD,
        number="36973",
        url=f"https://crm.example/orders/{LEAD}",
        project="Аккумуляторный шуруповёрт МАКИТА",
        country="KZ",
        currency="KZT",
        total=Decimal("12990.50"),
        client_name="Пётр Сидоров",
        phones=(PHONE,),
        phones_masked=False,
        created_at=NOW,
        disposition=disposition,
        items=(
            Item(name="Шуруповёрт", price=Decimal(3990), quantity=1),
            *(Item(name="Набор бит", price=Decimal("790.50"), quantity=2),) * 5,
        ),
        calls=(Call(operator=CALLER, started_at=NOW, talked=75, answered=True),),
        is_duplicate=True,
    )


#: In the order of their times: too short, of the poster, not answered; the first that counts.
_CALLS = tuple(
    Call(
        operator=operator,
        started_at=NOW - timedelta(days=9 - number),
        talked=talked,
        answered=answered,
        recording=f"https://crm.example/orders/records/{number}.wav",
    )
    for number, (operator, talked, answered) in enumerate(
        [("Вера", 60, True), ("Оля", 90, True), ("Вера", 0, False), ("", 70, True),
         (CALLER, 61, True), ("Вера", 300, True), (GLEB, 0, False), (GLEB, 0, False)]
    )
)  # fmt: skip


@cache
def plain() -> World:
    """A working day."""
    olya = Person(id=101, name="Оля")
    people = (
        Actor(person=olya, roles=frozenset({Role.ADMIN})),
        Actor(person=Person(id=102, name="Ира"), crm_name=CALLER),
        Actor(person=Person(id=201, name="Марат"), roles=frozenset({Role.ADMIN})),
        Actor(person=Person(id=202, name="Света"), roles=frozenset({Role.ADMIN})),
        *(
            Actor(person=Person(id=400 + number, name="Гость"), roles=frozenset({role}))
            for number, role in enumerate(sorted(set(Role) - {Role.ADMIN, Role.OWNER}))
        ),
        Actor(person=Person(id=301, name="Хозяин"), roles=frozenset({Role.OWNER})),
    )
    post = Post(
        chat_id=-100, topic_id=0, message_id=11, by=olya, sent_at=NOW, text="Могу ли оформить?",
        leads=(LEAD,),
    )  # fmt: skip
    on_its_way = an_order(3, CONFIRMED, "в пути")
    zarina = next(one.person for one in people if Role.RETURNS in one.roles)
    many = tuple(an_order(number, TRASH) for number in range(1, 9))
    return World(
        poster=olya,
        posts=(
            # First: whoever walks takes other words for the same, and this reason is none of them.
            replace(post, text="передумала"),
            post,
            replace(post, text="клиент хочет ещё набор бит, в скрипте нет товара"),
            replace(post, text="посмотрите пожалуйста"),
            replace(post, text=f"дубль, клиент с номера {PHONE} уверяет, что ничего не заказывал"),
            replace(post, text=""),
            replace(post, text="в скрипте 3990, на сайте 4990"),
            replace(post, text="3990/4990, клиент на линии"),
            replace(post, leads=(), text="был ли заказ на этот номер?", phones=(PHONE,)),
            replace(
                post, leads=(), text="был ли заказ?",
                odd_phones=(OddPhone(phone="8701234567", digits=10),),
            ),
            replace(
                post, leads=(), text="хочет вернуть деньги",
                odd_phones=(OddPhone(phone="8701234567", digits=10),),
            ),
            replace(post, leads=(), text="нет баланса на смс"),
            replace(post, leads=(), text="", media="photo", album="77"),
            *(replace(post, leads=(), text=text) for text in _PAUSES),
            # Found late: that pause has not only just begun.
            replace(post, leads=(), text="обучение,", sent_at=NOW - timedelta(minutes=5)),
            replace(post, by=zarina, text="пришёл не тот размер, хочет обменять"),
        ),
        actors=people,
        said="какой город у клиента с +7 701 123-45-67?",
        also_said=("5990 ₽", "скрипт 3990, сайт 4990"),
        said_there={
            "anomalies": ("наоборот", "нет, по скрипту"),
            "refusals": (
                "дорого", "другая причина", "не он", f"нет, {GLEB}", f"{GLEB}, говорил первым",
            ),
        },
        leads=(
            (a_lead(NEW), (on_its_way,)),
            (a_lead(NEW), (an_order(9, CONFIRMED, "вручено"), *many[:4])),
            (a_lead(NEW), (an_order(9, CONFIRMED, "возврат"),)),
            (a_lead(NEW), (an_order(2, NEW),)),
            (a_lead(NEW), (an_order(2, REFUSED),)),
            (a_lead(NEW), ()),
            (a_lead(CONFIRMED), (on_its_way,)),
            (a_lead(CONFIRMED), ()),
            (
                replace(
                    a_lead(NEW), project="", country="", total=None, calls=(), is_duplicate=None,
                    missing=("project", "total"),
                ),
                (replace(on_its_way, created_at=None, total=None, operator="", url=""),),
            ),
            (replace(a_lead(REFUSED), operator=CALLER, manager=CALLER), ()),
            (replace(a_lead(OTHER_REASON), manager="Вера"), ()),
            (replace(a_lead(NEW), calls=_CALLS), ()),
            (replace(a_lead(NEW), calls=_CALLS[:2]), ()),
        ),
        found=((), (on_its_way,), many),
        changed_to=(CONFIRMED, TRASH, None),
    )  # fmt: skip


@cache
def hostile() -> World:
    """The same day, with the worst that may be written anywhere."""
    world = plain()

    def named(person: Person) -> Person:
        return replace(person, name=f"{HOSTILE_NAME}{person.id}")

    def bad_disposition(what: Disposition) -> Disposition:
        return replace(what, label=HOSTILE_TEXT)

    def bad_brief(brief: LeadBrief) -> LeadBrief:
        return replace(
            brief, url=brief.url and HOSTILE_URL, project=HOSTILE_TEXT, operator=HOSTILE_NAME,
            delivery_status=f"{brief.delivery_status} {HOSTILE_TEXT}", client_name=HOSTILE_NAME,
            currency=HOSTILE_NAME, disposition=bad_disposition(brief.disposition),
        )  # fmt: skip

    def bad_lead(lead: Lead) -> Lead:
        return replace(
            lead, url=HOSTILE_URL, project=HOSTILE_TEXT, country=HOSTILE_NAME,
            currency=HOSTILE_NAME, client_name=HOSTILE_NAME, missing=(HOSTILE_NAME,) * 40,
            items=tuple(replace(item, name=HOSTILE_TEXT) for item in lead.items),
            disposition=bad_disposition(lead.disposition), manager=HOSTILE_NAME,
            calls=tuple(
                replace(call, operator=call.operator and HOSTILE_NAME, recording=HOSTILE_URL)
                for call in lead.calls
            ),
        )  # fmt: skip

    poster = named(world.poster)
    return World(
        poster=poster,
        posts=tuple(
            replace(post, by=named(post.by), text=f"{post.text} {HOSTILE_POST}")
            for post in world.posts
        ),
        actors=tuple(
            replace(
                actor, person=named(actor.person), crm_name=actor.crm_name and HOSTILE_NAME[:80]
            )
            for actor in world.actors
        ),
        said=HOSTILE_POST,
        also_said=tuple(f"{words} {HOSTILE_POST}" for words in world.also_said),
        said_there={
            name: tuple(f"{words} {HOSTILE_POST}" for words in said)
            for name, said in world.said_there.items()
        },
        leads=tuple(
            (bad_lead(lead), tuple(bad_brief(one) for one in earlier))
            for lead, earlier in world.leads
        ),
        found=tuple(tuple(bad_brief(one) for one in orders) for orders in world.found),
        changed_to=tuple(None if one is None else bad_disposition(one) for one in world.changed_to),
    )
