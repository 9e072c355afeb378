"""A screenshot, and its words a moment later: posts that go on with their writer's own ticket."""

from __future__ import annotations

from datetime import timedelta

from bot.flows.asking import AT_ONCE
from bot.flows.it.case import Category, State, Ticket
from bot.flows.it.words import guess, is_about, is_command, reports_nothing, words_of
from bot.flows.records import Around, Post, Request

#: Nobody works on these yet.
_UNTAKEN = (State.NEW, State.NEEDS_LEAD)


def follows(case: Ticket, post: Post) -> bool:
    """Whether the post comes right behind the ticket's own, and names no other trouble.

    Nobody has taken the ticket yet: whoever has would not look at it again for what it says.
    """
    behind = post.sent_at - case.posted_at
    return (
        case.state in _UNTAKEN
        and post.by.id == case.poster.id
        and post.message_id > case.post
        and timedelta() <= behind <= AT_ONCE
        and not is_command(post.text)
        and _is_of_one_kind(case.data.category, post.text)
    )


def _is_of_one_kind(category: Category, text: str) -> bool:
    named = guess(text, has_lead=False)
    return Category.OTHER in {category, named} or is_about(text, category)


def _adds_to(case: Ticket, post: Post) -> bool:
    """Whether the post, which comes right behind, is no report of its own. In doubt it is one.

    A trouble taken for a note would be closed with the other, or wait for a link with it.
    """
    category, text = case.data.category, post.text
    if not words_of(text):
        return True
    if case.state is State.NEEDS_LEAD:
        return is_about(text, category)
    said = (case.data.asked, *(one.text for one in case.data.notes if one.by.id == post.by.id))
    if all(reports_nothing(one) for one in said):
        # A screenshot is told by the words behind it.
        return True
    # These may not make another trouble of what was said.
    is_same = guess(text, has_lead=False) is Category.OTHER or is_about(text, category)
    return is_same and reports_nothing(text)


def own_ticket(request: Request, post: Post, around: Around) -> int:
    """The number of the ticket that the post goes on with, the latest; 0: it is one itself.

    One that waits for its link takes it in another way, and each of several links is a ticket.
    """
    if len(post.leads) > 1:
        return 0
    return next(
        (
            one.id
            for one in reversed(around.cases)
            if follows(one, post)
            and _adds_to(one, post)
            and not (request.lead and (one.lead or one.state is State.NEEDS_LEAD))
        ),
        0,
    )
