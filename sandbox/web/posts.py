"""Ready posts: what an operator of the demo would write about the leads that the CRM recommends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sandbox.web.app import Suggestion

CHAT = "РФ Админы"
REFUSALS = "Не проставленные отказы (Удаленка)"


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
_STORIES = {
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
#: The same in other chats: (chat's title, kind, label, words).
_ELSEWHERE = (
    (REFUSALS, "refusal_unset", "Отказ не стоит", "Клиент отказался раньше, отказ не проставлен"),
    (REFUSALS, "refused_before", "Отказ не на том", "Отказ стоит, закрепите за первым говорившим"),
)


def ready_posts(leads: Iterable[ShownLead], crm_web_url: str) -> list[Suggestion]:
    """Make the ready posts about the leads whose stories are known; one of each kind and chat."""
    by_kind = {lead.kind: lead for lead in leads}
    stories = [(CHAT, kind, label, words) for kind, (label, words) in _STORIES.items()]
    return [
        Suggestion(text=_text(by_kind[kind], words, crm_web_url), label=label, chat_title=chat)
        for chat, kind, label, words in (*stories, *_ELSEWHERE)
        if kind in by_kind
    ]


def _text(lead: ShownLead, words: str, crm_web_url: str) -> str:
    if "{phone}" in words:
        return words.format(phone=lead.phone)
    return f"{crm_web_url}/orders/{lead.key}\n{words}"
