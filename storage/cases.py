"""Cases, the posts that they took in, their messages and their history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, union_all, update

from storage import tables as t
from storage.errors import Stale
from storage.near import Linked
from storage.together import Change, together
from storage.upsert import insert_for, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case as it is kept. `data` is the flow's own, as JSON; times are aware UTC.

    Attributes:
        ref: what the post named ("" where it named no lead); `lead` is the CRM's canonical id.
        round: grows when a case is reopened. version: for compare-and-set only.
        closed_at: None while the case is open.
    """

    id: int
    flow: str
    chat_id: int
    topic_id: int
    message_id: int
    ref: str
    lead: str
    about: str
    state: str
    round: int
    version: int
    data: dict[str, Any]
    poster_id: int
    poster_name: str
    posted_at: datetime
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One thing that happened to a case."""

    case_id: int
    at: datetime
    actor_id: int | None
    actor_name: str
    action: str
    round: int
    from_state: str
    to_state: str
    text: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A message of the bot that speaks of a case."""

    chat_id: int
    message_id: int
    case_id: int
    kind: str
    current: bool
    shown: str


# Statements are built once: building one takes longer than running it.
_C, _M, _P, _H, _D = t.cases.c, t.messages.c, t.posts.c, t.history.c, t.digest_places.c
_LOCK = select(func.pg_advisory_xact_lock(bindparam("chat")))
_CASE: Any = bindparam("case")
_CHAT: Any = bindparam("chat")
_MESSAGE: Any = bindparam("message")

_IS_ITS_CARD = and_(_M.case_id == _CASE, _M.kind == "card", _M.current.is_(True))
_CARD = select(t.messages).where(_IS_ITS_CARD)
# Whether the post that opened it is in its chat: a group that became a supergroup has others there.
_POST_IS_HERE = (
    exists()
    .where(_P.chat_id == _C.chat_id, _P.message_id == _C.message_id, _P.case_id == _C.id)
    .correlate(t.cases)
)
# The case, then what shows it: its card, and the digest that it stands in.
_GET = (
    select(t.cases, t.messages, _D.message_id.label("digest"), _POST_IS_HERE)
    .join_from(t.cases, t.messages, _IS_ITS_CARD, isouter=True)
    .join(t.digest_places, _D.case_id == _C.id, isouter=True)
    .where(_C.id == _CASE)
)
# PostgreSQL: the chat's lock comes with the row (the projection), the row's own lock after it; and
# who has waited is given the row's newest version (READ COMMITTED). One statement instead of three.
# The row's lock lets foreign keys refer to it: a card is noted while somebody decides.
_LOCKED = _GET.add_columns(func.pg_advisory_xact_lock(_C.chat_id)).with_for_update(
    of=t.cases, key_share=True
)
_SAVE = (
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
)
_ADD = insert(t.cases).returning(_C.id)
_REMEMBER = insert(t.history).values(
    {_H[name]: bindparam(f"then_{name}", type_=_H[name].type) for name in HistoryRow.__slots__}
)
_TAKE_POST = insert(t.posts).values(
    chat_id=_CHAT, message_id=_MESSAGE, ref=bindparam("ref"), case_id=_CASE
)
_OF_POST = select(_P.case_id).where(
    _P.chat_id == _CHAT, _P.message_id == _MESSAGE, _P.ref == bindparam("ref")
)
# What the chat runs, and what the post is already: one row at least where it runs something.
_POSTED = (
    select(t.bindings.c.flow, _P.ref, _P.case_id)
    .join_from(
        t.bindings,
        t.posts,
        and_(_P.chat_id == t.bindings.c.chat_id, _P.message_id == _MESSAGE),
        isouter=True,
    )
    .where(t.bindings.c.chat_id == _CHAT, t.bindings.c.topic_id == bindparam("topic"))
)
_ANY_OF_POST = select(_P.case_id).where(_P.chat_id == _CHAT, _P.message_id == _MESSAGE).limit(2)
_OF_MESSAGE = select(t.messages).where(_M.chat_id == _CHAT, _M.message_id == _MESSAGE)
# Whether that number is a post or a message about the case, or about another case of its lead.
_SAME_LEAD = (
    select(_C.id)
    .where(
        _C.chat_id == _CHAT,
        or_(_C.id == _CASE, and_(_C.lead == bindparam("lead"), _C.lead != "")),
    )
    .scalar_subquery()
)
_IS_HERE = union_all(
    select(_P.case_id).where(
        _P.chat_id == _CHAT, _P.message_id == _MESSAGE, _P.case_id.in_(_SAME_LEAD)
    ),
    select(_M.case_id).where(
        _M.chat_id == _CHAT, _M.message_id == _MESSAGE, _M.case_id.in_(_SAME_LEAD)
    ),
).limit(1)
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
_OPEN_ABOUT = select(t.cases).where(
    _IN_CHAT, _C.about == bindparam("about"), _C.closed_at.is_(None)
)
_AROUND = (
    select(t.cases)
    .where(_IN_CHAT, or_(_C.closed_at.is_(None), _C.closed_at > bindparam("since")))
    .order_by(_C.id)
)
_POSTERS = select(_C.poster_id).where(
    _C.flow == bindparam("flow"),
    _C.state.in_(bindparam("states", expanding=True)),
    _C.closed_at.is_(None),
)
_FORGET_CARD = update(t.messages).where(_IS_ITS_CARD).values(current=False)
_NOTE_SHOWN = (
    update(t.messages)
    .where(_M.chat_id == _CHAT, _M.message_id == _MESSAGE)
    .values(shown=bindparam("now_shown"))
)
_ANSWER_GIVEN = (
    select(_H.answer)
    .where(
        _H.case_id == _CASE,
        _H.actor_id == bindparam("actor"),
        _H.action == bindparam("action"),
        _H.round == bindparam("round"),
    )
    .order_by(_H.id.desc())
    .limit(1)
)
# Rows are read by position: the tables' columns stand in the order of the dataclasses' fields.
_CASE_FIELDS, _MESSAGE_FIELDS = tuple(t.cases.c.keys()), tuple(t.messages.c.keys())
_CASE_WIDTH, _MESSAGE_WIDTH = len(_CASE_FIELDS), len(_MESSAGE_FIELDS)


class Cases:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection
        # What shows the cases that this transaction has read: (card, digest).
        self._shown: dict[int, tuple[MessageRow | None, int | None]] = {}
        self._post_is_here: dict[int, bool] = {}

    async def lock_chat(self, chat_id: int) -> None:
        """Let nobody else decide in this chat until the transaction ends.

        SQLite's writers queue up anyway (BEGIN IMMEDIATE).
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(_LOCK, {"chat": chat_id})

    async def get(self, case_id: int) -> CaseRow | None:
        """The case, or None."""
        return await self._read(_GET, case_id)

    async def locked(self, case_id: int) -> CaseRow | None:
        """The case, with its chat locked; None: there is none."""
        is_postgresql = self._connection.dialect.name == "postgresql"
        return await self._read(_LOCKED if is_postgresql else _GET, case_id)

    async def _read(self, statement: Any, case_id: int) -> CaseRow | None:
        found = (await self._connection.execute(statement, {"case": case_id})).first()
        if found is None:
            return None
        card, end = None, _CASE_WIDTH + _MESSAGE_WIDTH
        if found[_CASE_WIDTH] is not None:
            card = MessageRow(**dict(zip(_MESSAGE_FIELDS, found[_CASE_WIDTH:end], strict=True)))
        self._shown[case_id] = card, found[end]
        self._post_is_here[case_id] = found[end + 1]
        return _case(found)

    def look_again(self, case_id: int) -> None:
        """What shows the case may have changed: `shown_in` reads it anew."""
        self._shown.pop(case_id, None)

    async def shown_in(self, case_id: int) -> tuple[MessageRow | None, int | None]:
        """The card, and the message id of the digest, that show the case."""
        if case_id not in self._shown:
            await self.get(case_id)
        return self._shown.get(case_id, (None, None))

    async def add(self, **values: Any) -> CaseRow:
        """A new case; `values` are the columns."""
        case_id: int = await self._connection.scalar(_ADD, values)
        self._shown[case_id] = None, None
        return CaseRow(id=case_id, round=1, version=1, **values)

    async def save(
        self,
        case: CaseRow,
        *,
        state: str,
        lead: str | None = None,
        data: dict[str, Any] | None = None,
        round_: int | None = None,
        closed_at: datetime | None = None,
        then: HistoryRow | None = None,
    ) -> CaseRow:
        """Change the case that was read, if nobody has changed it since; None: as it was.

        `closed_at` None: the case is open. `then` is remembered with it.

        Raises:
            Stale: somebody has.
        """
        saved = replace(
            case,
            version=case.version + 1,
            state=state,
            lead=case.lead if lead is None else lead,
            data=case.data if data is None else data,
            round=case.round if round_ is None else round_,
            closed_at=closed_at,
        )
        change = (
            _SAVE,
            {
                "case_is": case.id,
                "read": case.version,
                "version": saved.version,
                "state": saved.state,
                "lead": saved.lead,
                "data": saved.data,
                "round": saved.round,
                "closed_at": saved.closed_at,
            },
        )
        if then is None:
            changed = await self._connection.execute(*change)
        else:
            changed = await together(self._connection, change, _remembering(then))
        if not changed.rowcount:
            raise Stale(f"case {case.id}")
        return saved

    async def of_post(self, chat_id: int, message_id: int, ref: str) -> int | None:
        """The id of the case that has taken this post in."""
        found: int | None = await self._connection.scalar(
            _OF_POST, {"chat": chat_id, "message": message_id, "ref": ref}
        )
        return found

    async def posted(
        self, chat_id: int, topic_id: int, message_id: int
    ) -> tuple[str | None, dict[str, int]]:
        """The flow that a post's chat runs (None: none), and the post's cases so far, by `ref`."""
        where = {"chat": chat_id, "topic": topic_id, "message": message_id}
        rows = (await self._connection.execute(_POSTED, where)).all()
        flow: str | None = rows[0][0] if rows else None
        return flow, {ref: case_id for _, ref, case_id in rows if case_id is not None}

    async def any_of_post(self, chat_id: int, message_id: int) -> int | None:
        """The id of the one case that this post is about; None for none or several."""
        where = {"chat": chat_id, "message": message_id}
        ids = (await self._connection.scalars(_ANY_OF_POST, where)).all()
        return ids[0] if len(ids) == 1 else None

    async def take_post(
        self,
        chat_id: int,
        message_id: int,
        ref: str,
        case_id: int,
        *,
        then: HistoryRow | None = None,
    ) -> None:
        """Note that the case has taken this post in; `then` is remembered with it."""
        taking = {"chat": chat_id, "message": message_id, "ref": ref, "case": case_id}
        if then is None:
            await self._connection.execute(_TAKE_POST, taking)
        else:
            await together(self._connection, (_TAKE_POST, taking), _remembering(then))

    async def numbered(self, number: str, lead: str) -> None:
        """Note the numeric id of a lead that was read: it is found by either."""
        await upsert(self._connection, t.lead_numbers, ["number"], {"number": number, "lead": lead})

    async def is_here(self, case: CaseRow, message_id: int) -> bool:
        """Whether a post or a message about this lead has that number in the case's chat.

        A group that became a supergroup has begun its numbers anew: there they mean others' words.
        A case that another chat opened here has a number below 0: no message.
        """
        if message_id <= 0:
            return False
        if message_id == case.message_id and self._post_is_here.get(case.id, False):
            return True
        where = {"chat": case.chat_id, "message": message_id, "case": case.id, "lead": case.lead}
        return (await self._connection.execute(_IS_HERE, where)).first() is not None

    async def latest_of_lead(
        self, chat_id: int, topic_id: int, flow: str, lead: str, *, but: int = 0
    ) -> CaseRow | None:
        """The lead's open case, else its newest; the lead by its id or as it was pasted."""
        return await self._one(
            _LATEST_OF_LEAD,
            {"chat": chat_id, "topic": topic_id, "flow": flow, "lead": lead, "but": but},
        )

    async def open_about(
        self, chat_id: int, topic_id: int, flow: str, about: str
    ) -> CaseRow | None:
        """The open case of the chat about that (`tables.cases.about`)."""
        return await self._one(
            _OPEN_ABOUT, {"chat": chat_id, "topic": topic_id, "flow": flow, "about": about}
        )

    async def _one(self, statement: Any, where: dict[str, Any]) -> CaseRow | None:
        found = (await self._connection.execute(statement, where)).first()
        return None if found is None else _case(found)

    async def around(
        self, chat_id: int, topic_id: int, flow: str, *, since: datetime
    ) -> list[CaseRow]:
        """The chat's open cases and those that closed since then, the oldest first."""
        where = {"chat": chat_id, "topic": topic_id, "flow": flow, "since": since}
        return [_case(row) for row in await self._connection.execute(_AROUND, where)]

    async def posters(self, flow: str, states: Collection[str]) -> frozenset[int]:
        """Who has an open case of that flow in one of these states, in whatever chat."""
        found = await self._connection.scalars(_POSTERS, {"flow": flow, "states": list(states)})
        return frozenset(found)

    async def has_posted(self, user_id: int) -> bool:
        """Whether he has ever opened a case."""
        found = await self._connection.scalar(
            select(t.cases.c.id).where(t.cases.c.poster_id == user_id).limit(1)
        )
        return found is not None

    async def all_open(self, *, most: int) -> list[CaseRow]:
        """The open cases of all chats, the oldest first."""
        rows = await self._connection.execute(
            select(t.cases).where(t.cases.c.closed_at.is_(None)).order_by(t.cases.c.id).limit(most)
        )
        return [CaseRow(**row) for row in rows.mappings()]

    async def open_in_chat(self, chat_id: int) -> list[int]:
        """Ids of the chat's open cases."""
        found = await self._connection.scalars(
            select(_C.id).where(_C.chat_id == chat_id, _C.closed_at.is_(None)).order_by(_C.id)
        )
        return list(found)

    async def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: its cases go along."""
        await self._connection.execute(update(t.cases).where(_C.chat_id == old).values(chat_id=new))

    # --- history --------------------------------------------------------------------------------

    async def remember(self, row: HistoryRow) -> None:
        """Add what happened. Never changed, never taken away."""
        await self._connection.execute(*_remembering(row))

    async def answer_given(
        self, case_id: int, actor_id: int, action: str, round_: int
    ) -> str | None:
        """The answer that this person got for the same action, if he has done it already."""
        where = {"case": case_id, "actor": actor_id, "action": action, "round": round_}
        found: str | None = await self._connection.scalar(_ANSWER_GIVEN, where)
        return found

    async def history(self, case_id: int) -> list[HistoryRow]:
        """All that happened to a case, oldest first."""
        rows = await self._connection.execute(
            select(*(_H[name] for name in HistoryRow.__slots__))
            .where(_H.case_id == case_id)
            .order_by(_H.id)
        )
        return [HistoryRow(**row) for row in rows.mappings()]

    # --- the bot's messages ---------------------------------------------------------------------

    async def card(self, case_id: int) -> MessageRow | None:
        """The card that is edited now, or None where none was sent yet. Read anew at each call."""
        return _message((await self._connection.execute(_CARD, {"case": case_id})).first())

    async def message(self, chat_id: int, message_id: int) -> MessageRow | None:
        """What the bot's message is about."""
        where = {"chat": chat_id, "message": message_id}
        return _message((await self._connection.execute(_OF_MESSAGE, where)).first())

    async def note_message(self, row: MessageRow) -> None:
        """Note a message that was sent. A card makes the case's earlier one a stray: forget that.

        A press may be quicker than the note of the card that it was on, and then notes it itself:
        what is noted last holds.
        """
        self.look_again(row.case_id)
        await self._connection.execute(*self.noting(row))

    def noting(self, row: MessageRow) -> Change:
        """The change that notes a notice that was sent."""
        return _noting(self._connection.dialect.name), _its(row)

    def noting_first_card(self, row: MessageRow) -> Change:
        """The change that notes a card that was sent, unless the case has one by now."""
        self.look_again(row.case_id)
        return _noting_first(self._connection.dialect.name), {**_its(row), "case": row.case_id}

    def noting_look(self, row: MessageRow) -> Change:
        """The change that notes what a card shows after an edit."""
        where = {"chat": row.chat_id, "message": row.message_id}
        return _NOTE_SHOWN, {**where, "now_shown": row.shown}

    async def forget_card(self, case_id: int) -> None:
        """The card is gone or out of reach: the next one is sent anew."""
        self.look_again(case_id)
        await self._connection.execute(_FORGET_CARD, {"case": case_id})


def _remembering(row: HistoryRow) -> Change:
    return _REMEMBER, {f"then_{name}": getattr(row, name) for name in HistoryRow.__slots__}


_ITS = {one.name: bindparam(f"its_{one.name}", type_=one.type) for one in _M}


def _its(row: MessageRow) -> dict[str, Any]:
    return {f"its_{name}": getattr(row, name) for name in _MESSAGE_FIELDS}


@cache
def _noting(dialect: str) -> Any:
    fresh = insert_for(dialect)(t.messages).values(_ITS)
    keys = ("chat_id", "message_id")
    others = {name: fresh.excluded[name] for name in _MESSAGE_FIELDS if name not in keys}
    return fresh.on_conflict_do_update(index_elements=keys, set_=others)


@cache
def _noting_first(dialect: str) -> Any:
    given = select(*_ITS.values()).where(~exists().where(_IS_ITS_CARD))
    fresh = insert_for(dialect)(t.messages).from_select(_MESSAGE_FIELDS, given)
    return fresh.on_conflict_do_nothing()


def _case(found: Sequence[Any]) -> CaseRow:
    return CaseRow(**dict(zip(_CASE_FIELDS, found, strict=False)))


def _message(found: Sequence[Any] | None) -> MessageRow | None:
    return None if found is None else MessageRow(**dict(zip(_MESSAGE_FIELDS, found, strict=True)))
