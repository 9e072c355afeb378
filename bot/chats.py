"""Which chat runs which flow, and what becomes of groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.enqueue import NEW_CARD, Enqueue, lane_of
from bot.flows.base import Flows
from bot.flows.records import Person
from bot.perform import Perform
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger(__name__)

#: A group that nobody bound within this time is left.
_UNBOUND = timedelta(hours=1)


class Chats:
    """What an owner binds, and what Telegram tells about groups. `owners`: their numeric ids."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        enqueue: Enqueue,
        perform: Perform,
        owners: frozenset[int],
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._enqueue = enqueue
        self._perform = perform
        self._owners = owners
        self._clock = clock

    @property
    def flow_names(self) -> Sequence[str]:
        """The words of /bind."""
        return tuple(self._flows)

    # --- bindings -------------------------------------------------------------------------------

    async def bind(self, chat_id: int, topic_id: int, title: str, flow: str, by: Person) -> bool:
        """Let a chat (and topic) run a flow. Returns whether anybody may decide there."""
        now = self._clock()
        async with self._storage.change(chat_id) as uow:
            chat_id = await uow.moved_to(chat_id) or chat_id
            if await uow.chats.chat(chat_id) is None:
                await uow.chats.entered(chat_id, title, by=by.id, now=now)
            await uow.chats.bind(chat_id, topic_id, flow, by=by.id, now=now)
            deciders = [
                one for role in self.deciders(flow) for one in await uow.people.having(role)
            ]
        return bool(deciders)

    def deciders(self, flow: str) -> list[str]:
        """The roles that decide in a flow, as the words of /role."""
        return sorted(self._flows[flow].deciders)

    async def unbind(self, chat_id: int, topic_id: int) -> bool:
        """Let it run nothing; False: it did not."""
        async with self._storage.change(chat_id) as uow:
            chat_id = await uow.moved_to(chat_id) or chat_id
            return await uow.chats.unbind(chat_id, topic_id, now=self._clock())

    async def flow_in(self, chat_id: int, topic_id: int) -> str:
        """The word of /bind of what this chat and topic runs, or ""."""
        async with self._storage.look() as uow:
            found = await uow.chats.flow_of(chat_id, topic_id)
        return found if found is not None and found in self._flows else ""

    # --- groups ---------------------------------------------------------------------------------

    async def added(self, chat_id: int, title: str, by: Person, update: int) -> None:
        """The bot was added to a group; by somebody who is no owner: it says so and leaves."""
        now = self._clock()
        async with self._storage.change() as uow:
            await uow.chats.entered(chat_id, title, by=by.id, now=now)
            if by.id not in self._owners:
                await self._enqueue.leave(uow, chat_id, now=now)
                await self._enqueue.tell_owners(
                    uow,
                    "owner_stranger_added",
                    now=now,
                    once=f"stranger:{update}",
                    title=title,
                    by=by.name,
                )
            elif await self._is_at_work(uow, chat_id):
                # It was thrown out and taken back.
                await self._speak_again(uow, chat_id, now)
            else:
                await self._enqueue.tell_owners(
                    uow,
                    "owner_hello",
                    now=now,
                    once=f"hello:{update}",
                    title=title,
                    flows=list(self._flows),
                )

    async def _is_at_work(self, uow: UnitOfWork, chat_id: int) -> bool:
        return any(binding.chat_id == chat_id for binding in await uow.chats.bindings())

    async def may_speak_again(self, chat_id: int) -> None:
        """The bot was muted in a group, and is not any more."""
        async with self._storage.change() as uow:
            if await self._is_at_work(uow, chat_id):
                await self._speak_again(uow, chat_id, self._clock())

    async def _speak_again(self, uow: UnitOfWork, chat_id: int, now: datetime) -> None:
        """What was said there in vain is said now; whoever still waits sees his card again."""
        await uow.outbox.revive_lane(lane_of(chat_id), now=now)
        await self._show(uow, await uow.open_cases.in_chat(chat_id), chat_id, now)

    async def removed(self, chat_id: int, title: str, update: int) -> None:
        """The bot is not in the group any more; the owner hears of it if the chat was at work."""
        now = self._clock()
        async with self._storage.change() as uow:
            await uow.chats.left(chat_id, now=now)
            if await self._is_at_work(uow, chat_id):
                await self._enqueue.tell_owners(
                    uow, "owner_removed", now=now, once=f"removed:{update}", title=title
                )

    async def moved(self, old: int, new: int) -> None:
        """A group became a supergroup: everything goes along, open cards are sent anew there."""
        if old == new:
            return
        now = self._clock()
        # Both groups tell of it, and a refusal may: whoever comes first does it.
        async with self._storage.change(old) as uow:
            chat = await uow.chats.chat(old)
            if chat is not None and chat.migrated_to == new:
                # What was to be said in the old one since would be refused again and again.
                await uow.lanes.move(lane_of(old), lane_of(new))
                return
            # Whoever bound the new one before we heard of the move works there already.
            await uow.cases.lock_chat(new)
            came = await uow.open_cases.in_chat(old)
            await uow.digests.forget(old)
            for case_id in came:
                await uow.messages.forget_card(case_id)
            await self._fold_the_same(uow, old, new, now)
            await uow.chats.move_chat(old, new, now=now)
            await uow.cases.move_chat(old, new)
            await uow.lanes.move(lane_of(old), lane_of(new))
            came_open = set(came).intersection(await uow.open_cases.in_chat(new))
            await self._show(uow, sorted(came_open), new, now)

    async def _fold_the_same(self, uow: UnitOfWork, old: int, new: int, now: datetime) -> None:
        """One chat has one open case of a lead (or whatever else it is about): two become one."""
        for left, there in await uow.open_cases.same_in(old, new):
            if await self._perform.fold(uow, left, there, now):
                continue
            if await self._perform.fold(uow, there, left, now):
                continue
            # The heads of two incidents, say: both go on, one of them without its lead.
            log.error("same_lead_twice", case=left, other=there)
            await uow.cases.let_go(left)

    async def _show(
        self, uow: UnitOfWork, cases: Iterable[int], chat_id: int, now: datetime
    ) -> None:
        for case_id in cases:
            await uow.outbox.want_again(
                now=now, case_id=case_id, lane=lane_of(chat_id), priority=NEW_CARD, due_at=now
            )

    async def leave_unbound(self) -> None:
        """Leave groups that nobody has bound for an hour; an owner hears why."""
        now = self._clock()
        async with self._storage.look() as uow:
            late = await uow.chats.unbound_since(now - _UNBOUND)
        for chat in late:
            await self._leave_unbound(chat.chat_id, now)

    async def _leave_unbound(self, chat_id: int, now: datetime) -> None:
        async with self._storage.change(chat_id) as uow:
            # Since we looked it may have been bound, or another replica has told it to be left.
            late = await uow.chats.unbound_since(now - _UNBOUND)
            chat = next((one for one in late if one.chat_id == chat_id), None)
            if chat is None:
                return
            await uow.chats.left(chat_id, now=now)
            await self._enqueue.leave(uow, chat_id, now=now, unbound=True)
            await self._enqueue.tell_owners(
                uow, "owner_unbound_left", now=now, title=chat.title, flows=list(self._flows),
                once=f"unbound:{chat_id}:{chat.added_at.isoformat()}",
            )  # fmt: skip

    async def stays(self, chat_id: int, since: datetime | None) -> bool:
        """Whether an owner wants the bot by now in a group that was to be left: it is not left.

        `since`: when a stranger had added it: what was bound before does not count. None: it was to
        be left because it ran nothing, and any binding keeps it.
        """
        async with self._storage.change(chat_id) as uow:
            chat, wanted = await uow.chats.chat(chat_id), await uow.chats.bound_at(chat_id)
            if since is not None:
                # An owner may have taken it in himself.
                if chat is not None and chat.added_by in self._owners:
                    wanted.append(chat.added_at)
                wanted = [at for at in wanted if at > since]
            if not wanted:
                return False
            await uow.chats.stayed(chat_id, now=self._clock())
        return True
