"""Finds a status of the handbook by what an operator types in a hurry: `/code дорого`.

Pure. By code, by words of the label or of when to use it, by their stems («доставка» finds
«дост.»), while the word is still being typed, and with one wrong letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.cards import Cards
from bot.flows.codes import REFUSALS, TRASH, Code

_WORD = re.compile(r"[^\W_]+")
#: Endings that say nothing of what a word means; the longest first.
_ENDING = re.compile(
    r"(?:лась|лись|лось|ться|ого|его|ому|ему|ыми|ими|ами|ями|лся|ый|ий|ой|ей|ая|яя|ое|ее|ые|ие|ую"
    r"|ала|ало|али|ила|ило|или|ать|ять|ить|юю|ах|ях|ов|ев|ам|ям|ом|ем|ть|ет|ит|ал|ил|ла|ло|ли"
    r"|[аяоеыиуюьйл])$"
)
#: An inline query has no more signs, and a command needs no more.
_LONGEST = 256
#: A stem has as many letters at least; a shorter word means itself alone.
_STEM = 3
#: A shorter word with a wrong letter may be any other.
_LONG_ENOUGH_FOR_A_SLIP = 4

# How well a word fits, the best first. A label's word is worth more than one of its explanation.
_SAME, _STEM_SAME, _BEGINS, _SLIP = 8, 6, 4, 2
_IN_LABEL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A status with all that is told of it. `group` is "refusal" or "trash"."""

    code: Code
    group: str
    when: str
    label_words: tuple[str, ...]
    other_words: tuple[str, ...]

    def words(self) -> dict[str, Any]:
        """For the template."""
        return {
            "code": self.code.code,
            "label": self.code.label,
            "group": self.group,
            "when": self.when,
        }


class Handbook:
    """The twenty statuses, searched. `cards` knows when each is used."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All of them."""
        return tuple(
            _entry(code, group, self._cards)
            for group, codes in (("refusal", REFUSALS), ("trash", TRASH))
            for code in codes
        )

    def find(self, query: str, *, most: int = 5) -> tuple[Entry, ...]:
        """The entries that fit, the best first; none: nothing does."""
        asked = _words(query[:_LONGEST])
        if not asked:
            return ()
        rated = [(rate, entry) for entry in self.entries if (rate := _rate(entry, asked))[0]]
        best = max((rate[0] for rate, _ in rated), default=0)
        # Who asks with two words means both, if anything has both.
        fitting = [(rate[1], entry) for rate, entry in rated if rate[0] == best]
        # Of equals the shorter label: less of it was left unsaid.
        fitting.sort(key=lambda pair: (-pair[0], len(pair[1].label_words)))
        return tuple(entry for _, entry in fitting[:most])

    def groups(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """All of them by group, for the template."""
        return [
            (group, [entry.words() for entry in self.entries if entry.group == group])
            for group in ("refusal", "trash")
        ]


def _entry(code: Code, group: str, cards: Cards) -> Entry:
    when, also = cards.when(code)
    return Entry(
        code=code,
        group=group,
        when=when,
        label_words=_words(code.label),
        other_words=_words(f"{when} {also}"),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold().replace("ё", "е")))


def _rate(entry: Entry, asked: Sequence[str]) -> tuple[int, int]:
    """How many of the words fit, and how well."""
    points = [
        max(_best(word, entry.label_words, _IN_LABEL), _best(word, entry.other_words, 0))
        for word in asked
        if not word.isdecimal()
    ]
    points += [_of_number(word, entry.code.code) for word in asked if word.isdecimal()]
    return sum(1 for point in points if point), sum(points)


def _of_number(number: str, code: str) -> int:
    if number == code:
        return 2 * _SAME
    return _BEGINS if code.startswith(number) else 0


def _best(word: str, words: Iterable[str], extra: int) -> int:
    best = max((_fit(word, other) for other in words), default=0)
    return best + extra if best else 0


def _fit(word: str, other: str) -> int:
    if word == other:
        return _SAME
    if len(word) < _STEM or len(other) < _STEM:
        return 0
    one, two = _stem(word), _stem(other)
    if one == two:
        return _STEM_SAME
    if two.startswith(one) or one.startswith(two):
        return _BEGINS
    return _SLIP if _is_slip(word, other) or _is_slip(one, two) else 0


def _stem(word: str) -> str:
    short = _ENDING.sub("", word)
    return short if len(short) >= _STEM else word


def _is_slip(one: str, two: str) -> bool:
    """Whether one wrong, missing, needless or swapped letter makes one word of the other."""
    if abs(len(one) - len(two)) > 1 or min(len(one), len(two)) < _LONG_ENOUGH_FOR_A_SLIP:
        return False
    short, long = sorted((one, two), key=len)
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped
