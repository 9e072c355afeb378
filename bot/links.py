"""Who a person is in the CRM: the CRM says so, or he confirms it himself, or an owner says it.

Calls, managers and pauses name people as the CRM writes them; the bot knows them by Telegram's
numbers. The CRM's field `telegram` ties the two at once. Where it is empty the person is asked
privately, and only he can answer. A button's data is never believed: whoever it names is looked up
in the CRM once more, and must still be free to be him.

The CRM is asked by the outbox's worker alone: it may be down, and nobody waits for it meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bot.desk import Said
from bot.ending import Ending
from bot.enqueue import NEW_CARD, lane_of
from bot.errors import TelegramBusy, TelegramTemporary
from bot.flows.base import Flows
from bot.flows.records import Person
from bot.known import link
from bot.metrics import Metrics
from bot.outbox import backoff, chance
from bot.telegram import Messenger
from bot.whois import (
    Aim,
    Outcome,
    Where,
    Wish,
    called,
    for_owner,
    linked,
    name_words,
    question,
    same,
)
from bot.writeback import PATIENCE
from crm_api.errors import CrmConfig, CrmError, CrmTemporary
from crm_api.port import Crm, CrmUser
from storage.outbox import OutboxRow
from storage.people import PersonRow
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger(__name__)

#: The outbox's word for asking the CRM who somebody is.
FIND_USER = "find_user"


class Linking:
    """Asks the CRM who people are, and remembers what it and they say."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        crm: Crm,
        messenger: Messenger,
        ending: Ending,
        say: Callable[[str], str],
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._crm = crm
        self._messenger = messenger
        self._ending = ending
        # The words of an answer to a press.
        self._words = say
        self._clock = clock
        self._metrics = metrics

    # --- what people do -------------------------------------------------------------------------

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
            now = self._clock()
            async with self._storage.change() as uow:
                await self._say(uow, where, Outcome(what="link_no"), now)
            return Said(text=self._words("people.noted"))
        await self._ask(
            Aim.CONFIRM,
            by,
            where,
            once=f"link:{chat_id}:{message_id}:{wish.crm_user}",
            username=username,
            query=wish.query,
            crm_user=wish.crm_user,
        )
        return Said(text=self._words("people.link_checking"))

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
                lane=f"person:{person.id}",
                kind=FIND_USER,
                payload=payload,
                once=once,
            )

    # --- the worker -----------------------------------------------------------------------------

    async def deliver(self, row: OutboxRow) -> None:
        """Ask the CRM, and say what became of it."""
        await self._ending.deliver(row, self._deliver, refuse=self._refused)

    async def _deliver(self, row: OutboxRow) -> None:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                found = await self._found(row.payload)
                is_colleague = row.payload["aim"] == Aim.OWNER or await self._is_colleague(
                    int(row.payload["person"])
                )
        except (CrmTemporary, TimeoutError) as error:
            await self._later(row, error)
        except (TelegramTemporary, TelegramBusy) as error:
            await self._later(row, error, say=False)
        except (CrmError, CrmConfig) as error:
            log.error("crm_refused", row=row.id, kind=row.kind, why=error.say)  # noqa: TRY400 -- the reason is enough
            await self._refused(row, error.say)
        else:
            await self._end(
                row, lambda uow: self._outcome(uow, row.payload, found, is_colleague=is_colleague)
            )

    async def _refused(self, row: OutboxRow, why: str) -> None:
        """He who asked hears that it was not to be found."""
        is_owner_s = row.payload["aim"] == Aim.OWNER
        said = Outcome(what="link_refused_owner" if is_owner_s else "link_refused")
        await self._end(row, lambda _: _just(said), error=why)

    async def _is_colleague(self, person_id: int) -> bool:
        """Whether he works here: anybody in the world can write to a bot.

        Others are neither told the staff's names nor believed.
        """
        async with self._storage.look() as uow:
            if await uow.people.roles(person_id) or await uow.posts.has_posted(person_id):
                return True
            chats = {binding.chat_id for binding in await uow.chats.bindings()}
        for chat_id in sorted(chats):
            if await self._messenger.is_member(chat_id, person_id):
                return True
        return False

    async def _found(self, payload: dict[str, Any]) -> tuple[CrmUser, ...]:
        """Working users of the CRM that may be meant."""
        query, username = str(payload["query"]), str(payload["username"])
        found: Sequence[CrmUser]
        if payload["aim"] != Aim.START:
            found = await self._crm.find_users(query)
        elif payload["crm_user"]:
            known = await self._crm.find_users(query)
            found = [user for user in known if user.id == payload["crm_user"]]
        else:
            found = await self._by_himself(username, str(payload["name"]))
        return tuple({user.id: user for user in found if user.works}.values())

    async def _by_himself(self, username: str, name: str) -> Sequence[CrmUser]:
        """By his @name, else by his name in Telegram, else by whichever of its words is a surname.

        «Маша Иванова» may be the CRM's «Иванова Мария».
        """
        if username:
            named = await self._crm.find_users(f"@{username}")
            if own := [user for user in named if same(user.telegram, username)]:
                return own
        words = name_words(name)[:3]
        if not words:
            return ()
        found = await self._crm.find_users(" ".join(words))
        if found or len(words) == 1:
            return found
        return [
            user
            for word in words
            for user in await self._crm.find_users(word)
            if same(user.last_name, word)
        ]

    async def _outcome(
        self,
        uow: UnitOfWork,
        payload: dict[str, Any],
        found: Sequence[CrmUser],
        *,
        is_colleague: bool,
    ) -> Outcome:
        query, username = str(payload["query"]), str(payload["username"])
        if payload["aim"] == Aim.OWNER:
            meant = for_owner(found, query, str(payload["name"]))
            return await self._with_others(uow, meant, int(payload["person"]))
        if payload["aim"] == Aim.START and payload["crm_user"]:
            # An owner may have tied him to a user whose @name is another's: it stays so.
            return linked(found[0]) if found else Outcome(what="link_lost", words={"name": query})
        own = [user for user in found if username and same(user.telegram, username)]
        if len(own) == 1 and payload["aim"] != Aim.CONFIRM:
            return linked(own[0])
        if not is_colleague:
            return Outcome(what="link_stranger")
        if payload["aim"] == Aim.CONFIRM:
            return await self._confirmed(uow, payload, found)
        free = [user for user in found if await self._is_free(uow, user, payload)]
        return question(found, free, query)

    async def _with_others(self, uow: UnitOfWork, meant: Outcome, person_id: int) -> Outcome:
        """An owner may have his reasons to make two people one: he hears that he does."""
        if meant.user is None:
            return meant
        await uow.people.hold_crm_user(meant.user.id)
        others = await uow.people.others(meant.user.id, than=person_id)
        also = [{"name": one.name, "id": one.user_id} for one in others]
        return replace(meant, words={**meant.words, "also": also})

    async def _confirmed(
        self, uow: UnitOfWork, payload: dict[str, Any], found: Sequence[CrmUser]
    ) -> Outcome:
        """He is that user, unless another one is, who may have said it at the same moment."""
        meant = next((user for user in found if user.id == payload["crm_user"]), None)
        if meant is None:
            return Outcome(what="link_taken")
        await uow.people.hold_crm_user(meant.id)
        is_free = await self._is_free(uow, meant, payload)
        return linked(meant) if is_free else Outcome(what="link_taken")

    async def _is_free(self, uow: UnitOfWork, user: CrmUser, payload: dict[str, Any]) -> bool:
        """Whether he may say that he is that user: the CRM and the bot know of nobody else."""
        if user.telegram and not same(user.telegram, str(payload["username"])):
            return False
        return not await uow.people.others(user.id, than=int(payload["person"]))

    async def _end(
        self, row: OutboxRow, outcome: Callable[[UnitOfWork], Awaitable[Outcome]], error: str = ""
    ) -> None:
        await self._note(row, outcome, error)
        self._metrics.delivered("crm", "dead" if error else "done")

    async def _note(
        self, row: OutboxRow, outcome: Callable[[UnitOfWork], Awaitable[Outcome]], error: str
    ) -> None:
        """The row's end, the link and what is said of it, in one transaction."""
        now = self._clock()
        async with self._storage.change() as uow:
            if error:
                await uow.outbox.dead(row, now=now, error=error)
                if row.payload["aim"] == Aim.START:
                    # He did not ask: a CRM that cannot tell is no news for him.
                    return
            elif not await uow.outbox.done(row, now=now):
                return
            said = await outcome(uow)
            person_id = int(row.payload["person"])
            if said.user is not None:
                crm_user, crm_name = said.user.id, called(said.user)
                await link(
                    uow, self._flows, person_id, crm_user=crm_user, crm_name=crm_name, now=now
                )
            await self._say(uow, _where(row), said, now)
            person = await uow.people.person(person_id)
            is_private = _where(row).chat == person_id
            if said.user is not None and person is not None and person.reachable and not is_private:
                told = Outcome(what="link_told", words=said.words)
                await self._say(uow, Where(chat=person_id), told, now)

    async def _later(self, row: OutboxRow, error: Exception, *, say: bool = True) -> None:
        now = self._clock()
        log.warning("link_waits", row=row.id, kind=row.kind, why=type(error).__name__)
        self._metrics.delivered("crm", "later")
        pause = backoff(row.attempts, chance(), first=2.0)
        async with self._storage.change() as uow:
            await uow.outbox.later(row, due_at=now + pause, error="down")
            if say:
                down = Outcome(what="link_down")
                await self._say(uow, _where(row), down, now, once=f"link_down:{row.id}")

    async def _say(
        self, uow: UnitOfWork, where: Where, said: Outcome, now: datetime, once: str | None = None
    ) -> None:
        keys = [[[f"people.{label}", words, str(wish)]] for label, words, wish in said.keys]
        await uow.outbox.add(
            now=now,
            destination="telegram",
            lane=lane_of(where.chat),
            kind="say",
            payload={
                "what": f"people.{said.what}",
                "words": said.words,
                "keys": keys,
                **where.payload(),
            },
            priority=NEW_CARD,
            once=once,
        )


async def _just(outcome: Outcome) -> Outcome:
    return outcome


def _where(row: OutboxRow) -> Where:
    return Where(**row.payload["where"])
