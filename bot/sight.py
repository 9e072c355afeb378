"""What a decision sees: the case, who acts, what is around, and what else is about the same.

Nothing is changed here. Where others may change it meanwhile, the chat is locked by whoever asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from bot import codec
from bot.errors import OtherRelease
from bot.flows.base import Flow, Flows
from bot.flows.copies import replace
from bot.flows.names import people_in, renamed
from bot.flows.records import (
    Action,
    Actor,
    Around,
    Case,
    Fact,
    Happened,
    Need,
    Person,
    Post,
    Request,
    Role,
)
from storage.cases import CaseRow
from storage.uow import UnitOfWork


async def given_roles(uow: UnitOfWork, person_id: int) -> frozenset[Role]:
    """The roles that were given to him: an owner may decide all, and is not waited for."""
    return frozenset(Role(role) for role in await uow.people.roles(person_id))


class Sight:
    """Looks into the database with a flow's eyes."""

    def __init__(self, flows: Flows, owners: frozenset[int]) -> None:
        self._flows = flows
        self._owners = owners
        # A step reads the row that it was given, and the row that it saved, more than once.
        self._latest: tuple[CaseRow, tuple[Flow[Any], Case[Any]]] | None = None

    # --- the case and what it needs to know -------------------------------------------------------

    def read(self, row: CaseRow) -> tuple[Flow[Any], Case[Any]]:
        """The flow and the case of a row."""
        if self._latest is None or self._latest[0] is not row:
            self._latest = row, read_case(self._flows, row)
        return self._latest[1]

    async def around(
        self, uow: UnitOfWork, here: CaseRow | Post, flow: Flow[Any], now: datetime
    ) -> Around:
        """What the flow declared that it must see, besides the case itself. The chat is locked."""
        cases: list[CaseRow] = []
        if Need.CASES in flow.needs:
            since = now - flow.remembers
            cases = await uow.cases.around(here.chat_id, here.topic_id, flow.name, since=since)
        away: set[int] = set()
        if Need.AWAY in flow.needs:
            for other in self._flows.values():
                if other.away:
                    away |= await uow.open_cases.posters(other.name, other.away)
        bound: set[str] = set()
        if Need.FLOWS in flow.needs:
            bound = {binding.flow for binding in await uow.chats.bindings()}
        own = here.id if isinstance(here, CaseRow) else 0
        return Around(
            cases=tuple(self.read(row)[1] for row in cases if row.id != own),
            away=frozenset(away),
            flows=frozenset(bound),
        )

    async def actor(self, uow: UnitOfWork, person: Person, flow: Flow[Any]) -> Actor:
        """The person with the roles that he holds now."""
        roles = await given_roles(uow, person.id)
        if person.id in self._owners:
            roles |= {Role.OWNER}
        known = await uow.people.person(person.id) if Need.CRM_NAME in flow.needs else None
        crm_name = "" if known is None else known.crm_name
        return Actor(person=person, roles=roles, crm_name=crm_name)

    async def with_poster(
        self, uow: UnitOfWork, row: CaseRow, flow: Flow[Any], action: Action
    ) -> Action:
        """What is read is judged by who the poster is in the CRM now, where the flow must know.

        Not by who he was when he posted: who links him meanwhile may not have seen the case yet.
        """
        if action.name != Fact.LEAD_READ or Need.CRM_NAME not in flow.needs:
            return action
        poster = await uow.people.held_crm_name(row.poster_id)
        return replace(action, what=replace(action.what, poster=poster))

    # --- what is about the same -------------------------------------------------------------------

    async def or_same_lead(
        self, uow: UnitOfWork, row: CaseRow, flow: Flow[Any], case: Case[Any], action: Action
    ) -> Action:
        """A key and a numeric id may name one lead, as reading shows. One case goes on."""
        lead = action.what.lead
        if action.name != Fact.LEAD_READ or lead is None or not flow.is_open(case):
            return action
        if lead.id == row.lead:
            # One open case per lead: the database sees to that.
            return action
        other = await uow.cases.latest_of_lead(
            row.chat_id, row.topic_id, row.flow, lead.id, but=row.id
        )
        if other is None or other.closed_at is not None:
            return action
        return Action(name=Fact.SAME_LEAD, what=Happened(case=other.id))

    async def open_sibling(self, uow: UnitOfWork, row: CaseRow) -> CaseRow | None:
        """The open case about the same as this closed one, by its lead or by what else it is."""
        if row.about:
            same = await uow.cases.open_about(row.chat_id, row.topic_id, row.flow, row.about)
            if same is not None:
                return same
        if not row.lead:
            return None
        found = await uow.cases.latest_of_lead(
            row.chat_id, row.topic_id, row.flow, row.lead, but=row.id
        )
        return None if found is None or found.closed_at is not None else found

    async def of_the_same(
        self, uow: UnitOfWork, flow: Flow[Any], request: Request, post: Post
    ) -> tuple[CaseRow | None, Case[Any] | None]:
        """The open case that the post joins; else the lead's last closed one."""
        where = (post.chat_id, post.topic_id, flow.name)
        about = None
        if request.about:
            about = await uow.cases.open_about(*where, request.about)
        if about is not None or not request.lead:
            return about, None
        found = await uow.cases.latest_of_lead(*where, request.lead, opens=True)
        if found is None:
            return None, None
        return (found, None) if found.closed_at is None else (None, self.read(found)[1])


def read_case(flows: Flows, row: CaseRow) -> tuple[Flow[Any], Case[Any]]:
    """The case of a row, and its flow.

    Raises:
        OtherRelease: its flow, its state or its data are none that we know.
    """
    try:
        flow = flows[row.flow]
        state, data = flow.states(row.state), codec.load(flow.data_type, row.data)
    except (KeyError, ValueError) as error:
        # Not out of that error: it quotes what it cannot read, and so would the log.
        raise OtherRelease(f"{row.flow}, {row.state}: {_unread(error)}") from None
    case: Case[Any] = Case(
        id=row.id,
        state=state,
        round=row.round,
        lead=row.lead,
        poster=Person(id=row.poster_id, name=row.poster_name),
        post=row.message_id,
        posted_at=row.posted_at,
        about=row.about,
        data=data,
    )
    return flow, case


def _unread(error: Exception) -> str:
    """What could not be read: the error's class; of data where it is, and what is wrong there."""
    what = type(error).__name__
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        what = f"{what} at {'.'.join(map(str, first['loc']))} ({first['type']})"
    return what


async def as_in_crm(uow: UnitOfWork, case: Case[Any]) -> Case[Any]:
    """The case with its people called as the CRM calls them, where somebody has told the bot."""
    ids = {person.id for person in people_in(case)}
    await uow.people.know(ids)
    known = [await uow.people.person(person_id) for person_id in ids]
    names = {one.user_id: one.crm_name for one in known if one is not None and one.crm_name}
    named: Case[Any] = renamed(case, names) if names else case
    return named


def by_name(flows: Sequence[Flow[Any]]) -> Flows:
    """The flows by the word of /bind."""
    return {flow.name: flow for flow in flows}
