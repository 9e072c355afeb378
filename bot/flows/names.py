"""Names of people as CRMs write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

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
    else:
        for part in _parts(value).values():
            yield from people_in(part)


def renamed(value: Any, names: Mapping[int, str]) -> Any:
    """The same, with these people (by Telegram's ids) called so wherever they are named."""
    if isinstance(value, Person):
        return replace(value, name=names.get(value.id) or value.name)
    before = _parts(value)
    after = {name: renamed(part, names) for name, part in before.items()}
    changed = {name: part for name, part in after.items() if part != before[name]}
    if not changed:
        return value
    return tuple(after.values()) if isinstance(value, tuple) else replace(value, **changed)


def _parts(value: Any) -> dict[str, Any]:
    """What a record or a tuple is made of; nothing else has people in it."""
    if isinstance(value, tuple):
        return {str(no): part for no, part in enumerate(value)}
    if is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    return {}
