"""Somebody asks, somebody decides: the records that working chats share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.flows.copies import replace
from bot.flows.records import Action, Person, Post

#: Words so soon behind a post go on with it.
AT_ONCE = timedelta(minutes=1)
#: More of people's words would only push the facts off the card.
LONGEST = 600

# What a client does who needs no answer any more.
_IS_GONE = r"""
    (?:клиент(?:ка)?|он[аи]?)\W+(?:уже\W+|сам[аи]?\W+)*
    (?:уш[ёе]?л[аи]?|передумал[аи]?|(?:сбросил|скинул)[аи]?(?:\W+(?:трубку|звонок))?
      |(?:отказал|отключил|сорвал)[аи]?с[ья]|(?:бросил|положил|повесил)[аи]?\W+трубку
      |не\W+дождал[аи]?с[ья])
"""
# «отмена», «всё, уже не надо, спасибо», «отмена, клиент бросил трубку», «клиент сбросил, не надо»:
# nothing else besides.
_WITHDRAWN = re.compile(
    rf"""
    ^\W*
    (?:(?:уже|вс[её]|спасибо|пожалуйста|тогда|ответ|больше|ладно|вопрос)\W+)*
    (?:{_IS_GONE}\W+(?:(?:и|так\ что|поэтому|уже|вс[её]|тогда|ответ|больше|вопрос)\W+)*)?
    (?:отмен(?:а|ить|ите|яю|яем|и)|отбой|отзываю|снимаю|снят
      |не\ ?надо|не\ ?нуж(?:но|ен)|не\ ?актуально)
    (?:\W+(?:уже|больше|вопрос|ответ|спасибо|пожалуйста|извините|коллеги))*
    (?:\W+{_IS_GONE})?
    \W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Also where something was asked: these answer nothing. «Не надо» may be what the client says.
_CANCELLED = re.compile(r"отмен|отбой|отзываю|вопрос|снимаю", re.IGNORECASE)
_OF_CLIENT = re.compile(r"\b(?:клиент|он[аи]?\b)", re.IGNORECASE)
# «да», «можно, оформляйте», «нельзя, дубль», «по сайту», «+»: how people decide among themselves.
_DECIDED = re.compile(
    r"""
    ^\s*(?:\+|-)+\s*$
    | ^\W*
    (?:(?:да|нет|ну|конечно|пусть|тогда)\W+)*
    (?:да|нет|можно|можете|нельзя|(?:не\ )?разреш(?:аю|ено|ил[аи]?)|запре(?:щаю|щено|тил[аи]?)
      |(?:не\ )?оформля(?:й|йте|ем|ет|ть)|оформи(?:те)?|(?:не\ )?подтвержда(?:й|йте|ть|ем)
      |согласован[ао]?|соглас(?:ен|на)|закрепи(?:ть|те)|закрепля(?:й|йте|ем)
      |(?:по\ |цена\ )?(?:сайт|скрипт)[уа]?)
    (?:\W+(?:оформля(?:ть|й|йте)|подтвержда(?:ть|й|йте)|добав(?:ить|ь|ьте|лять)|дубль))?
    \W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)
# «могу ли оформить?», «оформить второй заказ можно?»; «клиент хочет ещё чехол, можно добавить?»;
# «горит дубль, можно?». Behind the first only what says «this order»: people get leave and
# passports «оформить» too.
_MAY = r"(?:мог[уи]|можно|можем)(?:\s+ли)?"
_MAY_ORDER = re.compile(
    rf"(?:^|[\s,.!])(?:{_MAY}(?:\s+\w+)?\s+(?:оформ|подтвер)\w*"
    rf"|(?:оформ|подтвер)\w+(?:\s+\w+){{0,2}}\s+{_MAY})"
    r"(?:\s+(?:заказ|заявку|лид|его|е[её]|этот|эту|такой|такую|втор(?:ой|ую)|дубль|товар|ещ[её]"
    r"|повторно|клиент[уке]*|мне|или|нет|пожалуйста))*[?!.…)\s]*$",
    re.IGNORECASE,
)
_MAY_ADD = re.compile(
    rf"\b(?:{_MAY}(?:\s+\w+)?\s+добав\w*|добав\w+(?:\s+\w+){{0,3}}\s+{_MAY})", re.IGNORECASE
)
_MAY_DUPLICATE = re.compile(rf"\bдубл\w*\W+{_MAY}\s*\?", re.IGNORECASE)
_ASKS = re.compile(r"\?|\bли\b|\bмогу\b", re.IGNORECASE)
_OF_AN_ORDER = re.compile(r"клиент|товар|заказ|скрипт|хоч", re.IGNORECASE)
_OF_OTHERS = re.compile(r"\b(?:как|где|кто|когда|почему|куда|чат|групп)", re.IGNORECASE)
#: A longer one is a speech.
_LONGEST_REQUEST = 200
# Thanks and nods.
_TALK = re.compile(
    r"^\W*(?:(?:спасибо|спс|благодарю|ок|ok|окей|хорошо|понял[аи]?|принял[аи]?|ага|жду|ждем"
    r"|ждём|супер|класс|отлично|привет|всем|пожалуйста|большое|огромное)[\s,.!)]*)*\W*$",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]{3,}")
# «1)», «•» beside a link say nothing of it.
_MARKS_ITEM = re.compile(r"[\W_]*\d?[\W_]*")
# What tells «crm.example/orders/36973» from «24/11», «Мира 5/6», «с/з» and «размер S/M».
_HOST = re.compile(r"[A-Za-z0-9-]\.[A-Za-z]{2,}(?::\d+)?$")
_PATH = re.compile(r"[A-Za-z]{3}")


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Somebody who asked, and the post that he asked with."""

    person: Person
    post: int


@dataclass(frozen=True, kw_only=True)
class Words:
    """What somebody wrote about it later."""

    by: Person
    text: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a post says of a lead, as it was edited last; `text`: "" for a bare link."""

    by: Person
    post: int
    text: str
    edited_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody wants to know before he decides; no text yet: he is writing it."""

    by: Person
    text: str = ""
    answer: str = ""
    answered_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Who decided what, when. `allowed` is all that matters to the operator."""

    allowed: bool
    by: Person
    at: datetime
    reason: str = ""


def is_withdrawal(text: str, *, asked: bool = False) -> bool:
    """Whether a reply takes the question back.

    Args:
        text: of the reply.
        asked: he was asked something, and the words may be his answer.
    """
    if _WITHDRAWN.match(text) is None:
        return False
    return not asked or _CANCELLED.search(text) is not None


def tells_of_client(text: str) -> bool:
    """Whether the words may be what a client says or does, and no wish of their writer's."""
    return _OF_CLIENT.search(text) is not None


def sounds_decided(text: str) -> bool:
    """Whether a reply decides as people do among themselves, in a word that no button has."""
    return _DECIDED.match(text) is not None


def is_talk(text: str) -> bool:
    """Thanks and nods: nothing that a card or a thread must keep."""
    return _TALK.match(text) is not None


def asks_for_decision(text: str) -> bool:
    """Whether the words clearly ask whether an order, or an item of it, may be taken."""
    if len(text) > _LONGEST_REQUEST or _OF_OTHERS.search(text):
        return False
    if _ASKS.search(text) is None:
        return False
    if _MAY_ADD.search(text) is not None:
        return _OF_AN_ORDER.search(text) is not None
    return _MAY_ORDER.search(text) is not None or _MAY_DUPLICATE.search(text) is not None


def only_says(text: str, known: re.Pattern[str]) -> bool:
    """Whether all its words are of a kind that a card tells anyway: it need not repeat them."""
    words = re.findall(r"\w+", words_of(text).replace("ё", "е").replace("Ё", "е"))
    return is_talk(text) or all(known.fullmatch(word) for word in words)


def is_question(text: str) -> bool:
    """Whether somebody who decides wants to know something first: «а телефон её?»."""
    return text.rstrip(" .!)").endswith("?") and has_words(text) and not sounds_decided(text)


def is_link(word: str) -> bool:
    """Whether a word with a slash is a link, with or without its scheme.

    The slash alone makes none: dates, prices, houses and sizes have one too.
    """
    head, _, tail = word.partition("/")
    is_address = not {".", ":"}.isdisjoint(head) or "/" in tail
    return (
        (head.endswith(":") and tail.startswith("/"))
        or _HOST.search(head) is not None
        or (is_address and _PATH.search(tail) is not None)
    )


def words_of(text: str) -> str:
    """A post without its links: what the operator said."""
    return " ".join(word for word in text.split() if "/" not in word or not is_link(word))


def has_words(text: str) -> bool:
    """Whether there is more to a post than its link."""
    return _LETTERS.search(words_of(text)) is not None


# --- what posts say, also since they were edited --------------------------------------------------


def is_about(line: str, lead: str) -> bool:
    """Whether a line of a post names that lead: a short number may be a part of anything."""
    return re.search(rf"(?<![\w.]){re.escape(lead)}(?!\w)", line, re.IGNORECASE) is not None


def lines_on(post: Post, lead: str) -> str:
    """A post but for what it says of its other leads.

    What stands below bare links is of those, as in «link, its words, link, its words»; what is
    above the first link, or below one with words beside it, is of all.
    """
    return "\n".join(line for line, of in _lines(post) if not of or lead in of)


def _lines(post: Post) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each line, and the leads that it is of; () where it is of all."""
    lines = [
        (line, tuple(lead for lead in post.leads if is_about(line, lead)))
        for line in post.text.splitlines()
    ]
    written = [leads for line, leads in lines if line.strip()]
    # A link may hide behind a word, or the words stand above the links: which are whose?
    is_hidden = set(post.leads) != {lead for leads in written for lead in leads}
    may_tell = not is_hidden and (bool(written[0]) or not written[-1])
    above: tuple[str, ...] = ()
    goes_on = False
    for line, leads in lines:
        if leads:
            is_bare = may_tell and _MARKS_ITEM.fullmatch(words_of(line)) is not None
            above = () if not is_bare else (*above, *leads) if goes_on else leads
            goes_on = is_bare
        elif line.strip():
            goes_on = False
        yield line, leads or above


def said_in(post: Post, lead: str = "") -> Said:
    """What a post says, without links; of one of its leads: but for what is of the others."""
    text = _told(lines_on(post, lead) if lead else post.text)
    return Said(by=post.by, post=post.message_id, text=text, edited_at=post.edited_at)


def said_by(action: Action) -> Said:
    """What a post says that joins the case; where it is not at hand as a whole, its words."""
    post = action.what.said
    if post is None:
        return Said(by=action.doer, post=action.what.post, text=_told(action.text))
    return replace(said_in(post, action.what.ref), by=action.doer)


def _told(text: str) -> str:
    words = words_of(text)[:LONGEST]
    return words if has_words(words) else ""


def text_of(texts: Iterable[Said], post: int, by: Person) -> str:
    """What his post has said until now; "" where it is not known."""
    was = _until_now(texts, post, by)
    return "" if was is None else was.text


def is_mended(texts: Iterable[Said], now: Said) -> bool:
    """Whether an edited post says other words than it did. Words that are gone take nothing back.

    Telegram brings some side by side: the edit that was made later may have been here first.
    """
    was = _until_now(texts, now.post, now.by)
    if was is None or not now.text:
        return bool(now.text)
    is_overtaken = now.edited_at and was.edited_at and now.edited_at < was.edited_at
    return not is_overtaken and was.text != now.text


def is_known(texts: Iterable[Said], said: Said) -> bool:
    """Whether it is known what that post has said."""
    return _until_now(texts, said.post, said.by) is not None


def with_said(texts: Iterable[Said], now: Said) -> tuple[Said, ...]:
    """What the posts say, with this one as it is now."""
    kept = tuple(texts)
    was = _until_now(kept, now.post, now.by)
    return (*kept, now) if was is None else tuple(now if one is was else one for one in kept)


def _until_now(texts: Iterable[Said], post: int, by: Person) -> Said | None:
    """A group that becomes a supergroup begins its numbers anew: there others' posts have them."""
    return next((one for one in texts if (one.post, one.by.id) == (post, by.id)), None)
