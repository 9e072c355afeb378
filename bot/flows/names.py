"""Names of people as CRMs write them."""

from __future__ import annotations

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
