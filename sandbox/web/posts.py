"""Ready posts: what an operator of the demo would write about the leads that the CRM recommends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sandbox.web.app import Suggestion


class ShownLead(Protocol):
    """What is needed of a lead that the CRM's seed recommends."""

    @property
    def key(self) -> str:
        """The lead's key."""

    @property
    def kind(self) -> str:
        """The word for its story."""

    @property
    def phone(self) -> str:
        """The client's number where the story is about it, digits only."""


#: kind → (the chip's label, the operator's words), in the order in which they are offered.
_Stories = dict[str, tuple[str, str]]
_ADMINS: _Stories = {
    "burning": ("Дубль, заказ едет", "Могу ли оформить? Клиент на линии"),
    "burning_bought_out": ("Дубль, выкуплен", "Горит дубль, можно оформить?"),
    "extra_item": ("Товар не из скрипта", "Клиент хочет ещё ножи в подарок, можно добавить?"),
    "phone_known": ("Заказ на номер?", "{phone} был ли заказ на этот номер?"),
    "burning_returned": ("Дубль, вернулся", "Могу оформить? Говорит, теперь заберёт"),
    "burning_refused": ("Дубль, был отказ", "Раньше отказался, теперь согласен. Могу?"),
    "confirmed": ("Дубль, подтверждён", "Заказ подтверждён, а горит дубль. Что делать?"),
    "no_duplicate": ("Дублей нет", "Посмотрите, можно оформлять?"),
    "odd_name": ("Странное имя", "Могу ли оформить?"),
}
_ANOMALIES: _Stories = {
    "burning": ("Цены разные", "в скрипте 3990, на сайте 4990"),
    "extra_item": ("Цены через дробь", "2990/3490, клиент на линии"),
    "no_duplicate": ("Цен нет", "на сайте дороже, какую цену называть?"),
}
#: By the chat's title.
_STORIES = {"РФ Админы": _ADMINS, "Аномальные заказы": _ANOMALIES}


def ready_posts(leads: Iterable[ShownLead], crm_web_url: str) -> list[Suggestion]:
    """Make the ready posts about the leads whose stories are known; each chat has its own."""
    by_kind = {lead.kind: lead for lead in leads}
    return [
        Suggestion(text=_text(by_kind[kind], words, crm_web_url), label=label, chat_title=title)
        for title, stories in _STORIES.items()
        for kind, (label, words) in stories.items()
        if kind in by_kind
    ]


def _text(lead: ShownLead, words: str, crm_web_url: str) -> str:
    if "{phone}" in words:
        return words.format(phone=lead.phone)
    return f"{crm_web_url}/orders/{lead.key}\n{words}"
