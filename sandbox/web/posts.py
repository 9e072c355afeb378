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
Stories = dict[str, tuple[str, str]]

_ADMINS: Stories = {
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
#: Kinds that begin with a dash need no lead.
_IT: Stories = {
    "no_duplicate": ("Нет баланса звонков", "Нет баланса звонков, не могу позвонить клиенту"),
    "-balance": ("Баланс без ссылки", "Закончился баланс на смс"),
    "-crm": ("CRM зависла", "срм зависла, карточка не открывается"),
    "-phone": ("Звонилка", "MicroSIP не регистрируется, пишет ошибку"),
}
_PAUSES: Stories = {
    "-lunch": ("Обед", "обед 30 мин"),
    "-break": ("Перерыв", "перерыв 15"),
    "-long_lunch": ("Обед подольше", "можно обед 45 минут?"),
    "-technical": ("Сип завис", "сип завис, выключаю"),
    "-back": ("Вернулась", "вернулась"),
    "-board": ("Кто где", "/pauses"),
    "-end": ("Конец смены", "смену закончила"),
}
_RETURNS: Stories = {
    "return": ("Брак, прошлый заказ выкуплен", "Пришёл с браком: не включается, хочет обменять"),
    "phone_known": ("Возврат, есть только номер", "{phone} не подошёл, хочет вернуть деньги"),
}
_REFUSALS: Stories = {
    "refusal_unset": ("Отказ не стоит", "Клиент отказался раньше, отказ не проставлен"),
    "refused_before": ("Отказ не на том", "Отказ стоит, закрепите за первым говорившим"),
}
_ANOMALIES: Stories = {
    "burning": ("Цены разные", "в скрипте 3990, на сайте 4990"),
    "extra_item": ("Цены через дробь", "2990/3490, клиент на линии"),
    "no_duplicate": ("Цен нет", "на сайте дороже, какую цену называть?"),
}
#: A chat's title → its stories.
_CHATS = {
    "РФ Админы": _ADMINS,
    "Не проставленные отказы (Удаленка)": _REFUSALS,
    "Аномальные заказы": _ANOMALIES,
    "Возврат Обмен": _RETURNS,
    "КЦ IT Вопросы": _IT,
    "Проект Белкин": _PAUSES,
}


def ready_posts(leads: Iterable[ShownLead], crm_web_url: str) -> list[Suggestion]:
    """Make the ready posts about the leads whose stories are known; one of each kind and chat."""
    by_kind = {lead.kind: lead for lead in leads}
    return [
        Suggestion(text=_text(by_kind.get(kind), words, crm_web_url), label=label, chat_title=chat)
        for chat, stories in _CHATS.items()
        for kind, (label, words) in stories.items()
        if kind in by_kind or kind.startswith("-")
    ]


def _text(lead: ShownLead | None, words: str, crm_web_url: str) -> str:
    if lead is None:
        return words
    if "{phone}" in words:
        return words.format(phone=lead.phone)
    return f"{crm_web_url}/orders/{lead.key}\n{words}"
