"""CRMKA's sales statuses → dispositions; their ids are the handbook's codes (section 3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from crm_api.port import Disposition, DispositionGroup

#: The roots of status group 1.
ROOTS: Final = {
    "17": DispositionGroup.CONFIRMED,
    "18": DispositionGroup.WAITING,
    "19": DispositionGroup.REFUSED,
    "58": DispositionGroup.TRASH,
}

#: The handbook's tables: what a status is when the CRM sends its name or its id only.
_REFUSALS: Final = {
    "472": "не согласен даже на минимальный апсейл",
    "160": "не пред. всех данных",
    "161": "клиент не говорит не на одном языке доступном кц",
    "156": "не устр. сроки дост.",
    "332": "клиент утверждает что уже подтвердил заказ в другом интернет магазине",
    "61": "нашел дешевле",
    "60": "нет в наличии",
    "62": "консультация",
    "100": "дорого",
    "99": "не устр. дост.",
    "63": "передумал",
    "163": "другая причина",
}
_TRASH: Final = {
    "169": "купил на другом нашем сайте",
    "184": "консультация после заказа",
    "157": "нет доставки в этот регион",
    "43": "неверное гео",
    "44": "не заказывал",
    "50": "дубль",
    "54": "некорректный номер",
    "70": "брак обмен",
}
_CODES: Final = (
    ROOTS
    | dict.fromkeys(_REFUSALS, DispositionGroup.REFUSED)
    | dict.fromkeys(_TRASH, DispositionGroup.TRASH)
)
_CODE_OF_LABEL: Final = {label: code for code, label in (_REFUSALS | _TRASH).items()}
#: The first that occurs in a label decides. «не подтвержд…» is no confirmation, so it comes first.
_WORDS: Final = (
    ("не подтвер", DispositionGroup.OTHER),
    ("подтвер", DispositionGroup.CONFIRMED),
    ("ожидан", DispositionGroup.WAITING),
    ("перезвон", DispositionGroup.WAITING),
    ("недозвон", DispositionGroup.WAITING),
    ("отказ", DispositionGroup.REFUSED),
    ("треш", DispositionGroup.TRASH),
    ("мусор", DispositionGroup.TRASH),
)

NEW: Final = Disposition(group=DispositionGroup.NEW, code="", label="")
#: The CRM told nothing at all of statuses. Not NEW: nobody may take a confirmed lead for a new one.
UNKNOWN: Final = Disposition(group=DispositionGroup.OTHER, code="", label="")


def from_label(label: str) -> Disposition:
    """The disposition that a status's bare name tells; an unknown name gives the code ""."""
    plain = label.strip().casefold().replace("ё", "е").replace("трэш", "треш")
    if not plain:
        return NEW
    code = _CODE_OF_LABEL.get(plain, "")
    group = _CODES.get(code) or next(
        (group for word, group in _WORDS if word in plain), DispositionGroup.OTHER
    )
    return Disposition(group=group, code=code, label=label.strip())


def from_status(
    status: dict[str, Any], changed: Any, when: Callable[[Any], datetime | None]
) -> Disposition:
    """The disposition of one status object.

    Args:
        status: `{id, parent_id, name, created_at}`, any of them missing.
        changed: the lead's `date_status_1`, used where the status has no time of its own.
        when: reads a time of this CRM.
    """
    code = _id(status.get("id"))
    named = from_label(str(status.get("name") or ""))
    if not code and named == NEW:
        return NEW
    return Disposition(
        group=(
            ROOTS.get(_id(status.get("parent_id"))) or _CODES.get(code) or _or_other(named.group)
        ),
        code=code or named.code,
        label=named.label,
        set_at=when(status.get("created_at")) or when(changed),
    )


def _or_other(group: DispositionGroup) -> DispositionGroup:
    """A status with an id is set, whatever its name: never NEW."""
    return DispositionGroup.OTHER if group is DispositionGroup.NEW else group


def of_sales_group(statuses: Any) -> dict[str, Any] | None:
    """The sales status in the list `statuses`, for an answer that has no `status_1`."""
    for status in statuses if isinstance(statuses, list) else []:
        if not isinstance(status, dict):
            continue
        by_type = _id(status.get("type"))
        if by_type == "1" or (
            not by_type
            and (_id(status.get("parent_id")) in ROOTS or _id(status.get("id")) in _CODES)
        ):
            return status
    return None


def _id(value: Any) -> str:
    """An id in digits; "" for null, 0 and anything that is none."""
    text = str(value).strip() if isinstance(value, int | str) and value is not True else ""
    return text if text.isdecimal() and int(text) else ""
