"""Whom the bot has met: his name, whether a private message reaches him, which roles he holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.flows.records import Person, Role
from bot.sight import given_roles
from storage.uow import Storage


class People:
    """Notes it and tells it. `owners`: numeric ids of the bot's owners."""

    def __init__(
        self, *, storage: Storage, owners: frozenset[int], clock: Callable[[], datetime]
    ) -> None:
        self._storage = storage
        self._owners = owners
        self._clock = clock
        # Names seldom change: no write for each message of the same person.
        self._met: dict[int, tuple[str, str]] = {}

    async def met(self, person: Person, username: str) -> None:
        """Somebody wrote or pressed: remember his name as it is now."""
        look = (person.name, username)
        if self._met.get(person.id) == look:
            return
        async with self._storage.change() as uow:
            await uow.people.met(person.id, *look, now=self._clock())
        self._met[person.id] = look

    async def set_reachable(self, user_id: int, *, reachable: bool) -> None:
        """He started the bot, or blocked it."""
        heard_at = self._clock() if reachable else None
        async with self._storage.change() as uow:
            await uow.people.set_reachable(user_id, reachable=reachable, now=heard_at)

    def is_owner(self, user_id: int) -> bool:
        """Whether he is one of OWNER_IDS."""
        return user_id in self._owners

    async def roles(self, user_id: int) -> frozenset[Role]:
        """The roles of a person."""
        async with self._storage.look() as uow:
            roles = await given_roles(uow, user_id)
        return roles | ({Role.OWNER} if user_id in self._owners else set())

    async def give(self, user_id: int, role: Role, by: Person) -> str:
        """Give a role; `operator` takes the others away. Returns the person's name, if known."""
        now = self._clock()
        async with self._storage.change() as uow:
            if role is Role.OPERATOR:
                await uow.people.take_all(user_id)
            else:
                await uow.people.give(user_id, role, by=by.id, now=now)
            person = await uow.people.person(user_id)
        return "" if person is None else person.name
