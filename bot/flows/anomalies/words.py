"""What people write around a card of «Аномальные заказы» that names prices the other way round."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.flows.anomalies.prices import find_prices, one_price

_OH = r"(?:ой|упс|блин|пардон|сорри)"
# «наоборот», «ой, цены наоборот», «перепутала местами»: nothing else besides.
_REVERSED = re.compile(
    rf"""
    ^\W*
    (?:(?:{_OH}|извините|простите|нет|вс[её]|там|тут|это|я|цены)\W+)*
    (?:наоборот
      |(?:перепутал|попутал|спутал)[аи]?\W+(?:цены(?:\W+местами)?|местами)
      |поменя(?:йте|й|ть)\W+(?:их\W+|цены\W+)?местами)
    (?:\W+(?:цены|надо|нужно|пожалуйста|извините|спасибо|перепутал[аи]?|написал[аи]?))*
    \W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)
# How somebody begins who has decided, and wants it otherwise. «Нет в скрипте» tells why.
_CORRECTS = re.compile(
    rf"""
    ^\W*
    (?:{_OH}\b|нет?\s*[,.!—-]|наоборот\b|поправка\b|исправляю\b|вернее\b|точнее\b|ошиб(?:ся|лась)\b
      |(?:я\W+)?не\W+(?:ту|то|туда)\W+(?:\w+\W+)?(?:нажал|выбрал|ткнул)
      |(?:я\W+)?(?:случайно\W+нажал|нажал[аи]?\W+(?:случайно|не\W+т))
      |(?:я\W+)?имел[аи]?\W+в\W+виду)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# «тогда по скрипту», «извините, пусть назовёт 4490»: a price, and not why it holds.
_NAMES_ONE = re.compile(
    rf"""
    {_OH} | извини(?:те)? | простите? | нет | да | а | и | вс[её] | таки | же | стоп
    | (?:пого|подож)ди(?:те)? | отмена | отменяю | передумал[аи]? | тогда | пусть | будет
    | давай(?:те)? | лучше | надо | нужно | (?:скаж|назов)(?:ите|и|[её]т|ут) | говори(?:те|т)?
    | называ(?:йте|й|ем|ет) | оформля(?:йте|й|ем|ет) | ему | ей | клиент[уке]* | оператору?
    | цен[аыу] | по | на | скрипт[уае]? | сайт[уае]? | руб\w* | р | тенге | тг | драм\w*
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What may stand beside two prices that nobody has labelled: «ой, 3990/5990, ошиблась».
_BESIDE = re.compile(
    r"ошиб(?:ся|лась)|опечат\w+|исправ\w+|поправ\w+|прав(?:ильно|ильные)|верн(?:о|ые|ее)|точнее"
    r"|вот|там|тут|теперь|сейчас|цен\w*|пожалуйста|спасибо",
    re.IGNORECASE,
)
_OF_SCRIPT, _OF_SITE = re.compile(r"скрипт", re.IGNORECASE), re.compile(r"сайт", re.IGNORECASE)
_EXPLAINS = re.compile(r"^\W*пояснение\W+", re.IGNORECASE)


def says_reversed(text: str) -> bool:
    """Whether it says that the two prices stand the other way round, and nothing besides."""
    return "?" not in text and _REVERSED.match(text) is not None


def corrects(text: str) -> bool:
    """Whether who has named both prices names others.

    A question names none. Neither do two numbers among other words: «взял бы 2 за 9980, доставка
    ещё 500». With «скрипт» or «сайт» beside it a price is one, whatever else is said.
    """
    if "?" in text:
        return False
    words = re.findall(r"[^\W\d_]+", text)
    is_plain = all(_NAMES_ONE.fullmatch(word) or _BESIDE.fullmatch(word) for word in words)
    return is_plain or not find_prices(text).unsure


def explanation(text: str) -> str:
    """«пояснение: скрипт старый» without the word that says what it is."""
    return _EXPLAINS.sub("", text) or text


def wants_other(text: str, price: Decimal, which: str) -> bool:
    """Whether the words of him who has decided sound as if another price were to hold.

    Args:
        text: his words.
        price: what holds.
        which: whose that is, as `case.Which` has it.
    """
    if _EXPLAINS.match(text):
        return False
    return _CORRECTS.match(text) is not None or _names_other(text, price, which)


def _names_other(text: str, price: Decimal, which: str) -> bool:
    """A price alone, or whose, which is not what holds."""
    words = re.findall(r"[^\W\d_]+", text)
    if not all(_NAMES_ONE.fullmatch(word) for word in words):
        return False
    named = one_price(text)
    if named is not None or find_prices(text).are_known:
        return named != price
    of_script, of_site = _OF_SCRIPT.search(text) is not None, _OF_SITE.search(text) is not None
    return of_script != of_site and which != ("script" if of_script else "site")
