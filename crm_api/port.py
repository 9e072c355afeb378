"""The neutral port: what the bot asks of a CRM, and the records that it gets back.

Drawn for four CRMs (CRMKA, Bitrix24, RetailCRM, Megaplan). Two decisions follow from them:

* Writes take the `Lead` that was *just read*. CRMKA wants the phones back in every PUT, RetailCRM
  overwrites the comment field, Megaplan posts back one of the lead's possible transitions: each
  needs the fresh record, and reading first makes a write repeatable (look before you write).
* Dispositions are named by the call centre's own codes (handbook section 3: "50" is «дубль»). An
  adapter whose CRM has other ids maps the codes.

All times are aware UTC. Money is `Decimal` in the lead's currency. Unknown is None or "", and the
names of fields that the CRM ought to have sent, and did not, are listed in `Lead.missing`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class DispositionGroup(StrEnum):
    """How a call may end, in general (handbook section 3: «Подтвердить», «Отказ», «Треш»...)."""

    NEW = "new"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    REFUSED = "refused"
    TRASH = "trash"
    OTHER = "other"


#: Sub-status «дубль»: the lead repeats an order from the same phone number.
DUPLICATE = "50"
#: Sub-status «брак обмен»: the client calls about a return or an exchange.
RETURN_OR_EXCHANGE = "70"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRef:
    """What a pasted link names, before the CRM was asked.

    `text` is the CRM's own spelling in lower case (CRMKA: the key, or the numeric id). Two
    references may name one lead; `Lead.id` is the canonical one.
    """

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """The sales status of a lead: its group, the call centre's code, the label that people read."""

    group: DispositionGroup
    code: str
    label: str
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One order line."""

    name: str
    price: Decimal
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment of the lead record."""

    text: str
    author: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a lead. `talked` is in seconds; `operator` is a name as the CRM writes it."""

    operator: str
    started_at: datetime | None
    talked: int
    answered: bool
    recording: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadBrief:
    """A lead as lists show it: enough to tell what the client did before.

    `delivery_status` and `payment_status` are in the CRM's own words.
    """

    id: str
    url: str
    project: str
    created_at: datetime | None
    disposition: Disposition
    delivery_status: str = ""
    payment_status: str = ""
    country: str = ""
    currency: str = ""
    total: Decimal | None = None
    operator: str = ""
    client_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A lead record as it is now.

    Attributes:
        id: canonical id: the same for every way to name the lead.
        number: the second, numeric id that some CRMs show beside it; "" where there is none.
        url: the page of the lead for a person.
        country: ISO 3166 alpha-2 in upper case, or "".
        phones: as the CRM gives them; see `phones_masked`.
        phones_masked: the bot's user may not see the numbers; then a write is refused (CrmConfig).
        is_duplicate: whether the CRM itself marks the lead as a duplicate; None if it does not say.
        missing: names of the CRM's fields that should be there and were not.
        raw_version: whatever the adapter needs again for a write that follows this read.
    """

    id: str
    number: str
    url: str
    project: str
    country: str
    currency: str
    total: Decimal | None
    client_name: str
    phones: tuple[str, ...]
    phones_masked: bool
    created_at: datetime | None
    disposition: Disposition
    delivery_status: str = ""
    items: tuple[Item, ...] = ()
    calls: tuple[Call, ...] = ()
    comments: tuple[Comment, ...] = ()
    operator: str = ""
    manager: str = ""
    is_duplicate: bool | None = None
    missing: tuple[str, ...] = ()
    raw_version: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmUser:
    """A person as the CRM knows him. `telegram` is a @name without the @, or ""."""

    id: str
    login: str
    first_name: str
    last_name: str
    telegram: str = ""
    works: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `doctor`: what was checked, whether it is well, and how to mend it if not."""

    check: str
    ok: bool
    say: str
    mend: str = ""


class Crm(Protocol):
    """One CRM. A method may raise what `crm_api.errors` draws; none retries a write by itself.

    What a write raises tells whether it may have been done: see there.
    """

    @property
    def name(self) -> str:
        """The registry's name of the adapter, as in the setting CRM."""

    def lead_in_path(self, path: str) -> LeadRef | None:
        """The lead that the path of a link names, or None. Pure: nothing is fetched."""

    def lead_url(self, lead_id: str) -> str:
        """The page of a lead for a person."""

    async def read_lead(self, ref: LeadRef) -> Lead:
        """The lead as it is now, with comments, items and calls (where the CRM has them)."""

    async def read_with_earlier(self, ref: LeadRef) -> tuple[Lead, tuple[LeadBrief, ...]]:
        """`read_lead`, and the client's earlier orders: side by side where the CRM allows it.

        These are other leads from the same phone number, the lead itself left out, oldest first;
        sum and operator are filled for the oldest at least. Does not open (mark) those leads.

        What is wrong with the lead is raised whatever is wrong with the others; `CrmNotFound` means
        the lead alone. When it ends, however it ends, no request of it is left under way.
        """

    async def find_by_phone(self, phone: str) -> tuple[LeadBrief, ...]:
        """Leads of a phone number, newest first; `phone` is E.164 without the plus."""

    async def calls(self, lead: Lead) -> tuple[Call, ...]:
        """All calls of the lead, oldest first."""

    async def add_comment(self, lead: Lead, text: str) -> Lead:
        """Append a comment to the lead that was just read; returns the lead as it is after."""

    async def set_disposition(self, lead: Lead, code: str) -> Lead:
        """Ask for a disposition and read back. The CRM may have skipped it: the caller compares."""

    async def pin_refusal(self, lead: Lead) -> Lead:
        """Have the CRM attribute the refusal to the first who talked; returns the lead after."""

    async def set_manager(self, lead: Lead, user_id: str) -> Lead:
        """Make a user responsible for the lead; returns the lead after."""

    async def find_users(self, query: str) -> tuple[CrmUser, ...]:
        """Users whose name fits; more than one means: ask, do not guess.

        Also by their login, and of «@name» by their name in Telegram, where the CRM knows these.
        """

    async def check(self) -> tuple[Finding, ...]:
        """Access and rights of the bot's CRM user, for `doctor`."""

    async def aclose(self) -> None:
        """Give the connections back."""
