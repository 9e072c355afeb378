"""CRMKA's JSON → the port's records.

The API's description dates from 2020: nothing here crashes on a missing, null or oddly typed field.
What the CRM should have sent and did not is named in `Lead.missing`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from crm_api import crmka_status
from crm_api.port import Call, Comment, CrmUser, Disposition, Item, Lead, LeadBrief

_COUNTRIES = {
    "RU": ("ru", "rus", "россия", "рф"),
    "KZ": ("kz", "kaz", "казахстан", "рк", "кз"),
    "AM": ("am", "arm", "армения"),
    "UA": ("ua", "ukr", "украина"),
}
_COUNTRY_OF = {word: code for code, words in _COUNTRIES.items() for word in words}
_CURRENCIES = {"RU": "RUB", "KZ": "KZT", "AM": "AMD", "UA": "UAH"}

#: What CRMKA writes where nobody is responsible.
_NO_MANAGER = "менеджер не указан"
#: Of the longest number that is one.
_DIGITS = 19
_TOO_LONG = 10**_DIGITS
_MASKS = frozenset("?*")


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object, read field by field; remembers what was not there."""

    raw: dict[str, Any]
    missing: list[str] = field(default_factory=list)

    def get(self, name: str, *kinds: type) -> Any:
        """The value or None; a field that is absent or of another kind is noted as missing."""
        value = self.raw.get(name)
        if name not in self.raw or (
            value is not None and kinds and (not isinstance(value, kinds) or value is True)
        ):
            self.missing.append(name)
            return None
        return value

    def rows(self, name: str) -> list[Any]:
        """A list, empty where the field is null; what is no list is noted as missing."""
        return self.get(name, list) or []


def text(value: Any, *names: str) -> str:
    """A text; of an object the first of its fields `names` that says something; "" for the rest."""
    if type(value) is str:
        # Nearly always, and seventy times a round.
        return value.strip()
    if isinstance(value, dict):
        return next((said for name in names if (said := text(value.get(name)))), "")
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    return str(value).strip()


def whole(value: Any) -> int | None:
    """A whole number, also out of "12" or "12.0"; None where it is none."""
    number = money(value)
    return int(number) if number is not None and number == int(number) else None


def money(value: Any) -> Decimal | None:
    """A finite number, also out of «4 990,50»; None where it is none."""
    if type(value) is int and -_TOO_LONG < value < _TOO_LONG:
        # Nearly always, and twenty times a round.
        return Decimal(value)
    said = "".join(text(value).split()).replace(",", ".")
    try:
        number = Decimal(said)
    except InvalidOperation:
        return None
    # An exponent like 1e999999 would make int() run for ever.
    return number if number.is_finite() and abs(number.adjusted()) < _DIGITS else None


def truth(value: Any) -> bool:
    """A yes out of true, 1 or "1"."""
    return value is True or whole(value) == 1


def country_of(value: Any) -> str:
    """ISO 3166 alpha-2 out of a code or a Russian name; "" where it is not known."""
    said = text(value, "code", "title", "name")
    known = _COUNTRY_OF.get(said.casefold(), "")
    return known or (said.upper() if len(said) == 2 and said.isascii() and said.isalpha() else "")  # noqa: PLR2004 -- alpha-2


def currency_of(country: str) -> str:
    """ISO 4217 of a country where the call centre sells; "" for another."""
    return _CURRENCIES.get(country, "")


def status_name(value: Any) -> str:
    """The name of a status, given bare or as an object."""
    return text(value, "name", "title")


def is_masked(phones: tuple[str, ...]) -> bool:
    """Whether the CRM hides digits: such numbers must never be written back."""
    return any(_MASKS & set(phone) for phone in phones)


class Reader:
    """Turns one CRM's records into the port's.

    Args:
        zone: the zone in which the CRM writes its times.
        lead_url: the page of a lead, by its key.
    """

    def __init__(self, zone: ZoneInfo, lead_url: Callable[[str], str]) -> None:
        self._zone = zone
        self._lead_url = lead_url

    def time(self, value: Any) -> datetime | None:
        """`YYYY-MM-DD HH:MM:SS` of the CRM's zone (or ISO with an offset) → aware UTC, or None."""
        if not isinstance(value, str):
            return None
        try:
            said = datetime.fromisoformat(value.strip())
            return (said if said.tzinfo else said.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError):  # "0000-00-00 00:00:00" is how MySQL says nothing
            return None

    def lead(self, raw: dict[str, Any], key: str) -> Lead:
        """A whole record; `key` is the one that was asked for."""
        fields = Fields(raw)
        fields.get("key")
        fields.get("statuses")
        given = fields.get("phones", list, str, int)
        if not all(isinstance(phone, str | int | None) for phone in _listed(given)):
            fields.missing.append("phones")
            given = None
        phones = tuple(said for phone in _listed(given) if (said := text(phone)))
        country = country_of(fields.get("country_code"))
        sales = fields.rows("sales")
        items = tuple(self._item(row, fields) for row in sales if isinstance(row, dict))
        calls = (self.call(row) for row in fields.rows("calls_t") if isinstance(row, dict))
        comments = (self._comment(row) for row in fields.rows("comments") if isinstance(row, dict))
        double = fields.get("is_double")
        return Lead(
            id=key,
            number=text(fields.get("id", int, str)),
            url=self._lead_url(key),
            project=text(fields.get("projects"), "title", "name"),
            country=country,
            currency=currency_of(country),
            total=_total(sales),
            client_name=text(fields.get("client_name")),
            phones=phones,
            phones_masked=is_masked(phones),
            created_at=self.time(fields.get("created_at", str)),
            disposition=self._disposition(raw, fields),
            delivery_status=status_name(raw.get("status_3")),
            items=items,
            calls=oldest_first(calls),
            comments=tuple(comments),
            operator=text(fields.get("operator"), "name", "login"),
            manager=_manager(fields.get("call_manager")),
            is_duplicate=None if double is None else truth(double),
            missing=tuple(dict.fromkeys(fields.missing)),
            # The phones exactly as they came: every PUT must give them back.
            raw_version="" if given is None else json.dumps(given, ensure_ascii=False),
        )

    def brief(self, raw: dict[str, Any], key: str) -> LeadBrief:
        """A lead of the list, as lists show it."""
        country = country_of(raw.get("country_code"))
        return LeadBrief(
            id=key,
            url=self._lead_url(key),
            project=text(raw.get("projects"), "title", "name"),
            created_at=self.time(raw.get("created_at")),
            disposition=self._disposition(raw, Fields(raw)),
            delivery_status=status_name(raw.get("status_3")),
            payment_status=status_name(raw.get("status_5")),
            country=country,
            currency=currency_of(country),
            total=_total(_listed(raw.get("sales"))),
            operator=text(raw.get("operator"), "name", "login")
            or _manager(raw.get("call_manager")),
            client_name=text(raw.get("client_name")),
        )

    def double(self, raw: dict[str, Any], key: str) -> LeadBrief:
        """A row of order_doubles: names of statuses, no sum, no operator."""
        country = country_of(raw.get("geo"))
        return LeadBrief(
            id=key,
            url=self._lead_url(key),
            project=text(raw.get("project"), "title", "name"),
            created_at=self.time(raw.get("date")),
            disposition=crmka_status.from_label(status_name(raw.get("status_gr_1"))),
            delivery_status=status_name(raw.get("status_gr_3")),
            payment_status=status_name(raw.get("status_gr_5")),
            country=country,
            currency=currency_of(country),
            client_name=text(raw.get("fio")),
        )

    def call(self, raw: dict[str, Any]) -> Call:
        """One call; `billing_time` is the seconds talked."""
        return Call(
            operator=text(raw.get("manager"), "name"),
            started_at=self.time(raw.get("record_time")) or self.time(raw.get("time")),
            talked=max(0, whole(raw.get("billing_time")) or 0),
            answered=text(raw.get("disposition")).casefold() == "answered",
            recording=text(raw.get("record_link")),
        )

    def user(self, raw: dict[str, Any]) -> CrmUser:
        """A user; one whose `is_work` is not told counts as working."""
        works = raw.get("is_work")
        return CrmUser(
            id=text(raw.get("id")),
            login=text(raw.get("login")),
            first_name=text(raw.get("first_name")),
            last_name=text(raw.get("last_name")),
            telegram=text(raw.get("telegram")).rstrip("/").rpartition("/")[2].lstrip("@"),
            works=works is None or truth(works),
        )

    def _disposition(self, raw: dict[str, Any], fields: Fields) -> Disposition:
        status = fields.get("status_1", dict, int, str)
        if isinstance(status, int | str):  # bare, as other fields of this API are at times
            named = "id" if text(status).isdecimal() else "name"
            status = {named: status}
        status = status or crmka_status.of_sales_group(raw.get("statuses"))
        if status is not None:
            return crmka_status.from_status(status, raw.get("date_status_1"), self.time)
        told = "status_1" not in fields.missing or isinstance(raw.get("statuses"), list)
        return crmka_status.NEW if told else crmka_status.UNKNOWN

    def _comment(self, raw: dict[str, Any]) -> Comment:
        return Comment(
            text=text(raw.get("text")),
            author=text(raw.get("user_id_name"), "name"),
            at=self.time(raw.get("created_at")),
        )

    @staticmethod
    def _item(raw: dict[str, Any], fields: Fields) -> Item:
        price, quantity = money(raw.get("price")), whole(raw.get("quantity"))
        for name, value in (("sales.price", price), ("sales.quantity", quantity)):
            if value is None:
                fields.missing.append(name)
        return Item(
            name=text(raw.get("name")),
            price=Decimal(0) if price is None else price,
            quantity=1 if quantity is None else quantity,
        )


def oldest_first(calls: Any) -> tuple[Call, ...]:
    """Calls by their start; one without a time stands first, where it can be no news."""
    nothing = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(calls, key=lambda call: call.started_at or nothing))


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _manager(value: Any) -> str:
    name = text(value, "name")
    return "" if name.casefold() == _NO_MANAGER else name


def _total(sales: list[Any]) -> Decimal | None:
    """The sum of the lines; None where there are none or one cannot be read."""
    total = Decimal(0)
    for row in sales:
        price = money(row.get("price")) if isinstance(row, dict) else None
        quantity = whole(row.get("quantity")) if isinstance(row, dict) else None
        if price is None or quantity is None:
            return None
        total += price * quantity
    return total if sales else None
