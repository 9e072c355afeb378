"""Which price is the script's and which the site's, in an operator's words.

«в скрипте 3990, на сайте 4990», «3990/4990», «4 990₽ на сайте а по скрипту 3990р»... A phone, a
lead's key, a date, a time and a quantity are no prices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import permutations

#: More is no price of ours: the sum limits are 20 000 ₽ and 96 000 драм (handbook section 3).
_LARGEST = Decimal(300_000)
#: What is further in a text, or more than so many numbers, is not about two prices.
_LONGEST, _MOST = 1000, 8
#: Below this a bare number is likelier a quantity, a size or an age.
_SMALLEST_BARE = Decimal(100)
_SCRIPT, _SITE = "script", "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The two prices of an anomaly; None: not told.

    Attributes:
        loose: the only price that was told, without a word on which it is.
        unsure: nobody said which is which: the first was taken for the script's.
    """

    script: Decimal | None = None
    site: Decimal | None = None
    loose: Decimal | None = None
    unsure: bool = False

    @property
    def are_known(self) -> bool:
        """Whether both were told."""
        return self.script is not None and self.site is not None

    @property
    def may_be_swapped(self) -> bool:
        """Whether it matters which is which, and nobody said it."""
        return self.unsure and self.script != self.site

    def filled(self, more: Prices) -> Prices:
        """With what was told later; a price that only fills a gap needs no word on which it is."""
        script, site = more.script or self.script, more.site or self.site
        is_named = more.script is not None or more.site is not None
        unsure = more.unsure if is_named else self.unsure
        told = self.script or self.site
        if more.unsure and not self.are_known and told in {more.script, more.site}:
            # One of the two was named before: the other is the other.
            other = more.site if told == more.script else more.script
            script, site, unsure = self.script or other, self.site or other, False
        elif more.loose is not None and (script is None) != (site is None):
            script, site = script or more.loose, site or more.loose
        return replace(self, script=script, site=site, loose=None, unsure=unsure)

    def swapped(self) -> Prices:
        """The other way round."""
        return replace(self, script=self.site, site=self.script)


# What is blanked out first: nothing in it is a price. Digits stand in runs that no letter touches.
_NO_PRICES = re.compile(
    r"""
      https?://\S+ | \S*/[A-Za-z]{3,}\S*                        # links
    | \b(?!\d+(?:rub|rur|kzt|amd)\b)(?=\w*[A-Za-z])(?=\w*\d)[A-Za-z0-9_]{6,}\b  # a key, a model
    | \+\d[\d\s().-]{7,}\d                                      # phones
    | (?<!\d)[78][\s(.-]*\d{3}[\s).-]*\d{3}[\s.-]*\d{2}[\s.-]*\d{2}(?!\d)
    | (?<!\d)\(?\d{3}\)?[\s-]+\d{3}[\s-]+\d{2}[\s-]+\d{2}(?!\d)
    | (?<!\d)0\d{1,2}[\s-]*\d{2,3}[\s-]*\d{2,3}(?:[\s-]*\d{1,3})?(?!\d)
    | \d{8,}                                                    # a phone, a number of a parcel
    | \b\d{4}-\d{1,2}-\d{1,2}\b                                 # dates and times
    | \b\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})\b
    | \b\d{1,2}:\d{2}(?::\d{2})?\b
    | \b(?:19|20)\d{2}\s*(?:г\b|год)
    | (?:лид|заказ|карточк|номер|посылк|трек|\bid|\bид|№|\#)\w*\s*[№\#:]*\s*\d+  # numbers of things
    | (?:доставк|скидк|предоплат|коммисс|комисс)\w*\s*[-:=—]?\s*\d[\d ]*          # other money
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CURRENCY = r"(?:₽|₸|֏|руб\w*|р(?!\w)|тенге|тнг|тг(?!\w)|драм\w*|rub|rur|kzt|amd)"
_NUMBER = re.compile(
    rf"""
    (?<![A-Za-z0-9_])
    (?P<whole>\d{{1,3}}(?:[ \u00a0\u202f.,'’]\d{{3}})+(?!\d)|\d{{1,7}}(?!\d))
    (?:[.,](?P<part>\d{{1,2}})(?!\d))?
    (?:\s*(?P<thousands>тыс\w*\.?|к(?!\w)))?
    (?:\s*(?P<currency>{_CURRENCY}))?
    (?![A-Za-z0-9_])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_COUNTED = re.compile(
    r"\s*(?:шт|штук|пар[аыу]?(?!\w)|компл|набор|упак|пачк|банк|ед(?!\w)|мач|мл|мг|кг|см|мм|ватт|вт(?!\w)"
    r"|гб|мб|дюйм|%|процент|лет(?!\w)|год|мин(?!\w)|минут|час|дн|день|раз|размер|предмет|человек|x\d|х\d)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    rf"(?P<{_SCRIPT}>скрипт\w*|скр(?!\w))|(?P<{_SITE}>сайт\w*|л[еэ]ндинг\w*|ленд(?!\w)|реклам\w*)",
    re.IGNORECASE,
)
# What parts «в скрипте 3990» from «на сайте 4990».
_PARTED = re.compile(r"[,;\n/|—–]|\.\s|\s-\s|\s(?:а|и|но|vs|против)\s", re.IGNORECASE)
_FAR = 100


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    price: Decimal = Decimal(0)
    label: str = ""


def find_prices(text: str, leads: Sequence[str] = ()) -> Prices:
    """The prices of a post or of a reply.

    Args:
        text: people's words.
        leads: what the post's links name: a lead's number is no price.
    """
    words = _without_the_rest(text)
    prices = [one for one in _numbers(words) if str(one.price) not in leads]
    labels = [
        _Found(found.start(), found.end(), label=str(found.lastgroup))
        for found in _LABEL.finditer(words)
    ]
    kinds = {one.label for one in labels}
    if not 0 < len(prices) <= _MOST:
        return Prices()
    if len(prices) == 1:
        return _of_one(prices[0].price, kinds)
    if kinds:
        return _matched(words, prices, labels, kinds)
    if len(prices) == 2:  # noqa: PLR2004 -- the script's and the site's
        return Prices(script=prices[0].price, site=prices[1].price, unsure=True)
    # Three prices and no word on any: he must say.
    return Prices()


def one_price(text: str) -> Decimal | None:
    """The price in a reply that must name just one; None: there is none, or more than one."""
    words = _without_the_rest(text)
    alone = re.fullmatch(rf"\W*(\d{{1,7}})\s*{_CURRENCY}?\W*", words, re.IGNORECASE)
    if alone is not None:
        price = Decimal(alone[1])
        return price if 0 < price <= _LARGEST else None
    prices = {one.price for one in _numbers(words)}
    return prices.pop() if len(prices) == 1 else None


def _without_the_rest(text: str) -> str:
    """The words with blanks in place of phones, keys, dates..."""
    return _NO_PRICES.sub(lambda found: " " * len(found[0]), text[:_LONGEST])


def _of_one(price: Decimal, kinds: set[str]) -> Prices:
    """One price: which it is depends on the only word about that."""
    if kinds == {_SCRIPT}:
        return Prices(script=price)
    return Prices(site=price) if kinds == {_SITE} else Prices(loose=price)


def _numbers(words: str) -> Iterator[_Found]:
    """All that may be a price, in order."""
    for found in _NUMBER.finditer(words):
        for whole, start, end in _wholes(found):
            part = found["part"] if end == found.end("whole") else None
            price = Decimal(whole if part is None else f"{whole}.{part}")
            if found["thousands"]:
                price *= 1000
            is_money = bool(found["currency"] or found["thousands"])
            is_counted = not is_money and _COUNTED.match(words, found.end()) is not None
            smallest = Decimal(1) if is_money else _SMALLEST_BARE
            if smallest <= price <= _LARGEST and not is_counted:
                yield _Found(start, max(end, found.end()) if part or is_money else end, price)


def _wholes(found: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    """«3 990» is one number; «990 790», which would be too much, is two."""
    written, start = found["whole"], found.start("whole")
    digits = re.sub(r"\D", "", written)
    if Decimal(digits) <= _LARGEST:
        yield digits, start, found.end("whole")
        return
    for one in re.finditer(r"\d+", written):
        yield one[0], start + one.start(), start + one.end()


def _matched(words: str, prices: list[_Found], labels: list[_Found], kinds: set[str]) -> Prices:
    """Each price to the label that is nearest, and not beyond a comma."""
    if len(kinds) > 1 and _stand_apart(prices, labels):
        # «скрипт/сайт 3990/4990»: in their order.
        order = list(dict.fromkeys(one.label for one in labels))
        if len(prices) > len(order):
            return Prices()
        said = {kind: one.price for kind, one in zip(order, prices, strict=True)}
        return Prices(script=said[_SCRIPT], site=said[_SITE], unsure=True)

    def cost(pair: tuple[_Found, _Found]) -> int:
        by_kind = dict(zip((_SCRIPT, _SITE), pair, strict=True))
        return sum(_distance(words, one, by_kind[one.label]) for one in labels)

    if len(kinds) == 1:
        [kind] = kinds
        named = min(prices, key=lambda one: min(_distance(words, at, one) for at in labels))
        others = [one.price for one in prices if one is not named]
        other = others[0] if len(others) == 1 else None
        script, site = (named.price, other) if kind == _SCRIPT else (other, named.price)
        return Prices(script=script, site=site)
    script_at, site_at = min(permutations(prices, 2), key=cost)
    return Prices(script=script_at.price, site=site_at.price)


def _stand_apart(prices: list[_Found], labels: list[_Found]) -> bool:
    """All the labels before all the prices, or behind them."""
    return labels[-1].end <= prices[0].start or prices[-1].end <= labels[0].start


def _distance(words: str, label: _Found, price: _Found) -> int:
    """How far a label is from a price, in characters; what parts clauses counts much."""
    before = label.end <= price.start
    between = words[label.end : price.start] if before else words[price.end : label.start]
    # Of two that are as near, «скрипт 3990» is likelier than «3990 скрипт».
    return len(between) + _FAR * len(_PARTED.findall(between)) + (0 if before else 1)
