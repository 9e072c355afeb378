"""The statements of the outbox, built once: building one takes longer than running it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)

from storage import tables as t
from storage.db import UtcDateTime
from storage.prepared import Prepared
from storage.turns import CHANNEL
from storage.upsert import insert_for

_O = t.outbox.c
_P = t.outbox.alias("p").c
_BEFORE = t.cases.alias("before").c
#: What a leased row is read from, in this order.
COLUMNS = (
    _O.id,
    _O.case_id,
    _O.destination,
    _O.lane,
    _O.kind,
    _O.payload,
    _O.priority,
    _O.revision,
    _O.attempts,
    _O.created_at,
    _O.due_at,
    _O.sent_at,
)
# A literal, no parameter: only then can the engines use the partial indexes of what is pending.
IS_PENDING: Any = literal_column("'pending'")
_PENDING = _O.state == IS_PENDING
_NOW = bindparam("now", type_=UtcDateTime())
_UNTIL = bindparam("until", type_=UtcDateTime())
_BY = bindparam("by", type_=String())

_SAME = _O.revision == bindparam("seen")
# A replica that slept over its lease speaks late: the row is another's by then. (Of Telegram's rows
# the revision tells; they count their tries anew when they are wanted again.)
_MINE = and_(
    _O.id == bindparam("row"),
    _PENDING,
    or_(_O.destination != literal_column("'crm'"), _O.attempts == bindparam("tries")),
)
#: Kinds whose deliverer notes before each try but the first that it sends (`Outbox.sends`).
_NOTED = ("set_disposition", "pin_refusal", "set_manager")


def may_have_gone(ended: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of leased rows whose lease has `ended`: whoever had them may have sent them until now.

    Of a kind whose deliverer notes that before he sends, it is known: but of the first try.
    """
    return and_(ended, or_(_O.attempts <= 1, _O.kind.not_in(_NOTED)))


#: The row's deliverer is about to send it.
SENDS = Prepared(update(t.outbox).where(_MINE).values(sent_at=_NOW))
# Done; or free again, where it was wanted once more meanwhile: which of the two.
_DONE = (
    update(t.outbox)
    .where(_MINE)
    .values(
        state=case((_SAME, "done"), else_="pending"),
        done_at=case((_SAME, _NOW), else_=None),
        leased_until=None,
        # An earlier try may still take effect.
        sent_at=bindparam("sent", type_=UtcDateTime()),
    )
    .returning(_O.state)
)
DONE, DONE_OR_STALE = Prepared(_DONE), Prepared(_DONE, must=True)
LATER = Prepared(
    update(t.outbox)
    .where(_MINE)
    .values(
        leased_until=None,
        error=bindparam("why"),
        # No try was made: the pause after a failure counts those. Never 0 again: it was put off.
        attempts=case(
            (and_(bindparam("why", type_=String()) == "", _O.attempts > 1), _O.attempts - 1),
            else_=_O.attempts,
        ),
        sent_at=bindparam("sent", type_=UtcDateTime()),
        # Wanted again meanwhile: its own time holds.
        due_at=case((_SAME, bindparam("at", type_=UtcDateTime())), else_=_O.due_at),
    )
)
DEAD = Prepared(
    update(t.outbox)
    .where(_MINE)
    .values(
        sent_at=bindparam("sent", type_=UtcDateTime()),
        state=case((_SAME, "dead"), else_="pending"),
        done_at=case((_SAME, _NOW), else_=None),
        leased_until=None,
        error=bindparam("why"),
    )
)
DROP = Prepared(
    update(t.outbox)
    .where(_O.id == bindparam("row"), _PENDING)
    .values(state="done", done_at=_NOW, leased_until=None)
)
ONCE_MORE = Prepared(
    update(t.outbox).where(_O.once == bindparam("only"), _PENDING).values(revision=_O.revision + 1)
)
_WAITS = and_(_PENDING, _O.leased_until.is_(None))
TAKE_BACK = Prepared(
    update(t.outbox)
    .where(_O.once.in_([bindparam("this"), bindparam("other")]))
    .values(
        # Not to be found again; the key of a row is nobody else's.
        once=_O.once + ":" + cast(_O.id, Text),
        state=case((_WAITS, "done"), else_=_O.state),
        done_at=case((_WAITS, _NOW), else_=_O.done_at),
    )
    .returning(_O.id, _O.payload)
)
IS_THERE = Prepared(select(_O.id).where(_O.once == bindparam("only")), reads=True)
# Since when the CRM is asked about the case, and has not answered: first tries alone.
_ASKED = select(func.max(_P.created_at)).where(
    _P.case_id == bindparam("case"),
    _P.destination == "crm",
    _P.state == IS_PENDING,
    _P.error == "",
)
LATEST_QUESTION = Prepared(_ASKED, reads=True)
#: What the answer to a row of the CRM must know: whether the row is still its deliverer's; since
#: when the CRM is asked something else about the case; in which lane something of the case's is
#: held back for the CRM (NULL: nothing is; "": its card alone). And whether the last two are to be
#: believed: whoever had to wait for the case sees it as it is now, and all else as it was before.
AROUND_AN_ANSWER = (
    exists().where(_MINE).label("mine"),
    (
        select(_BEFORE.version).where(_BEFORE.id == bindparam("case")).scalar_subquery()
        == t.cases.c.version
    ).label("is_now"),
    _ASKED.where(_P.id != bindparam("row")).scalar_subquery().label("asked"),
    select(func.max(case((_P.kind == "card", ""), else_=_P.lane)))
    .where(
        _P.case_id == bindparam("case"),
        _P.destination == "telegram",
        _P.state == IS_PENDING,
        _P.attempts == 0,
        _P.due_at > _NOW,
    )
    .scalar_subquery()
    .label("held_back"),
)
_FALLS_DUE = func.coalesce(_O.leased_until, _O.due_at)
NEXT_DUE = Prepared(
    select(func.min(_FALLS_DUE), func.min(case((_FALLS_DUE > _NOW, _FALLS_DUE)))).where(
        _O.destination == bindparam("destination"), _PENDING
    ),
    reads=True,
)
# PostgreSQL.
CALL = Prepared(select(func.pg_notify(CHANNEL, bindparam("destination", type_=String()))))


#: Another row of the lane (telegram) is on its way, or could be.
_GOES_NOW = or_(_P.due_at <= _NOW, _P.leased_until > _NOW)


#: What an inserted row is given.
WANTED = (
    "case_id",
    "destination",
    "lane",
    "kind",
    "payload",
    "priority",
    "due_at",
    "created_at",
    "once",
)


@cache
def wants(dialect: str, destination: str, *, again: bool, at_once: bool) -> Prepared:
    """Insert a row; one of the same `once` that is there is left alone, or wanted again.

    at_once: lease it, if nothing else of its lane goes first; `attempts` is 1 then.
    """
    fresh = insert_for(dialect)(t.outbox).values(
        {name: bindparam(name, type_=_O[name].type) for name in WANTED}
    )
    new = fresh.excluded
    lease: dict[str, Any] = {}
    if at_once:
        once = bindparam("only", type_=String())
        # A lead's rows keep their order: one that waits for its next try holds the others up.
        others = () if destination == "crm" else (_GOES_NOW,)
        taken = exists().where(
            _P.lane == bindparam("in_lane"),
            _P.state == IS_PENDING,
            or_(_P.once.is_(None), once.is_(None), _P.once != once),
            *others,
        )
        lease = {
            "leased_until": case((taken, null()), else_=_UNTIL),
            "leased_by": case((taken, literal("")), else_=_BY),
            "attempts": case((taken, literal(0)), else_=literal(1)),
        }
        fresh = fresh.values(**lease)
    if not again:
        made = fresh.on_conflict_do_nothing(index_elements=[_O.once])
    else:
        pending = _PENDING
        on_its_way = and_(pending, _O.leased_until > _NOW)
        made = fresh.on_conflict_do_update(
            index_elements=[_O.once],
            set_={
                "state": "pending",
                "lane": new.lane,
                "priority": case(
                    (and_(pending, _O.priority < new.priority), _O.priority), else_=new.priority
                ),
                "revision": _O.revision + 1,
                "created_at": case((pending, _O.created_at), else_=new.created_at),
                # On its way: whoever delivers it keeps it, and it comes again afterwards.
                "attempts": case((on_its_way, 0), else_=new.attempts),
                "leased_until": case((on_its_way, _O.leased_until), else_=new.leased_until),
                "leased_by": case((on_its_way, _O.leased_by), else_=new.leased_by),
                "due_at": new.due_at,
                "error": "",
            },
        )
    return Prepared(made.returning(*COLUMNS) if at_once else made)


@cache
def hurry(*, at_once: bool) -> Prepared:
    """What a case's messages were held back for has come, `but` for one; lease one of a lane."""
    made = update(t.outbox).where(
        _O.case_id == bindparam("case"),
        _O.destination == "telegram",
        _PENDING,
        _O.attempts == 0,
        _O.due_at > _NOW,
        or_(_O.once.is_(None), _O.once != bindparam("but", type_=String())),
    )
    if not at_once:
        return Prepared(made.values(due_at=_NOW).returning(*COLUMNS))
    sibling = and_(_P.case_id == _O.case_id, _P.id < _O.id)
    taken = or_(
        _O.lane != bindparam("in_lane", type_=String()),
        exists().where(
            _P.lane == _O.lane, _P.state == IS_PENDING, _P.id != _O.id, or_(_GOES_NOW, sibling)
        ),
    )
    leased = made.values(
        due_at=_NOW,
        leased_until=case((taken, null()), else_=_UNTIL),
        leased_by=case((taken, literal("")), else_=_BY),
        attempts=case((taken, literal(0)), else_=literal(1)),
    )
    return Prepared(leased.returning(*COLUMNS))


@cache
def leases(dialect: str, destination: str, *, closed_lanes: bool) -> Any:
    """Lease the head of each lane that is due."""
    busy = exists().where(_P.lane == _O.lane, _P.state == IS_PENDING, _P.leased_until > _NOW)
    ahead = [_P.lane == _O.lane, _P.state == IS_PENDING, _P.id != _O.id]
    if destination == "crm":
        # In order per lead, a row that waits for its next try included.
        ahead.append(_P.id < _O.id)
    else:
        ahead.append(_P.due_at <= _NOW)
        ahead.append(
            or_(_P.priority < _O.priority, and_(_P.priority == _O.priority, _P.id < _O.id))
        )
    heads: Select[Any] = (
        select(_O.id)
        .where(
            _O.destination == destination,
            _PENDING,
            _O.due_at <= _NOW,
            # Of the row itself too: PostgreSQL looks at it again, and at it alone, where
            # another worker has leased it since this statement began.
            or_(_O.leased_until.is_(None), _O.leased_until <= _NOW),
            ~busy,
            ~exists().where(*ahead),
        )
        .order_by(_O.priority, _O.id)
        .limit(bindparam("at_most", type_=Integer()))
    )
    if closed_lanes:
        heads = heads.where(_O.lane.not_in(bindparam("closed", expanding=True)))
    if dialect == "postgresql":
        heads = heads.with_for_update(skip_locked=True, of=t.outbox)
    return (
        update(t.outbox)
        .where(_O.id.in_(heads.scalar_subquery()), _PENDING)
        .values(
            leased_until=_UNTIL,
            leased_by=_BY,
            attempts=_O.attempts + 1,
            # A lease that ran out: whoever had it may have sent it until now. It ran out by our
            # clock, and he may be at work by another.
            sent_at=case((may_have_gone(_O.leased_until.is_not(None)), _NOW), else_=_O.sent_at),
        )
        .returning(*COLUMNS)
    )


#: The row's case has a card that is edited when it changes.
HAS_CARD = exists().where(
    t.messages.c.case_id == _O.case_id, t.messages.c.kind == "card", t.messages.c.current.is_(True)
)


def waits_for_first_card(lane: str) -> tuple[Any, ...]:
    """Rows of the lane whose cases have neither a card nor a place in a digest.

    One that was left behind, as a group became a supergroup, is none any more.
    """
    placed = exists().where(t.digest_places.c.case_id == _O.case_id)
    return (_O.lane == lane, _O.state == IS_PENDING, _O.kind == "card", ~HAS_CARD, ~placed)
