"""What posts say in «Не проставленные отказы», when they come and when they are edited. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from bot.flows.asking import LONGEST, Asker, has_words, is_question, said_by, said_in, with_said
from bot.flows.codes import BY_CODE
from bot.flows.copies import replace
from bot.flows.pieces import into, is_by, with_, with_asker
from bot.flows.records import Action as Act
from bot.flows.records import Change
from bot.flows.refusals.case import Action, Data, Thing
from bot.flows.refusals.words import plain, reason_in, reason_told, still_says

#: The reason's own name says nothing of it.
_OTHER = re.compile(r"^\W*(?:другая причина)?\W*", re.IGNORECASE)


def join(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """Another post about this lead: whoever sent it is told too, and what he says is shown."""
    texts = with_said(case.data.texts, said_by(action))
    return with_(case, askers=with_asker(case.data.askers, action), texts=texts)


def same_lead(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """The other card tells what was said here, too."""
    said = " / ".join(one.text for one in case.data.texts if one.text)
    return with_(case, *into(action.what.case, case.data.askers, said))


def edit(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """A post says something else by now: it stands in the place of what it said."""
    return Change(data=heard(case.data, action))


def heard(data: Data, action: Act) -> Data:
    """With what the post says by now, where it is an edit that brings the action."""
    post = action.what.said
    return data if post is None else replace(data, texts=with_said(data.texts, said_in(post)))


def source_of(action: Act) -> Asker | None:
    """The post that the action is an edit of; None: a press or a reply."""
    post = action.what.said
    return None if post is None else Asker(person=action.doer, post=post.message_id)


def _is_of_source(case: Thing, action: Act) -> bool:
    """Whether the very post says it that the reason was read in."""
    source, post = case.data.source, action.what.said
    if source is None or not is_by(source.person, action):
        return False
    return post is None or post.message_id == source.post


def names_another(case: Thing, action: Act, _now: datetime) -> bool:
    """Whether the reason was read in this very post, which names another one by now."""
    told = reason_told(action.text)
    is_new = bool(told[0]) and told != (case.data.code, case.data.note)
    return is_new and _is_of_source(case, action)


def names_one_that_needs_words(case: Thing, action: Act, now: datetime) -> bool:
    """«Другая причина» asks which."""
    code, note = reason_told(action.text)
    return names_another(case, action, now) and BY_CODE[code].needs_comment and not note


def pick_anew(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """A post stays the source of the reason that it names."""
    data, (code, note) = heard(case.data, action), reason_told(action.text)
    return Change(data=replace(data, code=code, picked=True, note=note[:LONGEST]))


def names_none(case: Thing, action: Act, _now: datetime) -> bool:
    """Whether the reason was read in this very post, and is not there any more."""
    return _is_of_source(case, action) and not still_says(case.data.code, action.text)


def pick_none(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """Somebody must pick it."""
    data = heard(case.data, action)
    return Change(data=replace(data, code="", picked=False, note="", source=None))


def meant(was: str, now: str, code: str) -> Iterator[Act]:
    """What an edit may be, the first that is legal: the reason, its comment, other words.

    Only what is added is a comment: a slip that is mended says no reason. `code`: of the reason.
    """
    added = now if not was else " ".join(now.replace(was, "", 1).split()) if was in now else ""
    picked = reason_in(added) or reason_in(now)
    if picked:
        yield Act(name=Action.PICK, arg=picked, text=added or now)
    another = now if reason_told(now)[0] else _instead(was, now, code)
    if another:
        yield Act(name=Action.PICK_ANEW, text=another)
    comment = _OTHER.sub("", added, count=1)
    if has_words(comment) and not is_question(comment):
        yield Act(name=Action.COMMENT, text=comment)
    yield Act(name=Action.EDIT, text=now)


def _instead(was: str, now: str, code: str) -> str:
    """The words that stand where others named that reason; "" where those did not."""
    old, new = plain(was).split(), plain(now).split()
    for end in (0, -1):
        while old and new and old[end] == new[end]:
            del old[end], new[end]
    words = " ".join(new)
    return words if reason_in(" ".join(old)) == code and reason_in(words) else ""
