"""Cases, the posts that they took in, their messages and their history."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, bindparam, func, insert, or_, select, update

from storage import tables as t
from storage.errors import Stale
from storage.near import Linked
from storage.upsert import upsert


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


# The statements of every round are built once: building one takes longer than running it.
_C, _M = t.cases.c, t.messages.c
_GET = select(t.cases).where(_C.id == bindparam("case"))
_SAVE = (
    update(t.cases)
    .where(_C.id == bindparam("case"), _C.version == bindparam("read"))
    .values(
        state=bindparam("state"),
        lead=bindparam("lead"),
        data=bindparam("data"),
        round=bindparam("round"),
        closed_at=bindparam("closed_at"),
        version=bindparam("version"),
    )
    .returning(t.cases)
)
_CARD = select(t.messages).where(
    _M.case_id == bindparam("case"), _M.kind == "card", _M.current.is_(True)
)
_SHOWN_IN = select(
    select(_M.message_id)
    .where(_M.case_id == bindparam("case"), _M.kind == "card", _M.current.is_(True))
    .limit(1)
    .scalar_subquery(),
    select(t.digest_places.c.message_id)
    .where(t.digest_places.c.case_id == bindparam("case"))
    .scalar_subquery(),
)
_REMEMBER = insert(t.history)
_OF_POST = select(t.posts.c.case_id).where(
    t.posts.c.chat_id == bindparam("chat"),
    t.posts.c.message_id == bindparam("message"),
    t.posts.c.ref == bindparam("ref"),
)


class Cases:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection

    async def lock_chat(self, chat_id: int) -> None:
        """Let nobody else decide in this chat until the transaction ends.

        SQLite's writers queue up anyway (BEGIN IMMEDIATE).
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(select(func.pg_advisory_xact_lock(chat_id)))

    async def get(self, case_id: int) -> CaseRow | None:
        """The case, or None."""
        row = await self._connection.execute(_GET, {"case": case_id})
        return _case(row.mappings().one_or_none())

    async def locked(self, case_id: int) -> CaseRow | None:
        """The case, with its chat locked; None: there is none."""
        case = await self.get(case_id)
        if case is None or self._connection.dialect.name != "postgresql":
            return case
        await self.lock_chat(case.chat_id)
        # Again: somebody may have decided while we waited for the lock.
        return await self.get(case_id)

    async def shown_in(self, case_id: int) -> tuple[int | None, int | None]:
        """Message ids of the card, and of the digest, that show the case."""
        found = await self._connection.execute(_SHOWN_IN, {"case": case_id})
        card, digest = found.one()
        return card, digest

    async def add(self, **values: Any) -> CaseRow:
        """A new case; `values` are the columns."""
        row = await self._connection.execute(insert(t.cases).values(**values).returning(t.cases))
        return CaseRow(**row.mappings().one())

    async def save(
        self,
        case: CaseRow,
        *,
        state: str,
        lead: str | None = None,
        data: dict[str, Any] | None = None,
        round_: int | None = None,
        closed_at: datetime | None = None,
    ) -> CaseRow:
        """Change the case that was read, if nobody has changed it since; None: as it was.

        `closed_at` None: the case is open.

        Raises:
            Stale: somebody has.
        """
        row = await self._connection.execute(
            _SAVE,
            {
                "case": case.id,
                "read": case.version,
                "version": case.version + 1,
                "state": state,
                "lead": case.lead if lead is None else lead,
                "data": case.data if data is None else data,
                "round": case.round if round_ is None else round_,
                "closed_at": closed_at,
            },
        )
        saved = _case(row.mappings().one_or_none())
        if saved is None:
            raise Stale(f"case {case.id}")
        return saved

    async def of_post(self, chat_id: int, message_id: int, ref: str) -> int | None:
        """The id of the case that has taken this post in."""
        found: int | None = await self._connection.scalar(
            _OF_POST, {"chat": chat_id, "message": message_id, "ref": ref}
        )
        return found

    async def any_of_post(self, chat_id: int, message_id: int) -> int | None:
        """The id of the one case that this post is about; None for none or several."""
        p = t.posts.c
        found = await self._connection.scalars(
            select(p.case_id).where(p.chat_id == chat_id, p.message_id == message_id).limit(2)
        )
        ids = found.all()
        return ids[0] if len(ids) == 1 else None

    async def take_post(self, chat_id: int, message_id: int, ref: str, case_id: int) -> None:
        """Note that the case has taken this post in."""
        await self._connection.execute(
            insert(t.posts).values(chat_id=chat_id, message_id=message_id, ref=ref, case_id=case_id)
        )

    async def is_here(self, case: CaseRow, message_id: int) -> bool:
        """Whether a post or a message about this lead has that number in the case's chat.

        A group that became a supergroup has begun its numbers anew: there they mean others' words.
        A case that another chat opened here has a number below 0: no message.
        """
        if message_id <= 0:
            return False
        c, p, m = t.cases.c, t.posts.c, t.messages.c
        same = or_(c.id == case.id, and_(c.lead == case.lead, c.lead != ""))
        ids = select(c.id).where(same, c.chat_id == case.chat_id)
        for about in (
            select(p.case_id).where(
                p.chat_id == case.chat_id, p.message_id == message_id, p.case_id.in_(ids)
            ),
            select(m.case_id).where(
                m.chat_id == case.chat_id, m.message_id == message_id, m.case_id.in_(ids)
            ),
        ):
            if await self._connection.scalar(about.limit(1)) is not None:
                return True
        return False

    async def latest_of_lead(
        self, chat_id: int, topic_id: int, flow: str, lead: str, *, is_open: bool, but: int = 0
    ) -> CaseRow | None:
        """The newest case of a lead (by its id or as it was pasted) that is open, or closed."""
        c = t.cases.c
        row = await self._connection.execute(
            select(t.cases)
            .where(
                c.chat_id == chat_id,
                c.topic_id == topic_id,
                c.flow == flow,
                or_(c.lead == lead, c.ref == lead),
                c.closed_at.is_(None) if is_open else c.closed_at.is_not(None),
                c.id != but,
            )
            .order_by(c.id.desc())
            .limit(1)
        )
        return _case(row.mappings().one_or_none())

    async def open_about(
        self, chat_id: int, topic_id: int, flow: str, about: str
    ) -> CaseRow | None:
        """The open case of the chat about that (`tables.cases.about`)."""
        c = t.cases.c
        row = await self._connection.execute(
            select(t.cases).where(
                c.chat_id == chat_id,
                c.topic_id == topic_id,
                c.flow == flow,
                c.about == about,
                c.closed_at.is_(None),
            )
        )
        return _case(row.mappings().one_or_none())

    async def around(
        self, chat_id: int, topic_id: int, flow: str, *, since: datetime
    ) -> list[CaseRow]:
        """The chat's open cases and those that closed since then, the oldest first."""
        c = t.cases.c
        rows = await self._connection.execute(
            select(t.cases)
            .where(
                c.chat_id == chat_id,
                c.topic_id == topic_id,
                c.flow == flow,
                or_(c.closed_at.is_(None), c.closed_at > since),
            )
            .order_by(c.id)
        )
        return [CaseRow(**row) for row in rows.mappings()]

    async def posters(self, flow: str, states: Collection[str]) -> frozenset[int]:
        """Who has an open case of that flow in one of these states, in whatever chat."""
        c = t.cases.c
        found = await self._connection.scalars(
            select(c.poster_id).where(
                c.flow == flow, c.state.in_(list(states)), c.closed_at.is_(None)
            )
        )
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
        c = t.cases.c
        found = await self._connection.scalars(
            select(c.id).where(c.chat_id == chat_id, c.closed_at.is_(None)).order_by(c.id)
        )
        return list(found)

    async def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: its cases go along."""
        await self._connection.execute(
            update(t.cases).where(t.cases.c.chat_id == old).values(chat_id=new)
        )

    # --- history --------------------------------------------------------------------------------

    async def remember(self, row: HistoryRow) -> None:
        """Add what happened. Never changed, never taken away."""
        await self._connection.execute(
            _REMEMBER, {name: getattr(row, name) for name in HistoryRow.__slots__}
        )

    async def answer_given(
        self, case_id: int, actor_id: int, action: str, round_: int
    ) -> str | None:
        """The answer that this person got for the same action, if he has done it already."""
        h = t.history.c
        found: str | None = await self._connection.scalar(
            select(h.answer)
            .where(
                h.case_id == case_id,
                h.actor_id == actor_id,
                h.action == action,
                h.round == round_,
            )
            .order_by(h.id.desc())
            .limit(1)
        )
        return found

    async def history(self, case_id: int) -> list[HistoryRow]:
        """All that happened to a case, oldest first."""
        rows = await self._connection.execute(
            select(*(t.history.c[name] for name in HistoryRow.__slots__))
            .where(t.history.c.case_id == case_id)
            .order_by(t.history.c.id)
        )
        return [HistoryRow(**row) for row in rows.mappings()]

    # --- the bot's messages ---------------------------------------------------------------------

    async def card(self, case_id: int) -> MessageRow | None:
        """The card that is edited now, or None where none was sent yet."""
        row = await self._connection.execute(_CARD, {"case": case_id})
        found = row.mappings().first()
        return None if found is None else MessageRow(**found)

    async def message(self, chat_id: int, message_id: int) -> MessageRow | None:
        """What the bot's message is about."""
        m = t.messages.c
        row = await self._connection.execute(
            select(t.messages).where(m.chat_id == chat_id, m.message_id == message_id)
        )
        found = row.mappings().one_or_none()
        return None if found is None else MessageRow(**found)

    async def note_message(self, row: MessageRow) -> None:
        """Note a message that was sent. A new card makes the earlier one a stray.

        A press may be quicker than the note of the card that it was on, and then notes it itself:
        what is noted last holds.
        """
        if row.kind == "card":
            await self.forget_card(row.case_id)
        values = {name: getattr(row, name) for name in MessageRow.__slots__}
        await upsert(self._connection, t.messages, ("chat_id", "message_id"), values)

    async def note_shown(self, chat_id: int, message_id: int, shown: str) -> None:
        """Note what a card shows after an edit."""
        m = t.messages.c
        await self._connection.execute(
            update(t.messages)
            .where(m.chat_id == chat_id, m.message_id == message_id)
            .values(shown=shown)
        )

    async def forget_card(self, case_id: int) -> None:
        """The card is gone or out of reach: the next one is sent anew."""
        m = t.messages.c
        await self._connection.execute(
            update(t.messages)
            .where(m.case_id == case_id, m.kind == "card", m.current.is_(True))
            .values(current=False)
        )


def _case(row: RowMapping | None) -> CaseRow | None:
    return None if row is None else CaseRow(**row)
