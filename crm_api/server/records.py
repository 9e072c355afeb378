"""What goes into the small CRM: its users with their rights, and new leads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

#: How every time of this CRM is written.
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def stamp(moment: datetime) -> str:
    """A moment as the tables keep it: UTC. A naive time is refused, since its zone is a guess."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


def local(kept: str, zone: ZoneInfo) -> str:
    """A kept time as the API and the pages show it: in the CRM's own zone."""
    utc = datetime.strptime(kept, TIME_FORMAT).replace(tzinfo=UTC)
    return utc.astimezone(zone).strftime(TIME_FORMAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What an account may do.

    Attributes:
        sees_phones: without it numbers are masked with `?`, and only whole numbers can be searched.
        has_permission: without it `users/me` is refused.
        edits: may PUT a lead and pin refusals.
        changes_manager: may make somebody else responsible.
        groups: groups of statuses that the account may set at all.
        forbidden_statuses: single statuses that it may not; they are skipped in silence.
    """

    sees_phones: bool = True
    has_permission: bool = True
    edits: bool = True
    changes_manager: bool = True
    groups: tuple[int, ...] = (1,)
    forbidden_statuses: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The rights as the tables keep them."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """The rights from what the tables keep."""
        lists: dict[str, Any] = {k: tuple(v) for k, v in kept.items() if isinstance(v, list)}
        return cls(**{**kept, **lists})

    def names(self) -> list[str]:
        """The API's words for `permission`."""
        words = {
            "orders_view": True,
            "orders_edit": self.edits,
            "orders_phones": self.sees_phones,
            "orders_change_manager": self.changes_manager,
        }
        return [word for word, given in words.items() if given]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person (or the bot) as the CRM knows him."""

    id: int
    login: str
    first_name: str
    last_name: str
    telegram: str
    organization_id: int
    is_work: bool
    rights: Rights

    @property
    def name(self) -> str:
        """«Фамилия Имя», as calls, comments and statuses sign."""
        return f"{self.last_name} {self.first_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An order line; `upsale` is 0, 1 or 2."""

    name: str
    price: int
    quantity: int = 1
    upsale: int = 0
    product_id: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call; `talked` and `rang` are seconds, `operator` is a «Фамилия Имя»."""

    operator: str
    at: datetime
    talked: int
    rang: int = 8
    answered: bool = True
    recorded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that somebody did at some time: a comment's text, an SMS, a status's id."""

    what: str | int
    author: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """What is sold: `cross_sales` are (name, price) of the script's further items."""

    title: str
    organization: str = "Online Retail"
    category: str = "Товары"
    cross_sales: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """A lead to be inserted.

    Attributes:
        key: ten hex digits; "" has the CRM make one up.
        id: the numeric id; 0 takes the next.
        phones: digits, the first of them makes doubles.
        statuses: `what` is a status's id; the group follows from it.
        fields: any of `schema.PLAIN_FIELDS`.
    """

    created_at: datetime
    project: NewProject
    phones: tuple[str, ...]
    key: str = ""
    id: int = 0
    operator: str = ""
    offer_price: int = 0
    prepayment: int = 0
    birth_year: int | None = None
    is_double: bool = False
    items: tuple[NewItem, ...] = ()
    calls: tuple[NewCall, ...] = ()
    statuses: tuple[Said, ...] = ()
    comments: tuple[Said, ...] = ()
    sms: tuple[Said, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
