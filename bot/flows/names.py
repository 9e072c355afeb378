"""Names of people as CRMs write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from bot.flows.copies import replace
from bot.flows.records import Person

#: Fewer words name nobody in particular: «Вера» is not «Ильина Вера».
_SURNAME_AND_NAME = 2


def same_person(one: str, other: str) -> bool:
    """Whether two names mean the same person; "" is nobody.

    The order of the words does not matter, nor a patronymic that only one of them has.
    """
    fewer, more = sorted((_words(one), _words(other)), key=len)
    return bool(fewer) and (fewer == more or (len(fewer) >= _SURNAME_AND_NAME and fewer <= more))


def _words(name: str) -> frozenset[str]:
    return frozenset(name.casefold().replace("ё", "е").split())


def people_in(value: Any) -> Iterator[Person]:
    """Everybody who is named anywhere in a case, as often as he is."""
    if isinstance(value, Person):
        yield value
        return
    for part in value if isinstance(value, tuple) else _parts(value, _peopled(value.__class__)):
        if isinstance(part, tuple) or _fields(part.__class__):
            yield from people_in(part)


def renamed(value: Any, names: Mapping[int, str]) -> Any:
    """The same, with these people (by Telegram's ids) called so wherever they are named."""
    if isinstance(value, Person):
        return replace(value, name=names.get(value.id) or value.name)
    if isinstance(value, tuple):
        return tuple(renamed(part, names) for part in value)
    kind: Any = value.__class__
    own = _fields(kind)
    if not own:
        return value
    parts = zip(own, _parts(value, own), strict=True)
    return kind(**{name: renamed(part, names) for name, part in parts})


def _parts(value: Any, names: Sequence[str]) -> list[Any]:
    return [getattr(value, name) for name in names]


#: Fields of these kinds have no people in them: most fields of a case.
_PLAIN = frozenset(
    {"str", "int", "bool", "datetime", "datetime | None", "Decimal", "Decimal | None"}
)


@cache
def _peopled(kind: Any) -> tuple[str, ...]:
    """The names of those fields of a record that may have people in them."""
    return tuple(one.name for one in fields(kind) if one.type not in _PLAIN)


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    """The names of a record's fields; of anything else, and of a tuple, there are none."""
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()
