"""The tree of statuses: what may be said about a lead, by group.

Group 1 is the sales disposition; its ids are the call centre's own codes (handbook section 3).
Group 3 is the delivery and group 5 the payment: other departments set them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SALES, DELIVERY, PAYMENT = 1, 3, 5
#: A lead has room for so many groups of statuses: status_1 ... status_10.
GROUPS = range(1, 11)

CONFIRMED, WAITING, REFUSED, TRASH = 17, 18, 19, 58
CALL_BACK, NO_ANSWER = 21, 22
NEW_PARCEL, SENT, AT_POST, BOUGHT_OUT, RETURNED = 301, 302, 303, 304, 305
UNPAID, PAID, PAID_BACK = 501, 503, 504

_GREEN, _AMBER, _RED, _GREY, _BLUE, _VIOLET = (
    "#1f9d55",
    "#c98a00",
    "#d64545",
    "#6b7280",
    "#2f6fde",
    "#7a56c9",
)


@dataclass(frozen=True, slots=True)
class Status:
    """One node of the tree.

    Attributes:
        id: the code; for group 1 the handbook's.
        parent_id: 0 for a root.
        group: the API calls it `type`.
        settable: a root that only gathers its children cannot be set itself.
    """

    id: int
    name: str
    parent_id: int
    group: int
    color: str
    settable: bool = True


_CHILDREN: dict[int, dict[int, str]] = {
    WAITING: {
        CALL_BACK: "перезвонить",
        NO_ANSWER: "недозвон",
        23: "автоответчик",
        24: "сбой звонка",
    },
    REFUSED: {
        472: "не согласен даже на минимальный апсейл",
        160: "не пред. всех данных",
        161: "клиент не говорит не на одном языке доступном кц",
        156: "не устр. сроки дост.",
        332: "клиент утверждает что уже подтвердил заказ в другом интернет магазине",
        61: "нашел дешевле",
        60: "нет в наличии",
        62: "консультация",
        100: "дорого",
        99: "не устр. дост.",
        63: "передумал",
        163: "другая причина",
    },
    TRASH: {
        169: "купил на другом нашем сайте",
        184: "консультация после заказа",
        157: "нет доставки в этот регион",
        43: "неверное гео",
        44: "не заказывал",
        50: "дубль",
        54: "некорректный номер",
        70: "брак обмен",
    },
    300: {
        NEW_PARCEL: "новый",
        SENT: "отправлен",
        AT_POST: "на почте",
        BOUGHT_OUT: "вручён, выкуплен",
        RETURNED: "возврат",
    },
    500: {UNPAID: "не оплачен", 502: "предоплата", PAID: "оплачен", PAID_BACK: "деньги возвращены"},
}

_ROOTS = (
    Status(CONFIRMED, "подтверждён", 0, SALES, _GREEN),
    Status(WAITING, "ожидание", 0, SALES, _AMBER, settable=False),
    Status(REFUSED, "отказ", 0, SALES, _RED, settable=False),
    Status(TRASH, "треш", 0, SALES, _GREY, settable=False),
    Status(300, "доставка", 0, DELIVERY, _BLUE, settable=False),
    Status(500, "оплата", 0, PAYMENT, _VIOLET, settable=False),
)


def _all() -> Iterator[Status]:
    for root in _ROOTS:
        yield root
        for code, name in _CHILDREN.get(root.id, {}).items():
            yield Status(code, name, root.id, root.group, root.color)


#: Every status by its id, roots before their children, in the order of the handbook.
STATUSES: dict[int, Status] = {status.id: status for status in _all()}
