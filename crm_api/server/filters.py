"""The list filters: `["id","=",36973]`, joined as `[[…],"and",[…]]`, turned into SQL.

Field names come from a fixed table and values are always bound, so nothing of the request becomes
a part of the SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from .schema import PLAIN_FIELDS
from .statuses import GROUPS, STATUSES

_COMPARED = {"=": "=", "<>": "<>", "<": "<", ">": ">"}
_WORDS = ("contains", "startswith")
_JOINS = ("and", "or")
#: Nobody writes a filter deeper than this by hand, and Python's stack is finite.
_DEEPEST = 20
_WHOLE_NUMBER = re.compile(r"\d{10,15}")


class Kind(Enum):
    """How a field is compared."""

    NUMBER = auto()
    TEXT = auto()
    TIME = auto()
    PHONE = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A field that can be filtered: its SQL and its kind. A PHONE's SQL has `{}` for the test."""

    sql: str
    kind: Kind = Kind.TEXT


class BadFilter(Exception):
    """The filter cannot be understood."""


class PhoneFilterRefused(Exception):
    """Without the right to see phones only a whole number may be searched."""


def _status(column: str, group: int) -> str:
    return (
        f"(SELECT {column} FROM lead_statuses s"  # noqa: S608 -- both are ours
        f" WHERE s.lead_id = leads.id AND status_group = {group})"
    )


def _status_name(group: int) -> str:
    names = " ".join(
        f"WHEN {status.id} THEN '{status.name}'" for status in STATUSES.values()
    )  # our own constants, no quotation marks in them
    return f"(CASE {_status('status_id', group)} {names} END)"


ORDER_FIELDS: dict[str, Field] = {
    **{name: Field(f"leads.{name}") for name in PLAIN_FIELDS},
    "id": Field("leads.id", Kind.NUMBER),
    "key": Field("leads.key"),
    "created_at": Field("leads.created_at", Kind.TIME),
    "manager_id": Field("leads.manager_id", Kind.NUMBER),
    "is_double": Field("leads.is_double", Kind.NUMBER),
    "delivery_types_price": Field("leads.delivery_types_price", Kind.NUMBER),
    "projects.id": Field("leads.project_id", Kind.NUMBER),
    "projects.title": Field("(SELECT title FROM projects p WHERE p.id = leads.project_id)"),
    "phones": Field(
        "EXISTS (SELECT 1 FROM phones p WHERE p.lead_id = leads.id AND {})", Kind.PHONE
    ),
    **{f"status_{n}": Field(_status("status_id", n), Kind.NUMBER) for n in GROUPS},
    **{f"status_{n}.id": Field(_status("status_id", n), Kind.NUMBER) for n in GROUPS},
    **{f"status_{n}.name": Field(_status_name(n)) for n in GROUPS},
    **{f"date_status_{n}": Field(_status("s.created_at", n), Kind.TIME) for n in GROUPS},
}

CALL_FIELDS: dict[str, Field] = {
    "id": Field("calls.id", Kind.NUMBER),
    "order_id": Field("calls.lead_id", Kind.NUMBER),
    "order_key": Field("(SELECT key FROM leads l WHERE l.id = calls.lead_id)"),
    "phone": Field("EXISTS (SELECT 1 FROM calls p WHERE p.id = calls.id AND {})", Kind.PHONE),
    "manager": Field("calls.manager"),
    "sip": Field("calls.sip"),
    "call_type": Field("calls.call_type"),
    "disposition": Field("calls.disposition"),
    "record_time": Field("calls.record_time", Kind.TIME),
    "billing_time": Field("calls.billing_time", Kind.NUMBER),
    "duration_time": Field("calls.duration_time", Kind.NUMBER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterReader:
    """Reads filters over one table.

    Attributes:
        fields: what may be filtered.
        sees_phones: whether parts of a number may be searched.
        as_kept: a time of the CRM's zone as the tables keep it (ValueError if it is none).
    """

    fields: Mapping[str, Field]
    sees_phones: bool
    as_kept: Callable[[str], str]

    def read(self, expression: Any, depth: int = 0) -> tuple[str, list[Any]]:
        """The SQL condition and its values.

        Raises:
            BadFilter: it is no filter, or names an unknown field or operator.
            PhoneFilterRefused: it searches a part of a number without the right.
        """
        if not isinstance(expression, list) or not expression or depth > _DEEPEST:
            raise BadFilter("a filter is a list")
        if isinstance(expression[0], str):
            return self._condition(expression)
        parts = [self.read(part, depth + 1) for part in expression[::2]]
        joins = {join for join in expression[1::2] if isinstance(join, str)}
        # A mixture would need a precedence that nobody has promised: brackets say it.
        if len(expression) % 2 == 0 or len(joins) > 1 or not joins <= set(_JOINS):
            raise BadFilter('conditions are joined by "and" or by "or"')
        if len(parts) > 1 and not joins:
            raise BadFilter('conditions are joined by "and" or by "or"')
        joined = f" {''.join(joins)} ".join(sql for sql, _ in parts)
        return f"({joined})", [value for _, values in parts for value in values]

    def _condition(self, expression: list[Any]) -> tuple[str, list[Any]]:
        if len(expression) != 3:  # noqa: PLR2004 -- field, operator, value
            raise BadFilter("a condition is [field, operator, value]")
        name, operator, value = expression
        field = self.fields.get(name)
        if field is None:
            raise BadFilter(f"unknown field {name}")
        if operator not in _COMPARED and operator not in _WORDS:
            raise BadFilter(f"unknown operator {operator}")
        if isinstance(value, list | dict):
            raise BadFilter("a value is a number, a text or null")
        if field.kind is Kind.PHONE:
            return self._phone(field, operator, value)
        if value is None:
            if operator not in {"=", "<>"}:
                raise BadFilter("null can only be = or <>")
            return f"{field.sql} IS {'NOT ' if operator == '<>' else ''}NULL", []
        return self._compare(field, operator, value)

    def _phone(self, field: Field, operator: str, value: Any) -> tuple[str, list[Any]]:
        text = str(value)
        if not self.sees_phones and (operator != "=" or not _WHOLE_NUMBER.fullmatch(text)):
            raise PhoneFilterRefused
        negated = operator == "<>"
        test, values = self._compare(Field("p.phone"), "=" if negated else operator, text)
        return f"{'NOT ' if negated else ''}{field.sql.format(test)}", values

    def _compare(self, field: Field, operator: str, value: Any) -> tuple[str, list[Any]]:
        if operator in _WORDS:
            text = str(value).casefold()
            if operator == "contains":
                return f"instr(folded({field.sql}), ?) > 0", [text]
            return f"substr(folded({field.sql}), 1, ?) = ?", [len(text), text]
        try:
            bound = self._bound(field.kind, value)
        except ValueError as error:
            raise BadFilter("the value does not fit the field") from error
        if operator == "<>":  # as people mean it: an empty field is not equal either
            return f"{field.sql} IS NOT ?", [bound]
        return f"{field.sql} {_COMPARED[operator]} ?", [bound]

    def _bound(self, kind: Kind, value: Any) -> str | int:
        if kind is Kind.NUMBER:
            return int(value)
        if kind is Kind.TIME:
            return self.as_kept(str(value))
        return str(value)
