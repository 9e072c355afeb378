"""The judge of the attack on rights: what was done that `tests/bot/rights.py` does not allow.

It compares the database before and after somebody did something, whatever that was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sandbox.world import OWNER
from tests.bot.rights import (
    CARRIED,
    DEEDS,
    FACTS,
    FOLLOWS,
    FOR_OWNERS,
    HIS_OWN,
    NO_RECORDS,
    READERS,
    ROLES,
)
from tests.bot.rights_seen import Seen
from tests.bot.rights_words import told_strangers


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What somebody tries.

    Attributes:
        chat: where; a person's id is his private chat.
        topic: the forum topic, or 0.
        data: of the press, "" for none.
        shown: some message of the bot in that chat has a button with this data.
        on_it: the one that was pressed has.
        anonymous: in the name of the group or of a channel.
    """

    who: int
    chat: int
    topic: int = 0
    message: int = 0
    text: str = ""
    data: str = ""
    shown: bool = False
    on_it: bool = False
    anonymous: bool = False


def judge(before: Seen, after: Seen, attack: Attack) -> list[str]:
    """What was done that must not be; nothing: all is well."""
    done = after.history[len(before.history) :]
    wrongs = [*_of_history(before, after, done, attack), *_of_cases(before, after, done)]
    wrongs += _of_arrangements(before, after, attack)
    wrongs += _of_words(before, after, done, attack)
    if after.aside != before.aside:
        wrongs.append("an update was set aside")
    for case, message in after.cards.items():
        moved = case in before.cards and before.cards[case] != message
        if moved and not attack.on_it and not any(row.case_id == case for row in done):
            wrongs.append(f"the card of {case} was moved")
    return wrongs


def _of_history(before: Seen, after: Seen, done: list[Any], attack: Attack) -> list[str]:
    wrongs = []
    for row in done:
        case = after.cases[row.case_id]
        others = [one for one in done if one.case_id != row.case_id and one.actor_id]
        said = f"{row.action} of {case['flow']} {row.case_id} by {row.actor_id}"
        if row.actor_id is None:
            why = None if row.action in FACTS else "it is no fact"
        elif _is_asked_for(after, others, row, attack):
            why = None
        elif row.actor_id != attack.who or attack.anonymous:
            why = None if _goes_along(after, done, row) else "somebody else"
        elif row.action in FOLLOWS | CARRIED and others:
            why = None
        elif attack.data:
            why = _of_press(before, case, row, attack) or _refused(before, case, row)
        elif not _is_heard(case, attack):
            why = "from another chat"
        else:
            why = _refused(before, case, row)
        wrongs += [] if why is None else [f"{said}: {why}"]
    return wrongs


def _goes_along(after: Seen, done: list[Any], row: Any) -> bool:
    """Whether he asks in a case that went into another just now, and is asked for there since."""
    gone = {one.case_id for one in done if one.action in {"same_lead", "name_lead"}}
    gone = {id_ for id_ in gone if after.cases[id_]["closed_at"] is not None}
    asked = {(one.case_id, one.actor_id) for one in after.history if one.action == "joined"}
    asked |= {(id_, case["poster_id"]) for id_, case in after.cases.items()}
    return row.action == "joined" and any((id_, row.actor_id) in asked for id_ in gone)


def _is_asked_for(after: Seen, others: list[Any], row: Any, attack: Attack) -> bool:
    """Whether «Заявка в IT», which was shown, was pressed on a pause of his: the ticket is his."""
    if not attack.shown or attack.anonymous:
        return False
    pressed = [one for one in others if (one.action, one.actor_id) == ("ticket", attack.who)]
    his = [one for one in pressed if after.cases[one.case_id]["poster_id"] == row.actor_id]
    return row.action == "open" and bool(his)


def _of_press(before: Seen, case: dict[str, Any], row: Any, attack: Attack) -> str | None:
    """Why this press cannot have done that."""
    case_id, _, action, *_ = [*attack.data.split(":"), "", "", ""]
    if not attack.shown:
        return "no such button was there"
    if row.action == "joined" and _asks_anew(before, case, row, case_id, action):
        return None if _is_in(case, attack) else "from another chat"
    if (str(row.case_id), row.action) != (case_id, action):
        return "not what was pressed"
    return None if _is_in(case, attack) else "from another chat"


def _asks_anew(before: Seen, case: dict[str, Any], row: Any, pressed: str, action: str) -> bool:
    """Whether the button opens a closed case again, about which another is open by now.

    Whoever may press it joins that one: a lead has one open case.
    """
    closed = before.cases.get(int(pressed)) if pressed.isdecimal() else None
    if closed is None or closed["closed_at"] is None or case["closed_at"] is not None:
        return False
    same = ("chat_id", "topic_id", "flow")
    if any(closed[name] != case[name] for name in same):
        return False
    deed = SimpleNamespace(case_id=int(pressed), action=action, actor_id=row.actor_id)
    is_about_it = any(closed[name] and closed[name] == case[name] for name in ("lead", "about"))
    return is_about_it and _refused(before, closed, deed) is None


def _is_in(case: dict[str, Any], attack: Attack) -> bool:
    return (case["chat_id"], case["topic_id"]) == (attack.chat, attack.topic)


def _is_heard(case: dict[str, Any], attack: Attack) -> bool:
    """What is written in the case's chat, or in reply to what the bot told him privately."""
    return _is_in(case, attack) or attack.chat == attack.who


def _refused(before: Seen, case: dict[str, Any], row: Any) -> str | None:
    """Why he may not do that."""
    if row.action in {"open", "joined"}:
        # Everybody may ask.
        return None
    who = DEEDS[case["flow"]].get(row.action)
    if who is None:
        return "nobody may"
    words = set(who.split())
    is_owner, is_poster = row.actor_id == OWNER.id, case["poster_id"] == row.actor_id
    mine = [one for one in before.history if one.case_id == row.case_id]
    if "!" in words and is_poster:
        return "his own post"
    if row.action in HIS_OWN and row.actor_id not in {one.actor_id for one in mine}:
        return "another one's deed"
    may = "all" in words or is_owner or bool(words & ROLES.get(row.actor_id, frozenset()))
    may = may or (is_poster and bool(words & {"poster", "asker"}))
    if "asker" in words:
        may = may or row.actor_id in {one.actor_id for one in mine if one.action == "joined"}
    if "named" in words:
        his = set(before.people.get(row.actor_id, ("", "", None))[1].split())
        named = set(
            (_data(before.cases[row.case_id])["ruling"] or {"operator": ""})["operator"].split()
        )
        # In whatever order, and one of them perhaps with a patronymic.
        may = len(his & named) > 1 and (his <= named or named <= his)
    return None if may else "he has not the role"


def _data(case: dict[str, Any]) -> dict[str, Any]:
    """SQLite gives it as a text."""
    data = case["data"]
    read: dict[str, Any] = json.loads(data) if isinstance(data, str) else data
    return read


def _of_cases(before: Seen, after: Seen, done: list[Any]) -> list[str]:
    told = {row.case_id for row in done}
    wrongs = [f"case {id_} is gone" for id_ in before.cases if id_ not in after.cases]
    for id_, case in after.cases.items():
        if before.cases.get(id_) != case and id_ not in told:
            wrongs.append(f"case {id_} changed, and its history does not know why")
        if id_ in before.cases and before.cases[id_]["poster_id"] != case["poster_id"]:
            wrongs.append(f"case {id_} has another poster")
    return wrongs


def _of_arrangements(before: Seen, after: Seen, attack: Attack) -> list[str]:
    wrongs = []
    is_owner = attack.who == OWNER.id and not attack.anonymous
    if after.roles != before.roles and not (is_owner and attack.text.startswith("/role")):
        wrongs.append(f"roles: {before.roles ^ after.roles}")
    if any(role == "owner" for _, role in after.roles):
        wrongs.append("somebody was made an owner")
    changed = before.bindings ^ after.bindings
    if changed and not (is_owner and attack.text.startswith(("/bind", "/unbind"))):
        wrongs.append(f"bindings: {changed}")
    if any((chat, topic) != (attack.chat, attack.topic) for chat, topic, _ in changed):
        wrongs.append(f"bindings of another chat: {changed}")
    if any(row not in after.chats for row in before.chats):
        wrongs.append(f"chats: {before.chats ^ after.chats}")
    for person, (user, name, on_duty) in after.people.items():
        had = before.people.get(person, ("", "", None))
        linked = (user, name) != had[:2]
        if linked and not (person == attack.who or (is_owner and attack.text.startswith("/link"))):
            wrongs.append(f"{person} was linked to the CRM's {name}")
        may_duty = attack.text.startswith("/duty") and ROLES.get(attack.who, is_owner)
        # Who goes off the first keeps all the others on.
        if on_duty != had[2] and not (
            may_duty and (person == attack.who or (not had[2] and on_duty))
        ):
            wrongs.append(f"{person} is on duty: {on_duty}")
    return wrongs


def _of_words(before: Seen, after: Seen, done: list[Any], attack: Attack) -> list[str]:
    """What goes out, and to whom."""
    touched = {row.case_id for row in done}
    wrongs = []
    for id_, row in after.outbox.items():
        if id_ in before.outbox:
            continue
        payload = row.payload if isinstance(row.payload, dict) else json.loads(row.payload)
        fine = row.case_id in touched
        if row.destination == "telegram" and row.case_id is not None:
            # A card out of a digest, or a stray one that is taken away, is nobody's decision.
            known = (before.cases.get(row.case_id), after.cases[row.case_id])
            versions = [case for case in known if case is not None]
            names = {person: name for person, (_, name, _) in after.people.items()}
            fine = not told_strangers(row, versions, after.history, names)
        if row.case_id is None:
            # What he answered privately is a case's, whose chat hears what became of it.
            its = {int(after.cases[one.case_id]["chat_id"]) for one in done if one.actor_id}
            fine = _may_be_said(row.kind, payload, attack, its)
        if not fine:
            wrongs.append(f"{row.destination} {row.kind} {payload}"[:300])
    return wrongs


def _may_be_said(kind: str, payload: dict[str, Any], attack: Attack, its: set[int]) -> bool:
    """What belongs to no case."""
    is_owner = attack.who == OWNER.id and not attack.anonymous
    reads = is_owner or bool(ROLES.get(attack.who, frozenset()) & READERS)
    where, what = payload.get("chat"), str(payload.get("what", ""))
    if kind == "find_user":
        return is_owner or payload["person"] == attack.who == attack.chat
    if kind == "export":
        return reads and where in {None, attack.who}
    if kind != "say":
        return kind in {"board", "digest", "delete"}
    if what.startswith("records.") and not NO_RECORDS.fullmatch(what):
        return reads and where == attack.who
    if what in FOR_OWNERS and not is_owner:
        return False
    # Whoever was linked hears of it.
    told = what == "people.link_told" and is_owner
    return told or where in {attack.chat, attack.who, OWNER.id, *its}
