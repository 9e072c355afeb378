"""What people type behind /find and /export, read as forgivingly as they type it. Pure.

«оля вчера ждут», «22.11 оформлять нельзя», «от:Оля с:20.11 по:22.11», «f5086aeebb», «#C1042».
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

_DAY = timedelta(days=1)
#: So many letters tell a word: endings come and go («запретил», «запрещено» aside).
_STEM = 5
_SHORTEST_NAME = 2

_DATE = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](20\d{2}|\d{2}))?")
_RANGE = re.compile(r"([\d./]+)[-–—]([\d./]+)")
_CASE = re.compile(r"#[cс]?(\d{1,18})(?:-.*)?", re.IGNORECASE)
#: A key or a number; Russian words and names have no Latin letters with digits among them.
_LEAD = re.compile(r"(?=[a-z_-]*\d)[0-9a-z_-]{1,64}|[0-9a-f]{10}")
_KEYED = re.compile(r"(от|оператор|с|по|до|лид|дата|за)(?::(.*))?")

_DAYS = {"сегодня": 0, "вчера": 1, "позавчера": 2}
_SPANS = {"недел": 7, "месяц": 31}
_OPEN = frozenset({"ждут", "ждет", "ждем", "висит", "висят", "откры", "нерешенные"})
_DECIDED = frozenset({"решен", "решил"})
_SILENT = frozenset({"без", "ответа", "молча"})
_NOISE = frozenset({"и", "на", "кто", "что", "где", "все", "за", "по", "до", "от"})
_NOISE_STEMS = frozenset({"лид", "лиды", "заявк", "заяво", "дата", "опера"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was understood.

    Attributes:
        names: parts of the name of him who asked; all must fit.
        since, until: days, both included; None: any day.
        status: "open", "decided", "silent" or "" for any.
        words: what the state is called, by its stems; all must fit.
    """

    case: int | None = None
    leads: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    status: str = ""
    words: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to look for."""
        return self == Asked()


def read(text: str, *, today: date, stems: Mapping[str, object] | None = None) -> Asked:
    """Understand what somebody typed; what cannot be understood is taken for a name.

    Args:
        text: without the command.
        today: by the call centre's calendar.
        stems: `stem`s of the words that states are called by.
    """
    asked, known = Asked(), stems or {}
    for key, word in _words(text):
        asked = _taken(asked, key, word, today, known)
    since, until = asked.since, asked.until
    if since is None and until is not None:
        # «по 22.11» alone: a month of days before it.
        since = until - 30 * _DAY
    if since is not None and until is None:
        # «с 20.11» lasts until now.
        until = max(since, today)
    if since is not None and until is not None and since > until:
        since, until = until, since
    return replace(asked, since=since, until=until)


def stem(word: str) -> str:
    """What tells a word, whatever its ending."""
    return plain(word)[:_STEM]


def plain(word: str) -> str:
    """A word as it is compared."""
    return word.casefold().replace("ё", "е")


def has_name(person: str, parts: tuple[str, ...]) -> bool:
    """Whether each part begins a word of the person's name."""
    words = re.findall(r"\w+", plain(person))
    return all(any(word.startswith(plain(part)) for word in words) for part in parts)


def _words(text: str) -> Iterator[tuple[str, str]]:
    """(what it is said to be, word): «от:Оля» and «от Оля» are ("от", "оля")."""
    key = ""
    for token in re.findall(r"[^\s,;]+", text):
        word = plain(token).strip("«»\"'!?()")
        keyed = _KEYED.fullmatch(word)
        if keyed is not None:
            key, word = keyed[1], keyed[2] or ""
        elif "://" in word or word.count("/") > 2:  # noqa: PLR2004 -- 22/11/2026 has two
            # A link: whose lead it is, the reader of links knows.
            continue
        if word:
            yield key, word
            key = ""


def _taken(asked: Asked, key: str, word: str, today: date, stems: Mapping[str, object]) -> Asked:
    since, until = _span(word, today)
    if since is not None and until is not None:
        return replace(asked, since=since, until=until)
    if since is not None:
        return _dated(asked, key, since)
    number = _CASE.fullmatch(word)
    if number is not None:
        return replace(asked, case=int(number[1]))
    if key == "лид" or _LEAD.fullmatch(word):
        return replace(asked, leads=(*asked.leads, word))
    if key in {"от", "оператор"}:
        return replace(asked, names=(*asked.names, word))
    return _stated(asked, word, stems)


def _span(word: str, today: date) -> tuple[date | None, date | None]:
    """The two days of a span, or the one day; neither: the word is something else."""
    if stem(word) in _SPANS:
        return today - (_SPANS[stem(word)] - 1) * _DAY, today
    span = _RANGE.fullmatch(word)
    if span is None:
        return _date(word, today), None
    first, last = _date(span[1], today), _date(span[2], today)
    return (first, last) if first is not None and last is not None else (None, None)


def _dated(asked: Asked, key: str, day: date) -> Asked:
    if key in {"с", "от"}:
        return replace(asked, since=day)
    if key in {"по", "до"}:
        return replace(asked, until=day)
    if asked.since is not None:
        # «20.11 22.11»: from the one to the other.
        return replace(asked, until=day)
    return replace(asked, since=day, until=day)


def _stated(asked: Asked, word: str, stems: Mapping[str, object]) -> Asked:
    for status, words in (("open", _OPEN), ("decided", _DECIDED), ("silent", _SILENT)):
        if word in words or stem(word) in words:
            return replace(asked, status=status)
    if stem(word) in stems:
        return replace(asked, words=(*asked.words, stem(word)))
    if word in _NOISE or stem(word) in _NOISE_STEMS or len(word) < _SHORTEST_NAME:
        return asked
    return replace(asked, names=(*asked.names, word))


def _date(word: str, today: date) -> date | None:
    """A day; without a year, the last one of that name that has begun."""
    if word in _DAYS:
        return today - _DAYS[word] * _DAY
    found = _DATE.fullmatch(word)
    if found is None:
        return None
    day, month, year = int(found[1]), int(found[2]), found[3]
    try:
        if year is not None:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)  # noqa: PLR2004
        this = date(today.year, month, day)
        return this if this <= today else date(today.year - 1, month, day)
    except ValueError:
        # 32.13, and 29.02 of most years.
        return None
