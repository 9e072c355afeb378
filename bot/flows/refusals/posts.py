"""What posts say in «Не проставленные отказы», when they come and when they are edited. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from bot.flows.asking import LONGEST, Said, has_words, said_in, text_of, with_said, words_of
from bot.flows.codes import BY_CODE
from bot.flows.pieces import asks, into, with_, with_asker
from bot.flows.records import Action as Act
from bot.flows.records import Change
from bot.flows.refusals.case import Data, Thing
from bot.flows.refusals.words import reason_in

#: The reason's own name says nothing of it.
_OTHER = re.compile(r"^\W*(?:другая причина)?\W*", re.IGNORECASE)


def join(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """Another post about this lead: whoever sent it is told too, and what he says is shown."""
    post, words = action.what.said, words_of(action.text)[:LONGEST]
    said = Said(by=action.doer, post=action.what.post, text=words if has_words(words) else "")
    if post is not None:
        said = replace(said_in(post, case.lead if case.lead in post.leads else ""), by=said.by)
    texts = with_said(case.data.texts, said)
    return with_(case, askers=with_asker(case.data.askers, action), texts=texts)


def same_lead(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """The other card tells what was said here, too."""
    said = " / ".join(one.text for one in case.data.texts if one.text)
    return with_(case, *into(action.what.case, case.data.askers, said))


def he_asked(case: Thing, action: Act, _now: datetime) -> bool:
    """Whether it is a post of somebody who asked."""
    return action.by is not None and asks(action.by.person, case.data.askers)


def edit(case: Thing, action: Act, _now: datetime) -> Change[Data]:
    """A post says something else by now: it stands in the place of what it said."""
    post = action.what.said
    number, at = (0, None) if post is None else (post.message_id, post.edited_at)
    said = Said(by=action.doer, post=number, text=action.text[:LONGEST], edited_at=at)
    return with_(case, texts=with_said(case.data.texts, said))


def adds_words(case: Thing, action: Act, _now: datetime) -> bool:
    """Whether there is more to it than before: a slip that is mended says no reason."""
    return has_words(_added(case, action))


def names_reason(case: Thing, action: Act, _now: datetime) -> bool:
    """Whether what is added, or all of it, is a reason."""
    return bool(_named(case, action))


def names_other(case: Thing, action: Act, _now: datetime) -> bool:
    """The one that needs a comment."""
    code = _named(case, action)
    return bool(code) and BY_CODE[code].needs_comment


def pick(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """The post says the reason now."""
    change = edit(case, action, now)
    return Change(data=replace(change.data, code=_named(case, action), picked=True, note=""))


def _named(case: Thing, action: Act) -> str:
    post = action.what.said
    was = "" if post is None else text_of(case.data.texts, post.message_id)
    return reason_in(_more_than(was, action.text)) or reason_in(action.text)


def comment(case: Thing, action: Act, now: datetime) -> Change[Data]:
    """What «другая причина» was asked for stands in the post now."""
    change = edit(case, action, now)
    return Change(data=replace(change.data, note=_added(case, action)[:LONGEST]))


def _added(case: Thing, action: Act) -> str:
    """What the post says of the reason besides what it has said until now."""
    post = action.what.said
    was = "" if post is None else text_of(case.data.texts, post.message_id)
    return _OTHER.sub("", _more_than(was, action.text), count=1)


def _more_than(was: str, text: str) -> str:
    if was not in text:
        return ""
    return " ".join(text.replace(was, "", 1).split()) if was else text
