"""The outbox's worker for «who is this?»: asks the CRM, and remembers what it and people say.

What people ask it for comes by `bot.links`; who is meant is `bot.whois`'s to decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bot.ending import Ending
from bot.enqueue import NEW_CARD, lane_of
from bot.errors import TelegramBusy, TelegramTemporary
from bot.flows.base import Flows
from bot.known import link
from bot.metrics import Metrics
from bot.outbox import backoff, chance
from bot.telegram import Messenger
from bot.whois import Aim, Outcome, Where, called, for_owner, linked, name_words, question, same
from bot.writeback import PATIENCE
from crm_api.errors import CrmConfig, CrmError, CrmTemporary
from crm_api.port import Crm, CrmUser
from storage.outbox import OutboxRow
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger(__name__)

#: The outbox's word for asking the CRM who somebody is.
FIND_USER = "find_user"


async def say_of_link(
    uow: UnitOfWork, where: Where, said: Outcome, now: datetime, once: str | None = None
) -> None:
    """What became of it is said, asked or put in the place of the question."""
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


class Identifying:
    """Asks the CRM who people are, and remembers what it and they say."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        crm: Crm,
        messenger: Messenger,
        ending: Ending,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._crm = crm
        self._messenger = messenger
        self._ending = ending
        self._clock = clock
        self._metrics = metrics

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
        self,
        row: OutboxRow,
        outcome: Callable[[UnitOfWork], Awaitable[Outcome]],
        error: str = "",
    ) -> None:
        await self._note(row, outcome, error)
        self._metrics.delivered("crm", "dead" if error else "done")

    async def _note(
        self,
        row: OutboxRow,
        outcome: Callable[[UnitOfWork], Awaitable[Outcome]],
        error: str,
    ) -> None:
        """The row's end, the link and what is said of it, in one transaction."""
        now = self._clock()
        async with self._storage.change() as uow:
            if error:
                is_ours = await uow.outbox.dead(row, now=now, error=error)
            else:
                is_ours = await uow.outbox.done(row, now=now)
            if not is_ours or (error and row.payload["aim"] == Aim.START):
                # Somebody else has taken it up, or it was taken back; or he did not ask: a CRM that
                # cannot tell is no news for him.
                return
            person_id = int(row.payload["person"])
            if row.payload["aim"] == Aim.START and not await self._is_still(uow, row.payload):
                # An owner has said since who he is, or that he is nobody: he was told of that.
                return
            said = await outcome(uow)
            if said.user is not None:
                crm_user, crm_name = said.user.id, called(said.user)
                await link(
                    uow, self._flows, person_id, crm_user=crm_user, crm_name=crm_name, now=now
                )
            await say_of_link(uow, _where(row), said, now)
            person = await uow.people.person(person_id)
            is_private = _where(row).chat == person_id
            if said.user is not None and person is not None and person.reachable and not is_private:
                told = Outcome(what="link_told", words=said.words)
                await say_of_link(uow, Where(chat=person_id), told, now)

    async def _is_still(self, uow: UnitOfWork, payload: dict[str, Any]) -> bool:
        """Whether he is linked as he was when he wrote /start; he stays so until the end."""
        person_id = int(payload["person"])
        await uow.people.held_crm_name(person_id)
        known = await uow.people.person(person_id)
        return known is None or known.crm_user == payload["crm_user"]

    async def _later(self, row: OutboxRow, error: Exception, *, say: bool = True) -> None:
        now = self._clock()
        log.warning("link_waits", row=row.id, kind=row.kind, why=type(error).__name__)
        self._metrics.delivered("crm", "later")
        pause = backoff(row.attempts, chance(), first=2.0)
        async with self._storage.change() as uow:
            is_ours = await uow.outbox.later(row, due_at=now + pause, error="down")
            if say and is_ours:
                down = Outcome(what="link_down")
                await say_of_link(uow, _where(row), down, now, once=f"link_down:{row.id}")


async def _just(outcome: Outcome) -> Outcome:
    return outcome


def _where(row: OutboxRow) -> Where:
    return Where(**row.payload["where"])
