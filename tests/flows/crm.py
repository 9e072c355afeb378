"""A CRM in memory that answers a case's work as the write-back would hand it in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from bot.flows import undo
from bot.flows.effects import (
    CRM_WRITES,
    Effect,
    FindOrders,
    PinRefusal,
    ReadLead,
    SetDisposition,
    SetManager,
)
from bot.flows.names import same_person
from bot.flows.records import Action, Case, Fact, Happened
from bot.flows.writes import NO_SUCH_USER
from crm_api.port import Disposition, DispositionGroup, Lead, LeadBrief

DUPLICATE = Disposition(group=DispositionGroup.TRASH, code="50", label="дубль")
_KNOWN = {
    one.code: one
    for one in (
        DUPLICATE,
        Disposition(group=DispositionGroup.TRASH, code="70", label="брак обмен"),
        Disposition(group=DispositionGroup.REFUSED, code="100", label="дорого"),
        Disposition(group=DispositionGroup.REFUSED, code="63", label="передумал"),
        Disposition(group=DispositionGroup.REFUSED, code="163", label="другая причина"),
    )
}


def disposition_of(code: str) -> Disposition:
    """What the CRM shows for a code of the handbook."""
    return _KNOWN.get(code, Disposition(group=DispositionGroup.OTHER, code=code, label=code))


def _goes_back(case: Case[Any], wanted: SetDisposition | SetManager) -> bool:
    return not wanted.undoes or undo.is_ours(case.data.writes, wanted.undoes)


@dataclass
class MemoryCrm:
    """Leads by their keys; numbers lead to keys. `refuses`: it answers every write with no."""

    leads: dict[str, Lead] = field(default_factory=dict)
    earlier: dict[str, tuple[LeadBrief, ...]] = field(default_factory=dict)
    orders: dict[str, tuple[LeadBrief, ...]] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    #: (lead id, operator) of every refusal that was attributed.
    pins: list[tuple[str, str]] = field(default_factory=list)
    #: Names that no user of the CRM has.
    strangers: set[str] = field(default_factory=set)
    is_up: bool = True
    refuses: bool = False

    def knows(self, lead: Lead, *earlier: LeadBrief) -> None:
        """Put a lead in, and what the client ordered before."""
        self.leads[lead.id] = lead
        self.earlier[lead.id] = earlier

    def somebody_sets(self, lead_id: str, disposition: Disposition) -> None:
        """A person changes the status behind our back."""
        self.leads[lead_id] = replace(self.leads[lead_id], disposition=disposition)

    def status(self, lead_id: str) -> str:
        """The code of the lead's disposition."""
        return self.leads[lead_id].disposition.code

    def answer(self, case: Case[Any], effect: Effect, comment: str) -> Action:  # noqa: PLR0911 -- one for each kind
        """What becomes of a piece of work."""
        no = effect.no if isinstance(effect, CRM_WRITES) else 0
        if not self.is_up:
            return Action(name=Fact.CRM_DOWN, what=Happened(no=no, say="no answer"))
        match effect:
            case ReadLead():
                return self._read(effect)
            case FindOrders():
                found = self.orders.get(effect.phone, ())
                return Action(name=Fact.ORDERS_FOUND, what=Happened(earlier=found))
            case _ if self.refuses:
                return Action(name=Fact.CRM_REFUSED, what=Happened(no=no, say="not allowed"))
            case SetDisposition():
                return self._set(case, effect)
            case PinRefusal():
                return self._pin(case.lead, effect)
            case SetManager():
                return self._make_responsible(case, effect)
            case _:
                self.comments.append(comment)
                return Action(name=Fact.CRM_SAVED, what=Happened(no=no))

    def _read(self, wanted: ReadLead) -> Action:
        lead = self.leads.get(self._id_of(wanted.ref))
        if lead is None:
            return Action(name=Fact.LEAD_MISSING)
        what = Happened(lead=lead, earlier=self.earlier[lead.id])
        return Action(name=Fact.LEAD_READ, what=what)

    def _set(self, case: Case[Any], wanted: SetDisposition) -> Action:
        lead_id = case.lead
        found = self.leads[lead_id].disposition
        if found.code == wanted.code:
            return Action(name=Fact.CRM_SAVED, what=Happened(no=wanted.no, found=True))
        if found.code != wanted.seen or not _goes_back(case, wanted):
            what = Happened(no=wanted.no, disposition=found)
            return Action(name=Fact.CRM_CONFLICT, what=what)
        self.somebody_sets(lead_id, disposition_of(wanted.code))
        return Action(name=Fact.CRM_SAVED, what=Happened(no=wanted.no))

    def _pin(self, lead_id: str, wanted: PinRefusal) -> Action:
        if wanted.operator in self.strangers:
            what = Happened(no=wanted.no, say=NO_SUCH_USER, lead=self.leads[lead_id])
            return Action(name=Fact.CRM_REFUSED, what=what)
        self.pins.append((lead_id, wanted.operator))
        was = self.leads[lead_id].manager
        # Its own call fills two fields.
        after = replace(self.leads[lead_id], manager=wanted.operator, operator=wanted.operator)
        self.leads[lead_id] = after
        found = same_person(was, wanted.operator)
        what = Happened(no=wanted.no, lead=after, found=found, was="" if found else was)
        return Action(name=Fact.CRM_SAVED, what=what)

    def _make_responsible(self, case: Case[Any], wanted: SetManager) -> Action:
        lead_id, lead = case.lead, self.leads[case.lead]
        if not (same_person(lead.manager, wanted.seen) and _goes_back(case, wanted)):
            return Action(name=Fact.CRM_CONFLICT, what=Happened(no=wanted.no, lead=lead))
        if wanted.operator in self.strangers:
            what = Happened(no=wanted.no, say=NO_SUCH_USER, lead=lead)
            return Action(name=Fact.CRM_REFUSED, what=what)
        self.leads[lead_id] = replace(lead, manager=wanted.operator)
        return Action(name=Fact.CRM_SAVED, what=Happened(no=wanted.no, lead=self.leads[lead_id]))

    def _id_of(self, ref: str) -> str:
        for lead in self.leads.values():
            if ref in {lead.id, lead.number}:
                return lead.id
        return ref
