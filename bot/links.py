"""Who a person is in the CRM: the CRM says so, or he confirms it himself, or an owner says it.

Calls, managers and pauses name people as the CRM writes them; the bot knows them by Telegram's
numbers. The CRM's field `telegram` ties the two at once. Where it is empty the person is asked
privately, and only he can answer. A button's data is never believed: whoever it names is looked up
in the CRM once more, and must still be free to be him.

The CRM is asked by the outbox's worker alone (`bot.identifying`): it may be down, and nobody waits
for it meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.flows.base import Flows
from bot.flows.records import Person
from bot.identifying import FIND_USER, say_of_link
from bot.known import link
from bot.pressing import Said
from bot.whois import Aim, Outcome, Where, Wish
from storage.people import PersonRow
from storage.uow import Storage, UnitOfWork


class Linking:
    """Takes what people say of who they are, and has the CRM asked."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        say: Callable[[str], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._flows = flows
        # The words of an answer to a press.
        self._words = say
        self._clock = clock

    async def started(self, person: Person, username: str, message_id: int) -> None:
        """He wrote /start: does the CRM know him?"""
        known = await self._known(person.id)
        await self._ask(
            Aim.START,
            person,
            Where(chat=person.id),
            once=f"link:{person.id}:{message_id}",
            username=username,
            query="" if known is None else known.crm_name,
            crm_user="" if known is None else known.crm_user,
        )

    async def asked(self, person: Person, username: str, query: str, message_id: int) -> None:
        """He says privately how the CRM calls him."""
        once = f"link:{person.id}:{message_id}"
        where = Where(chat=person.id)
        await self._ask(Aim.SELF, person, where, once=once, username=username, query=query)

    async def appointed(self, person_id: int, query: str, where: Where) -> bool:
        """An owner says who somebody is; False: the bot has never met him."""
        known = await self._known(person_id)
        if known is None:
            return False
        person = Person(id=person_id, name=known.name)
        once = f"link:{where.chat}:{where.reply_to}"
        await self._ask(Aim.OWNER, person, where, once=once, query=query)
        return True

    async def forget(self, person_id: int) -> None:
        """An owner takes the link away."""
        now = self._clock()
        async with self._storage.change() as uow:
            for where in await self._take_back(uow, person_id, now):
                await say_of_link(uow, where, Outcome(what="link_taken"), now)
            await link(uow, self._flows, person_id, crm_user="", crm_name="", now=now)

    async def press(
        self, wish: Wish, chat_id: int, message_id: int, by: Person, username: str
    ) -> Said:
        """«Да, это я», or «Нет», under the question. It hangs in his private chat: nobody else's.

        The user is looked up again: the data of a button says nothing by itself.
        """
        if chat_id != by.id:
            return Said(text=self._words("foreign_chat"), alert=True)
        where = Where(chat=chat_id, edit=message_id)
        if not wish.crm_user:
            await self._said_no(by.id, where)
            return Said(text=self._words("people.noted"))
        await self._ask(
            Aim.CONFIRM,
            by,
            where,
            once=_yes(where, wish.crm_user),
            username=username,
            query=wish.query,
            crm_user=wish.crm_user,
        )
        return Said(text=self._words("people.link_checking"))

    async def _said_no(self, person_id: int, where: Where) -> None:
        """His last word holds: a «Да, это я» under the same question is taken back."""
        now = self._clock()
        async with self._storage.change() as uow:
            await self._take_back(uow, person_id, now, of=where)
            person = await uow.people.person(person_id)
            if person is not None and await uow.outbox.is_there(_yes(where, person.crm_user)):
                await link(uow, self._flows, person_id, crm_user="", crm_name="", now=now)
            await say_of_link(uow, where, Outcome(what="link_no"), now)

    async def _take_back(
        self, uow: UnitOfWork, person_id: int, now: datetime, *, of: Where | None = None
    ) -> list[Where]:
        """What he has said and the CRM has not answered yet does not count any more.

        `of`: under this question. Returns under which he has.
        """
        questions = []
        for row in await uow.lanes.waiting(_lane(person_id)):
            where = Where(**row.payload["where"])
            if row.payload["aim"] == Aim.CONFIRM and of in {None, where}:
                await uow.outbox.drop(row, now=now)
                questions.append(where)
        return questions

    async def _known(self, person_id: int) -> PersonRow | None:
        async with self._storage.look() as uow:
            return await uow.people.person(person_id)

    async def _ask(
        self, aim: Aim, person: Person, where: Where, *, once: str, username: str = "",
        query: str = "", crm_user: str = "",
    ) -> None:  # fmt: skip
        payload = {
            "aim": aim.value,
            "person": person.id,
            "name": person.name,
            "username": username,
            "query": query,
            "crm_user": crm_user,
            "where": where.payload(),
        }
        async with self._storage.change() as uow:
            await uow.outbox.add(
                now=self._clock(),
                destination="crm",
                lane=_lane(person.id),
                kind=FIND_USER,
                payload=payload,
                once=once,
            )


def _lane(person_id: int) -> str:
    """The lane of what the CRM is asked about him."""
    return f"person:{person_id}"


def _yes(question: Where, crm_user: str) -> str:
    """The key of a «Да, это я»: he is that user of the CRM."""
    return f"link:{question.chat}:{question.edit}:{crm_user}"
