"""Names of people as CRMs write them."""

from __future__ import annotations


def same_person(one: str, other: str) -> bool:
    """Whether two names mean the same: «Демо Оля» and «оля  демо» do. "" is nobody."""
    return bool(_words(one)) and _words(one) == _words(other)


def _words(name: str) -> list[str]:
    return sorted(name.casefold().replace("ё", "е").split())
