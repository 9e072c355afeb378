"""Who of the CRM's users is meant, and what a person is told or asked about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.cards import DATA_BYTES
from crm_api.port import CrmUser

#: More candidates than this are no question any more.
_MOST = 5
_NAME = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]+)*")
_DATA = re.compile(r"link:(?:no|([A-Za-z0-9_-]{1,20}):([^:]{1,40}))")


class Aim(StrEnum):
    """Why the CRM is asked."""

    START = "start"
    #: «/link Иванова», privately, about himself.
    SELF = "self"
    #: «Да, это я».
    CONFIRM = "confirm"
    #: An owner says who somebody is.
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a button of the question says: `link:<id of the CRM's user>:<word to find him by>`.

    `crm_user` "": «Нет».
    """

    crm_user: str = ""
    query: str = ""

    @classmethod
    def read(cls, data: str) -> Wish | None:
        """The wish, or None for data of another kind."""
        found = _DATA.fullmatch(data)
        return None if found is None else cls(crm_user=found[1] or "", query=found[2] or "")

    def __str__(self) -> str:
        """As it stands on the button: what is too long is cut, a word's beginning finds him too."""
        if not self.crm_user:
            return "link:no"
        data = f"link:{self.crm_user}:{self.query}".encode()[:DATA_BYTES]
        return data.decode(errors="ignore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where the answer is said; `edit`: it takes the place of that message of ours."""

    chat: int
    topic: int = 0
    reply_to: int = 0
    edit: int = 0

    def payload(self) -> dict[str, int]:
        """As the outbox keeps it."""
        return {
            "chat": self.chat,
            "topic": self.topic,
            "reply_to": self.reply_to,
            "edit": self.edit,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is said (the template's words), with which buttons, and who he turned out to be."""

    what: str
    words: dict[str, Any] = field(default_factory=dict)
    keys: tuple[tuple[str, dict[str, Any], Wish], ...] = ()
    user: CrmUser | None = None


def called(user: CrmUser) -> str:
    """«Фамилия Имя», as the CRM writes people in calls and statuses."""
    return f"{user.last_name} {user.first_name}".strip() or user.login


def name_words(name: str) -> list[str]:
    """The words of a name, without what people put around it."""
    return _NAME.findall(name)


def same(one: str, other: str) -> bool:
    """Whether two names are one, whatever their letters' case."""
    return one.casefold() == other.casefold()


def _words(user: CrmUser) -> dict[str, Any]:
    return {"name": called(user), "login": user.login}


def linked(user: CrmUser) -> Outcome:
    """That is he."""
    return Outcome(what="linked", words=_words(user), user=user)


def for_owner(found: Sequence[CrmUser], query: str, person: str) -> Outcome:
    """One is meant, or the owner must say which; a login is always one."""
    exact = [user for user in found if same(user.login, query)] or list(found)
    if len(exact) == 1:
        words = {**_words(exact[0]), "person": person}
        return Outcome(what="linked_by_owner", words=words, user=exact[0])
    users = [_words(user) for user in exact[: 2 * _MOST]]
    return Outcome(what="link_which", words={"users": users, "query": query})


def question(found: Sequence[CrmUser], free: Iterable[CrmUser], query: str) -> Outcome:
    """«Вы Иванова Мария?», or why that cannot be asked."""
    candidates = sorted(free, key=called)
    if not candidates:
        return Outcome(what="link_taken" if found else "link_none", words={"query": query})
    if len(candidates) > _MOST:
        return Outcome(what="link_many", words={"count": len(candidates)})
    several = len(candidates) > 1
    keys = [
        ("link_candidate" if several else "link_yes", _words(user), _wish(user))
        for user in candidates
    ]
    keys.append(("link_nobody" if several else "link_not_me", {}, Wish()))
    words = {"users": [_words(user) for user in candidates]}
    return Outcome(what="link_question", words=words, keys=tuple(keys))


def _wish(user: CrmUser) -> Wish:
    word = next(iter(name_words(called(user))), user.login)
    return Wish(crm_user=user.id, query=word[:40])
