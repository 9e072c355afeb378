"""The ready posts of the demo."""

from __future__ import annotations

from dataclasses import dataclass

from crm_api.server.seed import _SHOWN
from sandbox.web.posts import ready_posts
from sandbox.world import CHATS


@dataclass(frozen=True)
class Shown:
    key: str
    kind: str
    phone: str = ""


CRM = "http://127.0.0.1:8090"
LEADS = [
    Shown("b5f08e6c13", "phone_known", "77011234567"),
    Shown("f5086aeebb", "burning"),
    Shown("c83f51d7e9", "refusal_unset"),
    Shown("0000000000", "a_story_of_later"),
]


def test_a_burning_lead_is_offered_first_with_its_link_and_a_question() -> None:
    first = ready_posts(LEADS, CRM)[0]
    assert first.text == f"{CRM}/orders/f5086aeebb\nМогу ли оформить? Клиент на линии"
    assert first.label == "Дубль, заказ едет"


def test_a_known_phone_is_asked_for_without_a_link() -> None:
    assert ready_posts(LEADS, CRM)[1].text == "77011234567 был ли заказ на этот номер?"


def test_leads_without_a_story_of_ours_are_left_out() -> None:
    admins = [post for post in ready_posts(LEADS, CRM) if post.chat_title == "РФ Админы"]
    assert len(admins) == 2


def test_troubles_of_it_need_no_lead_but_a_balance_has_one() -> None:
    leads = [Shown("0f9b3ca827", "no_duplicate")]
    posts = [post for post in ready_posts(leads, CRM) if post.chat_title == "КЦ IT Вопросы"]
    balance, *others = [post.text for post in posts]
    assert balance.startswith(f"{CRM}/orders/0f9b3ca827\nНет баланса звонков")
    assert not any("/orders/" in text for text in others)
    assert len(others) >= 2


def test_pauses_are_offered_in_a_chat_of_their_own_without_a_link() -> None:
    posts = [post.text for post in ready_posts([], CRM) if post.chat_title == "Проект Белкин"]
    assert {"обед 30 мин", "вернулась", "/pauses"} <= set(posts)


def test_a_return_is_offered_in_its_own_chat_by_link_and_by_phone() -> None:
    leads = [*LEADS, Shown("c81f4d7b03", "return")]
    link, phone = [post for post in ready_posts(leads, CRM) if post.chat_title == "Возврат Обмен"]
    assert link.text.startswith(f"{CRM}/orders/c81f4d7b03\n")
    assert phone.text.startswith("77011234567 ")


def test_every_chat_of_the_demo_is_offered_its_own() -> None:
    [post] = [post for post in ready_posts(LEADS, CRM) if post.chat_title.startswith("Не прост")]
    assert post.text.startswith(f"{CRM}/orders/c83f51d7e9\n")


def test_every_chat_of_the_demo_has_a_post_to_begin_with() -> None:
    leads = [Shown(show.key, show.kind, show.phone) for show in _SHOWN]
    assert {post.chat_title for post in ready_posts(leads, CRM)} == {chat.title for chat in CHATS}
