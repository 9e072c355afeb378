"""People's posts: which case has taken each of them in; and messages that tell of several cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from storage import cases_sql as sql
from storage import tables as t
from storage.cases import CaseRow, Cases, taking
from storage.linked import Linked

#: In place of a lead, of a reply to what tells of a case: the case has taken it; or it meant
#: nothing to it then, and tells of the case to nobody.
REPLY, TALK = "reply", sql.TALK
# In place of a lead, of a message of ours that tells of several cases; the number follows.
_TOLD = "told:"


class Posts:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: Linked, cases: Cases) -> None:
        self._connection = connection
        self._cases = cases

    async def case_of(self, chat_id: int, message_id: int, ref: str) -> int | None:
        """The id of the case that has taken this post in."""
        where = {"chat": chat_id, "message": message_id, "ref": ref}
        found: int | None = (await self._connection.run(sql.OF_POST, where)).value
        return found

    async def flow_and_cases(
        self, chat_id: int, topic_id: int, message_id: int
    ) -> tuple[str | None, dict[str, int]]:
        """The flow that a post's chat runs (None: none), and the post's cases so far, by `ref`."""
        where = {"chat": chat_id, "topic": topic_id, "message": message_id}
        rows = (await self._connection.run(sql.POSTED, where)).rows
        flow: str | None = rows[0][0] if rows else None
        return flow, {ref: case_id for _, ref, case_id in rows if case_id is not None}

    async def cases_of(self, chat_id: int, message_id: int) -> dict[str, int]:
        """The post's cases so far, by `ref`."""
        where = {"chat": chat_id, "message": message_id}
        rows = (await self._connection.run(sql.ALL_OF_POST, where)).rows
        return {ref: case_id for ref, case_id in rows}  # noqa: C416 -- rows are no pairs to mypy

    async def tell(self, chat_id: int, message_id: int, case_ids: Sequence[int]) -> None:
        """Note that a message of ours tells of these cases, in this order."""
        # Of a reminder there may be ten: one round trip.
        refs = {f"{_TOLD}{place}": case_id for place, case_id in enumerate(case_ids, start=1)}
        await self._connection.put(
            {
                ("post", chat_id, message_id, ref): taking(chat_id, message_id, ref, case_id)
                for ref, case_id in refs.items()
            }
        )

    async def take(self, chat_id: int, message_id: int, ref: str, case_id: int) -> None:
        """Note that the case has taken this post in."""
        await self._connection.run(*taking(chat_id, message_id, ref, case_id))

    async def pass_by(self, chat_id: int, message_id: int, case_id: int) -> None:
        """Note that this reply meant nothing to the case: it may come again, and still does not."""
        change = taking(chat_id, message_id, TALK, case_id)
        await self._connection.put({("post", chat_id, message_id, TALK): change})

    async def as_reply(self, chat_id: int, message_id: int) -> str | None:
        """How the message was read as a reply before: `REPLY` or `TALK`; None: it was not."""
        where = {"chat": chat_id, "message": message_id, "this": REPLY, "other": TALK}
        found: str | None = (await self._connection.run(sql.AS_REPLY, where)).value
        return found

    async def is_here(self, case: CaseRow, message_id: int) -> bool:
        """Whether a post or a message about this lead has that number in the case's chat.

        A group that became a supergroup has begun its numbers anew: there they mean others' words.
        A case that another chat opened here has a number below 0: no message.
        """
        if message_id <= 0:
            return False
        seen = self._cases.seen(case.id)
        if message_id == case.message_id and seen is not None and seen.has_post:
            return True
        where = {"chat": case.chat_id, "message": message_id, "case": case.id, "lead": case.lead}
        return bool((await self._connection.run(sql.IS_HERE, where)).rows)

    async def number_here(self, case: CaseRow) -> int:
        """The number of the case's own post in the chat where the case is; 0: it is not there."""
        return case.message_id if await self.is_here(case, case.message_id) else 0

    async def has_posted(self, user_id: int) -> bool:
        """Whether he has ever opened a case."""
        found = await self._connection.scalar(
            select(t.cases.c.id).where(t.cases.c.poster_id == user_id).limit(1)
        )
        return found is not None


def told_in(cases: Mapping[str, int]) -> dict[int, int]:
    """Of what `cases_of` gives: the cases that a message of ours tells of, by their numbers."""
    told = {
        int(ref.removeprefix(_TOLD)): case_id
        for ref, case_id in cases.items()
        if ref.startswith(_TOLD)
    }
    return dict(sorted(told.items()))
