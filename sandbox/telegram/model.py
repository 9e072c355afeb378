"""What the sandbox remembers: plain records, all of which go into the state file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

ChatType = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

#: Telegram's own accounts that stand for a group's anonymous admin and for a channel.
GROUP_ANONYMOUS_BOT = 1087968824
CHANNEL_BOT = 136817688

#: Who is in a chat and may speak there.
PRESENT: frozenset[Status] = frozenset({"creator", "administrator", "member", "restricted"})
ADMINS: frozenset[Status] = frozenset({"creator", "administrator"})


@dataclass
class Person:
    """A human account; `started` and `blocked` are about the bot."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    #: A short free word for the chat page, such as «оператор».
    about: str = ""
    started: bool = False
    blocked: bool = False


@dataclass
class Member:
    """Somebody's place in a chat; `rights` holds can_… flags that differ from the usual."""

    user_id: int
    status: Status
    is_anonymous: bool = False
    rights: dict[str, bool] = field(default_factory=dict)


@dataclass
class Topic:
    """A forum topic; its id is the id of the message that created it."""

    id: int
    name: str


@dataclass
class Message:
    """One message of a chat; `render.message` gives it as the Bot API does."""

    message_id: int
    date: int
    #: Who wrote it really; None for Telegram's own.
    author_id: int | None
    #: text/entities, caption/caption_entities, photo, service fields …: as in the Bot API.
    content: Json
    #: The chat in whose name it was written: the group itself, or a channel.
    sender_chat_id: int | None = None
    thread_id: int | None = None
    is_topic: bool = False
    reply_to: int | None = None
    #: media_group_id, forward_origin, quote, external_reply …: as in the Bot API.
    extras: Json = field(default_factory=dict)
    edit_date: int | None = None
    reply_markup: Json | None = None
    reactions: list[Json] = field(default_factory=list)
    deleted: bool = False

    @property
    def is_service(self) -> bool:
        """Say whether this tells of an event rather than carrying somebody's words."""
        return not self.content.keys() & {"text", "photo", "video", "document", "voice"}


@dataclass
class Chat:
    """A chat; a private one has the person's id as its own."""

    id: int
    type: ChatType
    title: str = ""
    is_forum: bool = False
    topics: list[Topic] = field(default_factory=list)
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    last_message_id: int = 0
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None

    def status_of(self, user_id: int) -> Status:
        """Say what somebody is here; who never came has left."""
        member = self.members.get(user_id)
        return member.status if member else "left"

    def is_present(self, user_id: int) -> bool:
        """Say whether somebody is in the chat now."""
        return self.status_of(user_id) in PRESENT

    def is_admin(self, user_id: int) -> bool:
        """Say whether somebody is the creator or an administrator."""
        return self.status_of(user_id) in ADMINS

    def living(self, message_id: int | None) -> Message | None:
        """Find a message that has not been deleted."""
        found = self.messages.get(message_id) if message_id is not None else None
        return None if found is None or found.deleted else found


@dataclass
class QueuedUpdate:
    """An update that waits for the bot, or (in `World.confirmed`) has been confirmed."""

    update_id: int
    kind: str
    payload: Json
    #: When it happened: Telegram forgets after 24 hours.
    at: float
    #: A press shows its message as it is at the time of delivery.
    message_ref: tuple[int, int] | None = None


@dataclass
class Press:
    """A press on an inline button, which the bot may answer for 150 seconds."""

    query_id: str
    chat_id: int
    message_id: int
    from_id: int
    data: str
    at: float
    answered: bool = False
    text: str = ""
    show_alert: bool = False
    url: str = ""


@dataclass
class InlineQuery:
    """Words that somebody typed after the bot's name, and what the bot offers."""

    query_id: str
    from_id: int
    query: str
    at: float
    answered: bool = False
    results: list[Json] = field(default_factory=list)


@dataclass
class Webhook:
    """Where updates are pushed to; an empty `url` means that there is none."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    ip_address: str = ""
    last_error_date: int | None = None
    last_error_message: str = ""


@dataclass
class Bot:
    """The one bot of the sandbox."""

    id: int
    first_name: str
    username: str


@dataclass
class World:
    """Everything that outlives a restart."""

    bot: Bot
    people: dict[int, Person] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    inline_queries: dict[str, InlineQuery] = field(default_factory=dict)
    pending: list[QueuedUpdate] = field(default_factory=list)
    confirmed: list[QueuedUpdate] = field(default_factory=list)
    webhook: Webhook = field(default_factory=Webhook)
    #: None: the bot never said, so it gets all but those that must be asked for.
    allowed_updates: list[str] | None = None
    #: Commands by scope and language, as `setMyCommands` keeps them.
    commands: dict[str, list[Json]] = field(default_factory=dict)
    #: Description, short description and name by language.
    about_bot: dict[str, str] = field(default_factory=dict)
    privacy: bool = False
    #: Whether @BotFather has switched the inline mode on.
    inline: bool = True
    limits_on: bool = True
    clock_offset: float = 0.0
    last_event: int = 0
    next_update_id: int = 700_000_001
    next_person_id: int = 5_000_000_001
    next_group_id: int = 4001
    next_supergroup_id: int = 2_000_000_001
    next_query_id: int = 4_400_000_000_000_000_001
