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
    Shown("0000000000", "a_story_of_later"),
]


def test_a_burning_lead_is_offered_first_with_its_link_and_a_question() -> None:
    first = ready_posts(LEADS, CRM)[0]
    assert first.text == f"{CRM}/orders/f5086aeebb\nМогу ли оформить? Клиент на линии"
    assert first.label == "Дубль, заказ едет"


def test_a_known_phone_is_asked_for_without_a_link() -> None:
    assert ready_posts(LEADS, CRM)[1].text == "77011234567 был ли заказ на этот номер?"


def test_leads_without_a_story_of_ours_are_left_out() -> None:
    titles = [post.chat_title for post in ready_posts(LEADS, CRM)]
    assert titles == ["РФ Админы", "РФ Админы", "Аномальные заказы"]


def test_every_chat_of_the_demo_has_a_post_to_begin_with() -> None:
    leads = [Shown(show.key, show.kind, show.phone) for show in _SHOWN]
    assert {post.chat_title for post in ready_posts(leads, CRM)} == {chat.title for chat in CHATS}


def test_posts_are_offered_in_a_chat_of_the_demo() -> None:
    titles = {chat.title for chat in CHATS}
    assert {post.chat_title for post in ready_posts(LEADS, CRM)} <= titles
