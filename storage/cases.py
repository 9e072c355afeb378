"""Cases: read, with what shows them, and changed under the lock of their chat."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update

from storage import cases_sql as sql
from storage import tables as t
from storage.history import HistoryRow, remembering, remembering_press
from storage.linked import Linked
from storage.messages import MessageRow, message_of
from storage.prepared import Prepared
from storage.together import Change
from storage.upsert import upserting


class CaseRow(NamedTuple):
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


class Seen(NamedTuple):
    """A case and what shows it, as a transaction read them or left them.

    Attributes:
        card: the message that is edited when the case changes. digest: the message id of one.
        strays: cards besides that one.
        has_post: the post that opened it is in its chat (`Posts.is_here`).
    """

    case: CaseRow
    card: MessageRow | None = None
    digest: int | None = None
    strays: Sequence[MessageRow] = ()
    has_post: bool = False


_C = t.cases.c


class Cases:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked) -> None:
        self._connection = connection
        # The cases that this transaction has read or written, while they are as they were.
        self._seen: dict[int, Seen] = {}
        # The id of the next case that opens, where it is known. PostgreSQL.
        self._next_id = 0

    async def lock_chat(self, chat_id: int) -> None:
        """Let nobody else decide in this chat until the transaction ends.

        SQLite's writers queue up anyway (BEGIN IMMEDIATE).
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.run(sql.LOCK, {"chat": chat_id})

    async def lock_leads(self, leads: Iterable[str]) -> None:
        """Before the cases of several leads are locked one by one, as `locked` does, lock these.

        Another chat may do the same in another order: they would wait for each other. (What locks
        one by one all the same, as an incident that ends with its members, may meet that: after a
        second PostgreSQL ends one of the two, and its update comes again.)
        """
        several = list({lead for lead in leads if lead})
        if len(several) > 1:
            await self._lock_leads(several)

    async def lock_lead(self, lead: str) -> None:
        """A case is about this lead, as it turns out: nobody else decides about it till the end."""
        await self._lock_leads([lead])

    async def _lock_leads(self, leads: Sequence[str]) -> None:
        # SQLite has one writer.
        if self._connection.dialect.name == "postgresql":
            await self._connection.run(sql.LOCK_LEADS, {"leads": leads})

    async def get(self, case_id: int, *, seen: Seen | None = None) -> CaseRow | None:
        """The case, or None. `seen`: as it was a moment ago will do."""
        if seen is not None:
            self._seen[case_id] = seen
            return seen.case
        return self.read((await self._connection.run(sql.GET, {"case": case_id})).rows)

    def seen(self, case_id: int) -> Seen | None:
        """The case as this transaction leaves it, as far as it has read it."""
        return self._seen.get(case_id)

    async def locked(self, case_id: int) -> CaseRow | None:
        """The case, with its chat locked; None: there is none."""
        found = await self._connection.run_locking(sql.LOCKED, {"case": case_id})
        return self.read(found.rows)

    def read(self, rows: Sequence[Sequence[Any]]) -> CaseRow | None:
        """The case of rows that begin as those of `cases_sql.GET`."""
        if not rows:
            return None
        found, end = rows[0], sql.CASE_WIDTH + sql.MESSAGE_WIDTH
        cards = [
            message_of(row[sql.CASE_WIDTH : end]) for row in rows if row[sql.CASE_WIDTH] is not None
        ]
        if len(cards) > 1:
            cards.sort(key=lambda one: one.message_id)
        case = _case(found)
        self._seen[case.id] = Seen(
            case=case,
            card=cards[0] if cards else None,
            digest=found[end],
            strays=cards[1:],
            has_post=found[end + 1],
        )
        return case

    def look_again(self, case_id: int) -> None:
        """What shows the case may have changed: `shown_in` reads it anew."""
        self._seen.pop(case_id, None)

    async def shown_in(self, case_id: int) -> tuple[MessageRow | None, int | None]:
        """The card, and the message id of the digest, that show the case."""
        if case_id not in self._seen:
            await self.get(case_id)
        seen = self._seen.get(case_id)
        return (None, None) if seen is None else (seen.card, seen.digest)

    def cards_too_many(self, case_id: int) -> Sequence[MessageRow]:
        """Cards besides the one of `shown_in`, as the case was read last.

        A press on a stray and the note of a second card may come at once: on PostgreSQL neither
        sees the other. Both have the case's card shown once more, and that is the time to mend it.
        """
        seen = self._seen.get(case_id)
        return () if seen is None else seen.strays

    async def open(self, *, post_ref: str, then: HistoryRow, **values: Any) -> CaseRow:
        """A new case that takes the post in that it names, as `post_ref`; `values` are the columns.

        `then` begins its history; its `case_id` is not known yet.
        """
        if self._connection.dialect.name != "postgresql":
            case_id = (await self._connection.run(sql.ADD, values)).value
        else:
            case_id = self._next_id or (await self._connection.run(sql.NEXT_ID, {})).value
            self._next_id = 0
            await self._connection.put({("case", case_id): (sql.ADD_AS, {**values, "id": case_id})})
        where = (values["chat_id"], values["message_id"], post_ref)
        await self._connection.put(
            {
                ("post", *where): taking(*where, case_id),
                ("history", case_id): remembering(then._replace(case_id=case_id)),
            }
        )
        case = CaseRow(id=case_id, round=1, version=1, **values)
        self._seen[case_id] = Seen(case=case, has_post=True)
        return case

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
            Stale: somebody has, or it has taken the press of `then` already. (On PostgreSQL it is
                noticed by the end of the transaction.)
        """
        saved = case._replace(
            version=case.version + 1,
            state=state,
            lead=case.lead if lead is None else lead,
            data=case.data if data is None else data,
            round=case.round if round_ is None else round_,
            closed_at=closed_at,
        )
        change = (
            sql.SAVE,
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

        changes: dict[Hashable, Change] = {("case", case.id): change}
        if then is not None and then.press is not None:
            dialect = self._connection.dialect.name
            changes["history", case.id] = remembering_press(dialect, then)
        elif then is not None:
            changes["history", case.id] = remembering(then)
        await self._connection.put(changes)
        seen = self._seen.get(case.id)
        if seen is not None:
            self._seen[case.id] = seen._replace(case=saved)
        return saved

    async def number(self, number: str, lead: str) -> None:
        """Note the numeric id of a lead that was read: it is found by either."""
        statement = upserting(
            self._connection.dialect.name, t.lead_numbers, ("number",), ("number", "lead"), "its_"
        )
        change = statement, {"its_number": number, "its_lead": lead}
        await self._connection.put({("number", number): change})

    async def names_of(self, case: CaseRow) -> frozenset[str]:
        """All that its lead is called: as it was pasted, the CRM's id, the number beside that."""
        numbers = await self._connection.scalars(
            select(t.lead_numbers.c.number).where(t.lead_numbers.c.lead == case.lead)
        )
        return frozenset({case.ref, case.lead, *numbers})

    async def latest_of_lead(
        self,
        chat_id: int,
        topic_id: int,
        flow: str,
        lead: str,
        *,
        but: int = 0,
        opens: bool = False,
    ) -> CaseRow | None:
        """The lead's open case, else its newest; the lead by its id or as it was pasted.

        `opens`: a case opens for it now, if none is open; its id comes along, where that takes a
        round trip.
        """
        where = {"chat": chat_id, "topic": topic_id, "flow": flow, "lead": lead, "but": but}
        if not opens or self._connection.dialect.name != "postgresql":
            return await self._one(sql.LATEST_OF_LEAD, where)
        *latest, self._next_id = (
            await self._connection.run(sql.LATEST_OF_LEAD_OR_NEXT_ID, where)
        ).rows[0]
        return None if latest[0] is None else _case(latest)

    async def open_about(
        self, chat_id: int, topic_id: int, flow: str, about: str
    ) -> CaseRow | None:
        """The open case of the chat about that (`tables.cases.about`)."""
        return await self._one(
            sql.OPEN_ABOUT, {"chat": chat_id, "topic": topic_id, "flow": flow, "about": about}
        )

    async def of_lead(self, lead: str, *, but: int) -> list[CaseRow]:
        """All other cases of a lead that was read, in whatever chats."""
        rows = await self._connection.execute(
            select(t.cases).where(_C.lead == lead, _C.lead != "", _C.id != but).order_by(_C.id)
        )
        return [_case(row) for row in rows]

    async def _one(self, statement: Prepared, where: dict[str, Any]) -> CaseRow | None:
        found = (await self._connection.run(statement, where)).first
        return None if found is None else _case(found)

    async def around(
        self, chat_id: int, topic_id: int, flow: str, *, since: datetime
    ) -> list[CaseRow]:
        """The chat's open cases and those that closed since then, the oldest first."""
        where = {"chat": chat_id, "topic": topic_id, "flow": flow, "since": since}
        return [_case(row) for row in (await self._connection.run(sql.AROUND, where)).rows]

    async def let_go(self, case_id: int) -> None:
        """The case is not any more what its chat has one open case of."""
        self._seen.pop(case_id, None)
        await self._connection.execute(
            update(t.cases).where(_C.id == case_id).values(lead="", about="")
        )

    async def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: its cases go along."""
        self._seen.clear()
        await self._connection.execute(update(t.cases).where(_C.chat_id == old).values(chat_id=new))


def _case(found: Sequence[Any]) -> CaseRow:
    return CaseRow._make(found[: sql.CASE_WIDTH])


def taking(chat_id: int, message_id: int, ref: str, case_id: int) -> Change:
    """The change that notes that the case has taken this post in."""
    return sql.TAKE_POST, {"chat": chat_id, "message": message_id, "ref": ref, "case": case_id}
