"""The statements of cases, posts, history and messages."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage import tables as t
from storage.prepared import Locking, Prepared
from storage.upsert import insert_for

_C, _M, _P, _H, _D = t.cases.c, t.messages.c, t.posts.c, t.history.c, t.digest_places.c
# Rows are read by position: the tables' columns stand in the order of the dataclasses' fields.
CASE_FIELDS, MESSAGE_FIELDS = tuple(t.cases.c.keys()), tuple(t.messages.c.keys())
CASE_WIDTH, MESSAGE_WIDTH = len(CASE_FIELDS), len(MESSAGE_FIELDS)
HISTORY_FIELDS = tuple(one.name for one in _H if one.name != "id")

# What a new case has by itself. (Within a WITH no column gets its default.)
_FRESH: dict[str, Any] = {"round": literal_column("1"), "version": literal_column("1")}
_GIVEN = [name for name in CASE_FIELDS if name not in {"id", *_FRESH}]
LOCK = Prepared(select(func.pg_advisory_xact_lock(bindparam("chat"))))
_CASE: Any = bindparam("case")
_CHAT: Any = bindparam("chat")
_MESSAGE: Any = bindparam("message")

_IS_ITS_CARD = and_(_M.case_id == _CASE, _M.kind == "card", _M.current.is_(True))
CARD = Prepared(select(t.messages).where(_IS_ITS_CARD).order_by(_M.message_id).limit(1), reads=True)
# Whether the post that opened it is in its chat: a group that became a supergroup has others there.
_POST_IS_HERE = (
    exists()
    .where(_P.chat_id == _C.chat_id, _P.message_id == _C.message_id, _P.case_id == _C.id)
    .correlate(t.cases)
)
#: The case, then what shows it: its card, and the digest that it stands in.
CASE_AND_CARD = (
    select(t.cases, t.messages, _D.message_id.label("digest"), _POST_IS_HERE)
    .join_from(t.cases, t.messages, _IS_ITS_CARD, isouter=True)
    .join(t.digest_places, _D.case_id == _C.id, isouter=True)
    .where(_C.id == _CASE)
)
#: Behind these columns others may stand: whether a press was taken, for one.
SHOWN_WIDTH = CASE_WIDTH + MESSAGE_WIDTH + 2
GET = Prepared(CASE_AND_CARD, reads=True)
# PostgreSQL: the chat's lock comes with the row (the projection), the row's own lock after it; and
# who has waited is given the row's newest version (READ COMMITTED). One statement instead of three.
# The row's lock lets foreign keys refer to it: a card is noted while somebody decides.
# Then the lead's, by its id or as it was pasted: whoever leases a write as it is inserted must see
# what another chat's decision has put into that lane. (Keys of two numbers are others than chats'.)
_NONE: Any = literal_column("''")
_ITS_LEAD = func.hashtext(func.coalesce(func.nullif(_C.lead, _NONE), func.nullif(_C.ref, _NONE)))
_FIRST_OF_LEADS: Any = literal_column("1")
# The leads of several cases, always in the same order: two that lock the same ones by this cannot
# wait for each other.
_LEADS = (
    select(
        func.hashtext(func.unnest(bindparam("leads", type_=ARRAY(Text))), type_=Integer).label(
            "key"
        )
    )
    .order_by("key")
    .subquery()
)
LOCK_LEADS = Prepared(select(func.pg_advisory_xact_lock(literal_column("1"), _LEADS.c.key)))


# A lock of a row is written down, and by itself it would be a commit that waits for the disk. This
# is for the transaction that the statement is, which has nothing to lose.
_NO_DISK = func.set_config("synchronous_commit", "off", literal_column("true"))


# Behind the locks: whether they were to be had at once. A statement sees all but the case itself as
# it was when it began, and may have waited for half a minute since.
_AT_ONCE = func.clock_timestamp() < func.statement_timestamp() + literal_column("interval '10 ms'")


def locking(read: Select[Any], *along: Any) -> Locking:
    """Read a case and lock its chat and its lead.

    `along`: columns behind, on PostgreSQL only; `AT_ONCE_BEHIND` columns behind these is whether
    they are as new as the case.
    """
    within = (
        func.pg_advisory_xact_lock(_C.chat_id),
        func.pg_advisory_xact_lock(_FIRST_OF_LEADS, _ITS_LEAD),
        _AT_ONCE,
    )
    # A row that had to be waited for is looked at, and locked, once more: the session lets go of
    # all its locks at once. NULL, a lead that it has not, locks nothing.
    before = (
        func.pg_advisory_lock(_C.chat_id),
        func.pg_advisory_lock(_FIRST_OF_LEADS, _ITS_LEAD),
        _AT_ONCE,
        _NO_DISK,
        _C.chat_id.label("key_of_chat"),
        _ITS_LEAD.label("key_of_lead"),
    )
    far = read.add_columns(*along)
    return Locking(
        plain=Prepared(read, reads=True),
        within=Prepared(far.add_columns(*within).with_for_update(of=t.cases, key_share=True)),
        before=Prepared(far.add_columns(*before).with_for_update(of=t.cases, key_share=True)),
    )


AT_ONCE_BEHIND = 2
LOCKED = locking(CASE_AND_CARD)
SAVE = Prepared(
    update(t.cases)
    .where(_C.id == bindparam("case_is"), _C.version == bindparam("read"))
    .values(
        state=bindparam("state"),
        lead=bindparam("lead"),
        data=bindparam("data"),
        round=bindparam("round"),
        closed_at=bindparam("closed_at"),
        version=bindparam("version"),
    )
    .returning(_C.id),
    must=True,
)
_NEW = _FRESH | {name: bindparam(name, type_=_C[name].type) for name in _GIVEN}
ADD = Prepared(insert(t.cases).values(_NEW).returning(_C.id))
# PostgreSQL: with an id that was asked for before, so that its post, its history and its rows of
# the outbox can go along.
ADD_AS = Prepared(insert(t.cases).values(_NEW | {"id": bindparam("id", type_=_C.id.type)}))
_NEXT = func.nextval(literal_column("'cases_id_seq'"))
NEXT_ID = Prepared(select(_NEXT), reads=True)
_THEN = {name: bindparam(f"then_{name}", type_=_H[name].type) for name in HISTORY_FIELDS}
REMEMBER = Prepared(insert(t.history).values(_THEN))
TAKE_POST = Prepared(
    insert(t.posts).values(chat_id=_CHAT, message_id=_MESSAGE, ref=bindparam("ref"), case_id=_CASE)
)
OF_POST = Prepared(
    select(_P.case_id).where(
        _P.chat_id == _CHAT, _P.message_id == _MESSAGE, _P.ref == bindparam("ref")
    ),
    reads=True,
)
AS_REPLY = Prepared(
    select(_P.ref).where(
        _P.chat_id == _CHAT,
        _P.message_id == _MESSAGE,
        _P.ref.in_([bindparam("this"), bindparam("other")]),
    ),
    reads=True,
)
#: In place of a lead, of a reply that no case has taken.
TALK = "talk"
_IS_TAKEN = _P.ref != literal_column(f"'{TALK}'")
# What the chat runs, and what the post is already: one row at least where it runs something.
POSTED = Prepared(
    select(t.bindings.c.flow, _P.ref, _P.case_id)
    .join_from(
        t.bindings,
        t.posts,
        and_(_P.chat_id == t.bindings.c.chat_id, _P.message_id == _MESSAGE, _IS_TAKEN),
        isouter=True,
    )
    .where(t.bindings.c.chat_id == _CHAT, t.bindings.c.topic_id == bindparam("topic")),
    reads=True,
)
ALL_OF_POST = Prepared(
    select(_P.ref, _P.case_id).where(_P.chat_id == _CHAT, _P.message_id == _MESSAGE, _IS_TAKEN),
    reads=True,
)
OF_MESSAGE = Prepared(
    select(t.messages).where(_M.chat_id == _CHAT, _M.message_id == _MESSAGE), reads=True
)
# Whether that number is a post or a message about the case, or about another case of its lead.
_SAME_LEAD = (
    select(_C.id)
    .where(
        _C.chat_id == _CHAT,
        or_(_C.id == _CASE, and_(_C.lead == bindparam("lead"), _C.lead != "")),
    )
    .scalar_subquery()
)
IS_HERE = Prepared(
    union_all(
        select(_P.case_id).where(
            _P.chat_id == _CHAT, _P.message_id == _MESSAGE, _P.case_id.in_(_SAME_LEAD)
        ),
        select(_M.case_id).where(
            _M.chat_id == _CHAT, _M.message_id == _MESSAGE, _M.case_id.in_(_SAME_LEAD)
        ),
    ).limit(1),
    reads=True,
)
_IN_CHAT = and_(
    _C.chat_id == _CHAT, _C.topic_id == bindparam("topic"), _C.flow == bindparam("flow")
)
_LATEST_OF_LEAD = (
    select(t.cases)
    .where(
        _IN_CHAT,
        or_(_C.lead == bindparam("lead"), _C.ref == bindparam("lead")),
        _C.id != bindparam("but"),
    )
    # The open one, where there is one.
    .order_by(_C.closed_at.is_(None).desc(), _C.id.desc())
    .limit(1)
)
LATEST_OF_LEAD = Prepared(_LATEST_OF_LEAD, reads=True)
# PostgreSQL: and the next case's id, where none is open (people see the numbers: none is drawn in
# vain); always one row.
_OF_LEAD, _ONE = _LATEST_OF_LEAD.subquery("latest"), select(literal_column("1")).subquery("one")
_IS_OPEN = and_(_OF_LEAD.c.id.is_not(None), _OF_LEAD.c.closed_at.is_(None))
LATEST_OF_LEAD_OR_NEXT_ID = Prepared(
    select(*_OF_LEAD.c, case((_IS_OPEN, literal_column("0")), else_=_NEXT)).select_from(
        _ONE.outerjoin(_OF_LEAD, true())
    ),
    reads=True,
)
OPEN_ABOUT = Prepared(
    select(t.cases).where(_IN_CHAT, _C.about == bindparam("about"), _C.closed_at.is_(None)),
    reads=True,
)
AROUND = Prepared(
    select(t.cases)
    .where(_IN_CHAT, or_(_C.closed_at.is_(None), _C.closed_at > bindparam("since")))
    .order_by(_C.id),
    reads=True,
)
POSTERS = select(_C.poster_id).where(
    _C.flow == bindparam("flow"),
    _C.state.in_(bindparam("states", expanding=True)),
    _C.closed_at.is_(None),
)
DROP_CARD = Prepared(
    update(t.messages).where(_M.chat_id == _CHAT, _M.message_id == _MESSAGE).values(current=False)
)
UNNOTE = Prepared(delete(t.messages).where(_M.chat_id == _CHAT, _M.message_id == _MESSAGE))
FORGET_CARD = Prepared(update(t.messages).where(_IS_ITS_CARD).values(current=False))
NOTE_SHOWN = Prepared(
    update(t.messages)
    .where(_M.chat_id == _CHAT, _M.message_id == _MESSAGE)
    .values(shown=bindparam("now_shown"))
)
ANSWER_GIVEN = Prepared(
    select(_H.answer)
    .where(
        _H.case_id == _CASE,
        _H.actor_id == bindparam("actor"),
        _H.action == bindparam("action"),
        _H.round == bindparam("round"),
    )
    .order_by(_H.id.desc())
    .limit(1),
    reads=True,
)
_ITS = {one.name: bindparam(f"its_{one.name}", type_=one.type) for one in _M}


@cache
def remembering_press(dialect: str) -> Prepared:
    """Add to the history, unless the case has taken that press already."""
    fresh = insert_for(dialect)(t.history).values(_THEN)
    return Prepared(fresh.on_conflict_do_nothing().returning(_H.id), must=True)


@cache
def noting_first(dialect: str) -> Prepared:
    """Note a card, unless its case has one."""
    given = select(*_ITS.values()).where(~exists().where(_IS_ITS_CARD))
    fresh = insert_for(dialect)(t.messages).from_select(MESSAGE_FIELDS, given)
    return Prepared(fresh.on_conflict_do_nothing().returning(_M.message_id))
