"""What is told of people: who am I here, what is mine, am I on duty; and who is who."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.cards import Cards
from bot.deciders import Deciders, waits_for
from bot.flows.base import Flows
from bot.flows.records import Actor, Case, Person, Role
from bot.sight import given_roles, read_case
from bot.telegram import link_to_message
from storage.cases import CaseRow
from storage.uow import Storage, UnitOfWork

#: Open cases that are looked through for /me; a call centre has fewer.
_MOST_OPEN = 2000
#: Lines of each list.
_SHOWN = 15

#: What is said (the template's words), and with which facts.
Answer = tuple[str, dict[str, Any]]


class Staff:
    """Answers people about themselves, and owners about others. `owners`: numeric ids of these."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        cards: Cards,
        deciders: Deciders,
        owners: frozenset[int],
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._cards = cards
        self._deciders = deciders
        self._owners = owners
        self._clock = clock
        self._deciding = frozenset(role for flow in flows.values() for role in flow.deciders)

    async def hello(self, person: Person, first_name: str) -> Answer:
        """`/start`: who he is here, and what the bot will tell him."""
        async with self._storage.look() as uow:
            roles = await given_roles(uow, person.id)
            row = await uow.people.person(person.id)
        decides = [
            self._cards.title(name) for name, flow in self._flows.items() if flow.deciders & roles
        ]
        return "people.start", {
            "first_name": first_name,
            "name": person.name,
            "id": person.id,
            "roles": self._shown(roles, person.id),
            "decides": decides,
            "is_owner": person.id in self._owners,
            "crm_name": "" if row is None else row.crm_name,
        }

    def decides(self, roles: frozenset[Role]) -> bool:
        """Whether one of the roles decides in some chat."""
        return bool(roles & self._deciding)

    async def needs_duty(self, user_id: int, role: Role) -> bool:
        """Whether he decides now, and is not pinged before he says /duty on."""
        async with self._storage.look() as uow:
            row = await uow.people.person(user_id)
            is_used = await uow.people.is_duty_used()
        return is_used and self.decides(frozenset({role})) and not (row and row.on_duty)

    async def needs_link(self, user_id: int, role: Role) -> bool:
        """Whether leads will tell what he decides, and not as the CRM calls him.

        Asked before he is given the role: whoever decides already has been told.
        """
        async with self._storage.look() as uow:
            row = await uow.people.person(user_id)
            decides = self.decides(await given_roles(uow, user_id))
        return self.decides(frozenset({role})) and not decides and not (row and row.crm_name)

    async def mine(self, person: Person) -> Answer:
        """`/me`: his open cases, and those that he may decide."""
        now = self._clock()
        own: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        async with self._storage.look() as uow:
            actor = Actor(person=person, roles=await given_roles(uow, person.id))
            for row in await uow.open_cases.all(most=_MOST_OPEN):
                if row.flow not in self._flows:
                    continue
                flow, case = read_case(self._flows, row)
                asks = {case.poster.id, *(one.id for one, _ in flow.askers(case))}
                if person.id in asks:
                    own.append(await self._line(uow, row, case, now, len(own)))
                elif waits_for(flow, case, actor, now):
                    waiting.append(await self._line(uow, row, case, now, len(waiting)))
            found = await uow.people.person(person.id)
        return "people.me", {
            "own": own[:_SHOWN],
            "own_more": max(0, len(own) - _SHOWN),
            "waiting": waiting[:_SHOWN],
            "waiting_more": max(0, len(waiting) - _SHOWN),
            "decides": bool(actor.roles & self._deciding),
            "crm_name": "" if found is None else found.crm_name,
            "roles": self._shown(actor.roles, person.id),
        }

    async def duty(self, person: Person, *, on: bool | None) -> Answer:
        """`/duty on|off`: whether he is pinged; without a word: how it stands."""
        async with self._storage.change() as uow:
            roles = await given_roles(uow, person.id) & self._deciding
            if not roles:
                return "people.duty_not_yours", {}
            if on is not None:
                await self._switch(uow, person, on=on)
            words = await self._how_it_stands(uow, person, roles)
        self._deciders.changed()
        what = {True: "people.duty_on", False: "people.duty_off", None: "people.duty"}[on]
        return what, words

    async def _switch(self, uow: UnitOfWork, person: Person, *, on: bool) -> None:
        if not on and not await uow.people.is_duty_used():
            # Until now all were on duty. One who goes off does not send the others home.
            await uow.people.begin_duty(self._deciding)
        await uow.people.set_duty(person.id, on=on)

    async def _how_it_stands(
        self, uow: UnitOfWork, person: Person, roles: frozenset[Role]
    ) -> dict[str, Any]:
        holders = {
            one.user_id: one for role in sorted(roles) for one in await uow.people.having(role)
        }
        there = {one.user_id: one for one in await uow.people.on_duty(holders.values())}
        bound = {binding.flow for binding in await uow.chats.bindings()}
        left_alone = [
            self._cards.title(name)
            for name, flow in self._flows.items()
            if name in bound
            and flow.deciders & roles
            and not await uow.people.is_anybody_on_duty(flow.deciders)
        ]
        return {
            "is_used": await uow.people.is_duty_used(),
            "on": person.id in there,
            "others": [one.name for one in there.values() if one.user_id != person.id],
            "left_alone": left_alone,
            "reachable": any(one.reachable for one in there.values() if one.user_id == person.id),
        }

    async def people(self) -> list[Mapping[str, Any]]:
        """For `/people`: everybody who has a role, the owners first, with duty and CRM name."""
        roles: dict[int, list[str]] = {}
        async with self._storage.look() as uow:
            for owner in sorted(self._owners):
                roles[owner] = [Role.OWNER.value]
            for user_id, role in await uow.people.all_roles():
                roles.setdefault(user_id, []).append(role)
            rows = {user_id: await uow.people.person(user_id) for user_id in roles}
            is_used = await uow.people.is_duty_used()
        return [
            {
                "id": user_id,
                "name": "" if row is None else row.name,
                "crm_name": "" if row is None else row.crm_name,
                "roles": roles[user_id],
                # None: duty says nothing about him.
                "on_duty": bool(row and row.on_duty)
                if is_used and self._deciding & set(roles[user_id])
                else None,
            }
            for user_id, row in rows.items()
        ]

    def _shown(self, roles: frozenset[Role], person_id: int) -> list[str]:
        extra = {Role.OWNER} if person_id in self._owners else set()
        return sorted(role.value for role in roles | extra)

    async def _line(
        self, uow: UnitOfWork, row: CaseRow, case: Case[Any], now: datetime, before: int
    ) -> dict[str, Any]:
        if before >= _SHOWN:
            return {}
        card = await uow.messages.card(row.id)
        message = await uow.posts.number_here(row) if card is None else card.message_id
        return {
            "no": row.id,
            "title": self._cards.title(row.flow),
            "lead": case.lead,
            "poster": case.poster.name,
            "minutes": max(0, (now - case.posted_at) // timedelta(minutes=1)),
            "link": link_to_message(row.chat_id, message, row.topic_id),
        }
