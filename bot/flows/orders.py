"""What a lead and its client's earlier orders tell the one who decides (handbook section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from crm_api.port import DispositionGroup, Lead, LeadBrief


class Fate(StrEnum):
    """What became of an order."""

    NEW = "new"
    ON_ITS_WAY = "on_its_way"
    REDEEMED = "redeemed"
    RETURNED = "returned"
    REFUSED = "refused"
    TRASH = "trash"
    OTHER = "other"


class Advice(StrEnum):
    """What the earlier orders speak for. The admin decides; this only saves him the reading."""

    #: An order is confirmed and not yet bought out: a second one is likely the same wish twice.
    REFUSE_ON_ITS_WAY = "refuse_on_its_way"
    #: The client did not collect an earlier order.
    REFUSE_RETURNED = "refuse_returned"
    #: Another request of his waits unprocessed: only one of the two may be confirmed.
    CHECK_OTHER_REQUEST = "check_other_request"
    #: He bought out what he ordered.
    ALLOW_REDEEMED = "allow_redeemed"
    #: There was no order in the end.
    ALLOW_NO_ORDER = "allow_no_order"
    #: Nothing burns.
    NOTHING_BURNS = "nothing_burns"


@dataclass(frozen=True, kw_only=True)
class EarlierOrder:
    """An earlier order of the client, as the card shows it. `at`: confirmed, else created."""

    url: str
    project: str
    status: str
    delivery: str
    fate: Fate
    at: datetime | None
    total: Decimal | None
    currency: str
    operator: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the CRM said of a lead when it was read. No phone, no name: a card needs neither.

    Attributes:
        code, group, label: its disposition then; a write compares with `code`.
        talks: how many answered calls; talked: their seconds.
        missing: fields that the CRM did not send.
    """

    url: str
    number: str
    project: str
    country: str
    total: Decimal | None
    currency: str
    code: str
    group: DispositionGroup
    label: str
    earlier: tuple[EarlierOrder, ...]
    calls: int
    talks: int
    talked: int
    marked: bool
    missing: tuple[str, ...]

    @property
    def burns(self) -> bool:
        """Whether the CRM really knows duplicates of this lead (its mark alone proves none)."""
        return bool(self.earlier)

    @property
    def confirmed(self) -> bool:
        """Whether the lead itself is a confirmed order."""
        return self.group is DispositionGroup.CONFIRMED

    @property
    def advice(self) -> tuple[Advice, EarlierOrder | None]:
        """What the earlier orders speak for, and the order that it rests on."""
        return advice(self)


_UNCONFIRMED = {
    DispositionGroup.REFUSED: Fate.REFUSED,
    DispositionGroup.TRASH: Fate.TRASH,
    DispositionGroup.NEW: Fate.NEW,
    DispositionGroup.WAITING: Fate.NEW,
    DispositionGroup.OTHER: Fate.OTHER,
}
# Delivery words differ from CRM to CRM; these stems are what they share.
_RETURNED = ("возврат", "невыкуп", "не выкуп", "отказ")
_REDEEMED = ("выкуп", "вруч", "выполн", "получен", "доставлен", "оплачен")


#: A CRM may send anything; more of it would only push the rest off the card.
_LONGEST = 80
#: Of a currency or a country: three letters and two, where the CRM keeps to the standards.
_LONGEST_CODE = 12
_MOST_MISSING = 8


def short(words: str, longest: int = _LONGEST) -> str:
    """A CRM's words as a card has room for them: one line, 80 characters."""
    # What stands behind so many words is beyond that room: a CRM's field may hold a whole page.
    line = " ".join(words.split(maxsplit=longest))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def fate(order: LeadBrief) -> Fate:
    """What became of an order, by its disposition and then by the words of its delivery."""
    if order.disposition.group is not DispositionGroup.CONFIRMED:
        return _UNCONFIRMED[order.disposition.group]
    words = f"{order.delivery_status} {order.payment_status}".casefold()
    if any(stem in words for stem in _RETURNED):
        return Fate.RETURNED
    if any(stem in words for stem in _REDEEMED) and "не " not in words:
        return Fate.REDEEMED
    return Fate.ON_ITS_WAY


def earlier_order(order: LeadBrief) -> EarlierOrder:
    """The part of an earlier order that a card shows."""
    confirmed = order.disposition.group is DispositionGroup.CONFIRMED
    return EarlierOrder(
        url=order.url,
        project=short(order.project),
        status=short(order.disposition.label),
        delivery=short(order.delivery_status),
        fate=fate(order),
        at=(order.disposition.set_at if confirmed else None) or order.created_at,
        total=order.total,
        currency=short(order.currency, _LONGEST_CODE),
        operator=short(order.operator),
    )


def facts(lead: Lead, earlier: Sequence[LeadBrief]) -> Facts:
    """The facts of a lead that was just read."""
    talks = [call for call in lead.calls if call.answered]
    return Facts(
        url=lead.url,
        number=lead.number,
        project=short(lead.project),
        country=short(lead.country, _LONGEST_CODE),
        total=lead.total,
        currency=short(lead.currency, _LONGEST_CODE),
        code=lead.disposition.code,
        group=lead.disposition.group,
        label=short(lead.disposition.label),
        earlier=tuple(earlier_order(order) for order in earlier),
        calls=len(lead.calls),
        talks=len(talks),
        talked=sum(call.talked for call in talks),
        marked=bool(lead.is_duplicate),
        missing=tuple(short(name) for name in lead.missing[:_MOST_MISSING]),
    )


#: From the weightiest: an order on its way speaks louder than one that was bought out.
_WEIGHT = (
    (Fate.ON_ITS_WAY, Advice.REFUSE_ON_ITS_WAY),
    (Fate.RETURNED, Advice.REFUSE_RETURNED),
    (Fate.NEW, Advice.CHECK_OTHER_REQUEST),
    (Fate.REDEEMED, Advice.ALLOW_REDEEMED),
)


def advice(known: Facts) -> tuple[Advice, EarlierOrder | None]:
    """What the earlier orders speak for, and the order that it rests on."""
    if not known.burns:
        return Advice.NOTHING_BURNS, None
    for what, advised in _WEIGHT:
        for order in known.earlier:
            if order.fate is what:
                return advised, order
    return Advice.ALLOW_NO_ORDER, known.earlier[-1]
