"""People, posts and leads for any flow: plain ones, and as hostile as a CRM and Telegram allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.flows.base import Actor, Person, Post, Role
from crm_api.port import Call, Disposition, DispositionGroup, Item, Lead, LeadBrief

NOW = datetime(2026, 3, 10, 11, 2, tzinfo=UTC)
LEAD = "f5086aeebb"
LINK = f"https://crm.example/orders/{LEAD}"
OTHER_CASE = 7
PHONE = "77011234567"

NEW = Disposition(group=DispositionGroup.NEW, code="1", label="Новый")
CONFIRMED = Disposition(
    group=DispositionGroup.CONFIRMED, code="5", label="Подтверждён", set_at=NOW - timedelta(days=3)
)
TRASH = Disposition(group=DispositionGroup.TRASH, code="54", label="некорректный номер")
REFUSED = Disposition(group=DispositionGroup.REFUSED, code="100", label="дорого")

#: What people and CRMs may write: markup, quotes, entities, emoji, marks that turn the text round,
#: and Telegram's longest name.
HOSTILE_NAME = '<b>&"' + "\u202e\u200f👨‍👩‍👧‍👦&amp;</a>'" + "я" * 100
HOSTILE_TEXT = ("</b><i>&lt;script&gt; \"'\u202eאבג\u200f 🙃{{ case }}{% if %}\r\n\n\n\n" * 200)[
    :10_000
]
HOSTILE_URL = "https://crm.example/orders/1?a=\"><b>&x='"


@dataclass(frozen=True)
class World:
    """Who is there, what they may post, and what the CRM may know.

    Attributes:
        poster: writes all posts.
        actors: everybody who may try something, the poster as well.
        said: what people write as a reply; `also_said`: where numbers matter.
    """

    poster: Person
    posts: tuple[Post, ...]
    actors: tuple[Actor, ...]
    said: str
    also_said: tuple[str, ...]
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
            *(Item(name="Набор бит", price=Decimal("790.50"), quantity=2, upsell=1),) * 5,
        ),
        calls=(Call(operator="Ирина", started_at=NOW, talked=75, answered=True),),
        is_duplicate=True,
    )


def plain() -> World:
    """A working day."""
    olya = Person(id=101, name="Оля")
    people = (
        Actor(person=olya, roles=frozenset({Role.ADMIN})),
        Actor(person=Person(id=102, name="Ира")),
        Actor(person=Person(id=201, name="Марат"), roles=frozenset({Role.ADMIN})),
        Actor(person=Person(id=202, name="Света"), roles=frozenset({Role.ADMIN})),
        Actor(person=Person(id=301, name="Хозяин"), roles=frozenset({Role.OWNER})),
        *(
            Actor(person=Person(id=400 + number, name="Гость"), roles=frozenset({role}))
            for number, role in enumerate(sorted(set(Role) - {Role.ADMIN, Role.OWNER}))
        ),
    )
    post = Post(
        chat_id=-100, topic_id=0, message_id=11, by=olya, sent_at=NOW, text="Могу ли оформить?",
        leads=(LEAD,),
    )  # fmt: skip
    on_its_way = an_order(3, CONFIRMED, "в пути")
    many = tuple(an_order(number, TRASH) for number in range(1, 9))
    return World(
        poster=olya,
        posts=(
            post,
            replace(post, text="клиент хочет ещё набор бит, в скрипте нет товара"),
            replace(post, text="посмотрите пожалуйста"),
            replace(post, text=f"дубль, клиент с номера {PHONE} уверяет, что ничего не заказывал"),
            replace(post, text=""),
            replace(post, text="в скрипте 3990, на сайте 4990"),
            replace(post, text="3990/4990, клиент на линии"),
            replace(post, leads=(), text="был ли заказ на этот номер?", phones=(PHONE,)),
        ),
        actors=people,
        said="какой город у клиента с +7 701 123-45-67?",
        also_said=("5990 ₽", "скрипт 3990, сайт 4990"),
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
        ),
        found=((), (on_its_way,), many),
        changed_to=(CONFIRMED, TRASH, None),
    )  # fmt: skip


def hostile() -> World:
    """The same day, with the worst that may be written anywhere."""
    world = plain()

    def named(person: Person) -> Person:
        return replace(person, name=f"{HOSTILE_NAME}{person.id}")

    def bad_disposition(what: Disposition) -> Disposition:
        return replace(what, label=HOSTILE_TEXT, set_by=HOSTILE_NAME)

    def bad_brief(brief: LeadBrief) -> LeadBrief:
        return replace(
            brief, url=brief.url and HOSTILE_URL, project=HOSTILE_TEXT, operator=HOSTILE_NAME,
            delivery_status=f"{brief.delivery_status} {HOSTILE_TEXT}", client_name=HOSTILE_NAME,
            currency=HOSTILE_NAME, disposition=bad_disposition(brief.disposition),
        )  # fmt: skip

    def bad_lead(lead: Lead) -> Lead:
        return replace(
            lead, url=HOSTILE_URL, project=HOSTILE_TEXT, country=HOSTILE_NAME,
            currency=HOSTILE_NAME, client_name=HOSTILE_NAME,
            items=tuple(replace(item, name=HOSTILE_TEXT) for item in lead.items),
            missing=(HOSTILE_NAME,) * 40,
            disposition=bad_disposition(lead.disposition),
        )  # fmt: skip

    poster = named(world.poster)
    return World(
        poster=poster,
        posts=tuple(
            replace(post, by=poster, text=f"{post.text} {HOSTILE_TEXT}") for post in world.posts
        ),
        actors=tuple(replace(actor, person=named(actor.person)) for actor in world.actors),
        said=HOSTILE_TEXT,
        also_said=tuple(f"{words} {HOSTILE_TEXT}" for words in world.also_said),
        leads=tuple(
            (bad_lead(lead), tuple(bad_brief(one) for one in earlier))
            for lead, earlier in world.leads
        ),
        found=tuple(tuple(bad_brief(one) for one in orders) for orders in world.found),
        changed_to=tuple(None if one is None else bad_disposition(one) for one in world.changed_to),
    )
