"""The judge of words: whom the bot tells of a case, and what of a lead it shows to whom.

A lead's marks (its key, the client's name and phones, a comment) are each in no other lead: where
one of them turns up tells whose facts were shown there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.world import OWNER
from tests.bot.rights import DEEDS, READERS, ROLES
from tests.harness import World

#: What a lead is known by: its key, and the signs.
Marks = Mapping[str, Sequence[str]]
_TO_A_CHAT = re.compile(r"(send|edit)[A-Z]\w+")


@dataclass(frozen=True, slots=True)
class Said:
    """What the bot has shown.

    Attributes:
        chat: where; None: to whoever has pressed, or asked inline.
        text: all that stands there, buttons and names of files too.
    """

    chat: int | None
    text: str


def said_since(world: World) -> tuple[Said, ...]:
    """What the bot has shown since that was asked last."""
    log = world.tg.telegram.log
    found = []
    while log:
        note = log.popleft()
        params: dict[str, Any] = note["params"]
        words = json.dumps(params, ensure_ascii=False, default=str)
        if note["method"] in {"answerCallbackQuery", "answerInlineQuery"}:
            # Also where the sandbox knows no such press: Telegram would have.
            found.append(Said(None, words))
        elif note["ok"] and _TO_A_CHAT.fullmatch(note["method"]) and "chat_id" in params:
            found.append(Said(int(params["chat_id"]), words))
    return tuple(found)


def takes_part(
    person: int, case: Mapping[str, Any], history: Sequence[Any], name: str = ""
) -> bool:
    """Whether he has something to do with the case.

    He asked, did something, decides in such chats, or stands above those who do; or the case is
    about him: `name` is his in the CRM.
    """
    roles = {role for who in DEEDS[case["flow"]].values() for role in who.split()} | {"supervisor"}
    return (
        person in {OWNER.id, case["poster_id"]}
        or bool(roles & ROLES.get(person, frozenset()))
        or any(one.case_id == case["id"] and one.actor_id == person for one in history)
        or (bool(name) and all(word in data_of(case) for word in name.split()))
    )


def data_of(case: Mapping[str, Any]) -> str:
    """What the case knows. SQLite gives it as a text of its own."""
    data = case["data"]
    return json.dumps(json.loads(data) if isinstance(data, str) else data, ensure_ascii=False)


def told_strangers(
    row: Any,
    versions: Sequence[Mapping[str, Any]],
    history: Sequence[Any],
    names: Mapping[int, str],
) -> bool:
    """Whether what is to be said of a case goes to another group, or to somebody outside it.

    `versions`: the case as it is now, and as it was a moment ago.
    """
    chat = int(row.lane.removeprefix("chat:"))
    if chat < 0:
        return all(chat != int(case["chat_id"]) for case in versions)
    return not any(takes_part(chat, case, history, names.get(chat, "")) for case in versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the judge knows.

    Attributes:
        marks: of the leads.
        cases: all, as they are now and as they were a moment ago.
        history: of all.
        names: people's in the CRM.
    """

    marks: Marks
    cases: Sequence[Mapping[str, Any]]
    history: Sequence[Any]
    names: Mapping[int, str]

    def may_see(self, place: int, lead: str) -> bool:
        """Whether a group has had a case about that lead; or a person, who may also read all."""
        if place == OWNER.id or ROLES.get(place, frozenset()) & READERS:
            return True
        # Or one that has found it by the client's phone.
        about = [
            case
            for case in self.cases
            if lead in {case["lead"], case["ref"]} or lead in data_of(case)
        ]
        if place < 0:
            return any(case["chat_id"] == place for case in about)
        name = self.names.get(place, "")
        return any(takes_part(place, case, self.history, name) for case in about)


def shown_to_strangers(
    said: Sequence[Said], known: Known, *, who: int, chat: int, people_said: Callable[[int], str]
) -> list[str]:
    """Facts of a lead that were shown where no case is about it, to nobody who has to do with one.

    Args:
        said: what was shown.
        known: what there is.
        who: did something.
        chat: where he did it.
        people_said: all that people have written themselves in a chat: no secret there.
    """
    wrongs = []
    for one in said:
        # An answer to a press is seen by him alone, among those of his chat.
        places = [who, chat] if one.chat is None else [one.chat]
        own = "\n".join(people_said(place) for place in places)
        digits = re.sub(r"[\s()+-]", "", one.text)
        for lead, signs in known.marks.items():
            shown = [sign for sign in signs if sign in one.text or sign in digits]
            shown = [sign for sign in shown if sign not in own]
            if shown and not any(known.may_see(place, lead) for place in places):
                wrongs.append(f"{shown} of {lead} shown to {one.chat or who}: {one.text}"[:400])
    return wrongs
