"""What posts say in «Не проставленные отказы», when they come and when they are edited. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from bot.flows.asking import has_words, is_question, said_by, said_in, with_said
from bot.flows.copies import replace
from bot.flows.pieces import into, with_, with_asker
from bot.flows.records import Action as Act
from bot.flows.records import Change
from bot.flows.refusals.case import Action, Data, Thing
from bot.flows.refusals.words import reason_in

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


def meant(was: str, now: str) -> Iterator[Act]:
    """What an edit may be, the first that is legal: the reason, its comment, other words.

    Only what is added is a comment: a slip that is mended says no reason.
    """
    added = now if not was else " ".join(now.replace(was, "", 1).split()) if was in now else ""
    code = reason_in(added) or reason_in(now)
    if code:
        yield Act(name=Action.PICK, arg=code, text=added or now)
    comment = _OTHER.sub("", added, count=1)
    if has_words(comment) and not is_question(comment):
        yield Act(name=Action.COMMENT, text=comment)
    yield Act(name=Action.EDIT, text=now)
