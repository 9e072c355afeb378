"""What a request of «РФ Админы» is: its states, what can be done, what is known of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.flows.asking import (
    LONGEST,
    Asker,
    Decision,
    Question,
    Said,
    Words,
    asks_for_decision,
    has_words,
    is_talk,
    only_says,
    sounds_decided,
    words_of,
)
from bot.flows.orders import EarlierOrder, Facts
from bot.flows.phone_shape import PHONE_SHAPE
from bot.flows.records import Case, Person
from bot.flows.undo import Undone
from bot.flows.writes import Write


class State(StrEnum):
    """Where a request stands."""

    #: The CRM is being asked; admins may decide all the same.
    READING = "reading"
    WAITING = "waiting"
    #: An admin writes a question; the operator has it.
    ASKING = "asking"
    ASKED = "asked"
    #: Refused, but the lead is a confirmed order: «Дубль» is not set on that without asking.
    SURE = "sure"
    ALLOWED = "allowed"
    DENIED = "denied"
    #: The status is not any more what the admin saw.
    CONFLICT = "conflict"
    #: The lead was decided lately: the card tells, and offers to ask anew.
    BEFORE = "before"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"
    #: Another card is about the same lead.
    JOINED = "joined"
    #: A phone: the bot looks it up; the CRM is down and the admins look; answered.
    LOOKING = "looking"
    BY_HAND = "by_hand"
    ANSWERED = "answered"


class Action(StrEnum):
    """What people do."""

    ALLOW = "allow"
    DENY = "deny"
    ASK = "ask"
    QUESTION = "question"
    ANSWER = "answer"
    #: The operator says more of what he asks.
    ADD = "add"
    WITHDRAW = "withdraw"
    SWITCH = "switch"
    TRASH_ANYWAY = "trash_anyway"
    COMMENT_ONLY = "comment_only"
    BACK = "back"
    LEAVE = "leave"
    ASK_ANEW = "ask_anew"
    REASON = "reason"
    UNDO = "undo"
    NOT_OURS = "not_ours"
    TELL_ORDERS = "tell_orders"


class Kind(StrEnum):
    """The three kinds of request of this chat."""

    DUPLICATE = "duplicate"
    ITEM = "item"
    PHONE = "phone"


def other(kind: Kind) -> Kind:
    """What a link is about, if not that."""
    return Kind.DUPLICATE if kind is Kind.ITEM else Kind.ITEM


class Deadline(StrEnum):
    """What the clock may bring, besides `waiting.Clock`."""

    LEAVE = "leave"


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long people are waited for. Settings: DUPLICATES_<NAME>, in seconds.

    Attributes:
        first_ping, second_ping: after this the admins are pinged privately.
        close: after this nobody waits any more: «без ответа, оформлять нельзя».
        conflict: after this a conflict is left as it is in the CRM.
        remember: so long a decision answers the next post about its lead.
        undo: so long its maker may take a decision back.
    """

    first_ping: timedelta = timedelta(seconds=60)
    second_ping: timedelta = timedelta(seconds=180)
    close: timedelta = timedelta(minutes=15)
    conflict: timedelta = timedelta(hours=24)
    remember: timedelta = timedelta(hours=12)
    undo: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Data:
    """All that this chat knows of a request.

    Attributes:
        asked: the operator's words; `more`: what others, or he himself, asked of it since.
        texts: what each post about it says, as it was edited last.
        unsure: the kind was guessed; an admin may switch it. chosen: he did: it is a guess no more.
        digits: of the phone as it was written, where it may be mistyped; else 0.
        exists: as far as is known; else it is surely mistyped.
        known: None until the CRM has been read.
        found: orders of the phone; None until the CRM was asked.
        found_by_hand: an admin's words about them, while the CRM is down.
        before: the decision that answers a post about a lead decided lately; `of`: its case.
        echoes: cases that tell this one's decision, while it can still be undone.
        undone: the last decision that was taken back.
        withdrawn_by: who took the question back: who asked, or somebody for him.
        now_in_crm: with a conflict: the code that the lead has by now.
        trouble: of reading: "down" while the CRM does not answer, "refused" where it never will,
            "missing" where it does not know the lead.
    """

    kind: Kind
    asked: str
    askers: tuple[Asker, ...]
    unsure: bool = False
    chosen: bool = False
    phone: str = ""
    digits: int = 0
    exists: bool = True
    known: Facts | None = None
    found: tuple[EarlierOrder, ...] | None = None
    found_by_hand: str = ""
    question: Question | None = None
    decision: Decision | None = None
    before: Decision | None = None
    of: int = 0
    echoes: tuple[int, ...] = ()
    undone: Undone | None = None
    withdrawn_by: Person | None = None
    writes: tuple[Write, ...] = ()
    now_in_crm: str = ""
    trouble: str = ""
    pings: int = 0
    more: tuple[Words, ...] = ()
    texts: tuple[Said, ...] = ()

    @property
    def told(self) -> str:
        """The operator's words, if they say more than the question that the card begins with."""
        return "" if _only_asks(self.asked) else self.asked

    @property
    def told_since(self) -> tuple[Words, ...]:
        """The same of what was asked since."""
        return tuple(one for one in self.more if not _only_asks(one.text))


Thing = Case[Data]

#: A longer one is a speech.
_LONGEST_PHONE_POST = 200

# What operators write (handbook section 2). Stems, since they write in a hurry.
_ABOUT_DUPLICATE = re.compile(r"оформ|дубл|подтвер|повтор", re.IGNORECASE)
_ABOUT_ITEM = re.compile(
    r"товар|добав|скрипт|размер|цвет|модел|налич|продать|комплект", re.IGNORECASE
)
# Said of either: they tell only where nothing else does.
_LIKE_DUPLICATE = re.compile(r"можно", re.IGNORECASE)
_LIKE_ITEM = re.compile(r"хочет|ещё|еще", re.IGNORECASE)
# Of a request that names both: what is wanted of it.
_SAYS_DUPLICATE = re.compile(r"дубл|повтор", re.IGNORECASE)
_SAYS_ITEM = re.compile(r"добав|скрипт", re.IGNORECASE)
# What goes on with a question without a word of those.
_CLIENT_WANTS = re.compile(
    r"(?:клиент\w*|он[аи]?)\s+(?:\w+\s+){0,2}(?:хоч|прос|спраш)", re.IGNORECASE
)
# «ну что там?», «клиент ждёт!»: how does it stand.
_NUDGES = re.compile(
    r"^\W*(?:(?:ну|так|и|что|ч[её]|как|долго|уже|ещ[её]|там|ау|алло|админы|коллеги|кто-нибудь|кто|ответьте"
    r"|ответит|скорее|быстрее|можно|клиент\w*|жд[её]т|висит|на|линии)\W+)*\W*$",
    re.IGNORECASE,
)
# «Могу ли оформить? Клиент на линии», «тут горит дубль, можно?», «был ли заказ на этот номер?»
_OF_THE_QUESTION = re.compile(
    r"мог[уи]|можно|можем|ли|мне|нам|его|ее|это|этот|эту|тут|здесь|и|или|у|оформ(?:ить|лять|ляем"
    r"|им|ляю|лю)|подтвер(?:дить|ждать)|повторно|заказ\w{0,2}|заявк\w|лид\w?|дубл(?:ь|я|ем)|горит"
    r"|добавить|товар|был[аи]?|на|номер\w?|клиент(?:ка|у|ке|а)?|линии|жд[еу]т|висит|уже"
    r"|пожалуйста|плиз|спасибо|привет|здравствуйте|добрый|день|вечер|утро|всем|коллеги|админы"
    r"|посмотрите|гляньте|подскажите|проверьте|ответьте",
    re.IGNORECASE,
)
_PHONE = re.compile(PHONE_SHAPE)
ABOUT_PHONE = re.compile(r"был\w*\s+ли|на этот номер|на номер|заказ\w* на", re.IGNORECASE)
# «был ли заказ», «был на этот номер заказ?», «заказы были?»: said of nothing but a phone.
_WAS_ORDERED = re.compile(
    r"\bбыл[аио]?\s+(?:[\w+()-]+\s+){0,4}?заказ|\bзаказ\w*\s+был[аио]?\s*(?:ли\b|на\b|\?|$)",
    re.IGNORECASE,
)
_ASKS_OF_PHONE = re.compile(r"\bли\b|\?|на (?:этот )?номер", re.IGNORECASE)
# What becomes of an order.
_FATE = re.compile(r"отправ|достав|оплач|подтвер|отмен|выкуп|получ|собра", re.IGNORECASE)


def asks_about_phone(text: str) -> bool:
    """Whether the words clearly ask if a phone has orders, be the phone written as it may."""
    if len(text) > _LONGEST_PHONE_POST or _WAS_ORDERED.search(text) is None:
        return False
    of_phone = "номер" in text.casefold() or _FATE.search(text) is None
    return of_phone and _ASKS_OF_PHONE.search(text) is not None


def guess_kind(text: str) -> tuple[Kind, bool]:
    """The likelier kind of a link with these words, and whether we are unsure."""
    words = words_of(text)
    of_item, of_duplicate = _ABOUT_ITEM.search(words), _ABOUT_DUPLICATE.search(words)
    like_item, like_duplicate = _LIKE_ITEM.search(words), _LIKE_DUPLICATE.search(words)
    if of_item and of_duplicate:
        # The client of a duplicate wants some item too: first of all, may it be ordered?
        first = _SAYS_DUPLICATE.search(words) and not _SAYS_ITEM.search(words)
        return (Kind.DUPLICATE if first else Kind.ITEM), True
    if of_duplicate:
        return Kind.DUPLICATE, bool(like_item) and not _SAYS_DUPLICATE.search(words)
    is_item = bool(of_item or like_item)
    return (Kind.ITEM if is_item else Kind.DUPLICATE), is_item == bool(like_duplicate)


def goes_on(text: str) -> bool:
    """Whether words sound as if they belonged to the question before them."""
    words = words_of(text)
    sounds = (_ABOUT_DUPLICATE, _ABOUT_ITEM, _CLIENT_WANTS)
    return asks_for_decision(words) or any(sound.search(words) for sound in sounds)


def _only_asks(text: str) -> bool:
    return only_says(_PHONE.sub("", text), _OF_THE_QUESTION)


def says_more(data: Data, text: str, *, instead_of: str = "") -> bool:
    """Whether the words add something to what was asked: no thanks, no «ну что там?».

    `instead_of`: what they stand in the place of; then they may say no more than a bare question.
    """
    words = words_of(text)[:LONGEST]
    if not has_words(words) or is_talk(words) or sounds_decided(words):
        return False
    if _NUDGES.match(f"{words} ") or words in {data.asked, *(one.text for one in data.more)}:
        return False
    only_asks = asks_for_decision(words) and guess_kind(words)[0] is Kind.DUPLICATE
    return not (only_asks and has_words(data.asked)) or bool(instead_of)
