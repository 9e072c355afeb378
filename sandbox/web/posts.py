"""Ready posts: what an operator of the demo would write about the leads that the CRM recommends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sandbox.web.app import Suggestion
from sandbox.world import CHATS, Ready


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


def ready_posts(leads: Iterable[ShownLead], crm_web_url: str) -> list[Suggestion]:
    """Make each chat's ready posts; those whose lead the CRM does not recommend are left out."""
    by_kind = {lead.kind: lead for lead in leads}
    return [
        Suggestion(
            text=_text(by_kind.get(post.lead), post, crm_web_url),
            label=post.label,
            chat_title=chat.title,
        )
        for chat in CHATS
        for post in chat.posts
        if not post.lead or post.lead in by_kind
    ]


def _text(lead: ShownLead | None, post: Ready, crm_web_url: str) -> str:
    if lead is None:
        return post.words
    if "{phone}" in post.words:
        return post.words.format(phone=lead.phone)
    return f"{crm_web_url}/orders/{lead.key}\n{post.words}"
