"""Which thread a message belongs to."""

from __future__ import annotations

from sandbox.telegram.errors import ControlError
from sandbox.telegram.model import Chat, Message

#: The forum's general topic, which messages do not name.
GENERAL = 1


def thread_of(
    chat: Chat, thread_id: int | None, answered: Message | None
) -> tuple[int | None, bool]:
    """Give (`message_thread_id`, `is_topic_message`) of a new message.

    In a forum that is its topic. In an ordinary supergroup a reply carries the id of the thread's
    first message too, and is no topic message: a trap for bots that bind topics.

    Raises:
        ControlError: the forum has no such topic.
    """
    if chat.is_forum:
        if thread_id is None and answered is not None:
            thread_id = answered.thread_id
        if thread_id is None or thread_id == GENERAL:
            return None, False
        if not has_topic(chat, thread_id):
            raise ControlError("the forum has no such topic", 404)
        return thread_id, True
    if thread_id is not None:
        raise ControlError("the chat has no topics")
    if chat.type == "supergroup" and answered is not None:
        return answered.thread_id or answered.message_id, False
    return None, False


def has_topic(chat: Chat, thread_id: int) -> bool:
    """Say whether a bot can name this topic: the general one it cannot, Telegram refuses 1."""
    return chat.is_forum and any(topic.id == thread_id for topic in chat.topics)
