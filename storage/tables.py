"""The tables. Each comment names what the column promises."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from storage.db import BigId, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON().with_variant(JSONB(), "postgresql")

#: One row: which installation this is. Two bots on one CRM must not mix their tags up.
installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tag", String(8), nullable=False),
)

#: Groups that the bot is or was in.
chats = Table(
    "chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False, default=""),
    Column("added_by", BigInteger),
    Column("added_at", UtcDateTime, nullable=False),
    # Set: the bot is not in there any more.
    Column("left_at", UtcDateTime),
    # Set: the group became this supergroup; its message ids mean nothing there.
    Column("migrated_to", BigInteger),
)

#: Which (chat, topic) runs which flow; topic 0 is a chat without topics, or its general one.
bindings = Table(
    "bindings",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("topic_id", BigInteger, primary_key=True, autoincrement=False),
    Column("flow", String(32), nullable=False),
    Column("bound_by", BigInteger, nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("username", Text, nullable=False, default=""),
    # He has started the bot and has not blocked it since: a private message will arrive.
    Column("reachable", Boolean, nullable=False, default=False),
    # When he was last heard: privately, or anywhere under another name than before.
    Column("seen_at", UtcDateTime, nullable=False),
    # None: he never used /duty. Until somebody does, all are on duty.
    Column("on_duty", Boolean),
    # Who he is in the CRM: its id of the user, and his name as calls write it.
    Column("crm_user", Text, nullable=False, default="", server_default=""),
    Column("crm_name", Text, nullable=False, default="", server_default=""),
    Index("ix_people_crm_name", "crm_name"),
)

roles = Table(
    "roles",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role", String(16), primary_key=True),
    Column("given_by", BigInteger, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("flow", String(32), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("topic_id", BigInteger, nullable=False, default=0),
    # The post that opened it.
    Column("message_id", BigInteger, nullable=False),
    # What was pasted, then (after reading) the CRM's canonical id; "" where no lead is meant.
    Column("ref", Text, nullable=False, default=""),
    Column("lead", Text, nullable=False, default=""),
    # What else there is one open case of in a chat: a person's pause, an album; "" for nothing.
    Column("about", Text, nullable=False, default="", server_default=""),
    Column("state", String(32), nullable=False),
    # Grows when a case is reopened: a button of an earlier round is told apart.
    Column("round", Integer, nullable=False, default=1),
    # Serves the compare-and-set and nothing else.
    Column("version", Integer, nullable=False, default=1),
    Column("data", Json, nullable=False),
    Column("poster_id", BigInteger, nullable=False),
    Column("poster_name", Text, nullable=False),
    Column("posted_at", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index(
        "uq_cases_open_lead",
        "chat_id",
        "topic_id",
        "flow",
        "lead",
        unique=True,
        sqlite_where=text("closed_at IS NULL AND lead <> ''"),
        postgresql_where=text("closed_at IS NULL AND lead <> ''"),
    ),
    Index(
        "uq_cases_open_about",
        "chat_id",
        "topic_id",
        "flow",
        "about",
        unique=True,
        sqlite_where=text("closed_at IS NULL AND about <> ''"),
        postgresql_where=text("closed_at IS NULL AND about <> ''"),
    ),
    # What a decision sees around it: the open ones, and those that closed lately.
    Index("ix_cases_chat_closed", "chat_id", "topic_id", "flow", "closed_at"),
    Index(
        "ix_cases_open_flow",
        "flow",
        "state",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index("ix_cases_lead", "lead", "id"),
    Index("ix_cases_poster", "poster_id", "id"),
    Index("ix_cases_chat_lead", "chat_id", "lead", "id"),
    Index("ix_cases_chat_ref", "chat_id", "ref", "id"),
)

#: Every post that a case has taken in: the one that opened it and those that joined. The key makes
#: a repeated update harmless: a post means the same case for ever. And replies that meant nothing
#: to theirs: they still mean nothing when they come again.
posts = Table(
    "posts",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ref", Text, primary_key=True),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    Index("ix_posts_case_id", "case_id"),
)

#: The second, numeric id of each lead that was read: people look a lead up by either.
lead_numbers = Table(
    "lead_numbers",
    metadata,
    Column("number", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Index("ix_lead_numbers_lead", "lead"),
)

#: What happened to a case; rows are only ever added.
history = Table(
    "history",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", BigInteger),
    Column("actor_name", Text, nullable=False, default=""),
    Column("action", String(32), nullable=False),
    Column("round", Integer, nullable=False),
    Column("from_state", String(32), nullable=False),
    Column("to_state", String(32), nullable=False),
    Column("text", Text, nullable=False, default=""),
    # The answer's key that the actor got: a second tap gets the same.
    Column("answer", String(32), nullable=False, default=""),
    # Telegram's id of the press that did it, or what tells an edit from others: brought again, it
    # counts once. None: neither.
    Column("press", Text),
    Index("ix_history_case_id_id", "case_id", "id"),
    Index(
        "uq_history_press",
        "case_id",
        "press",
        unique=True,
        sqlite_where=text("press IS NOT NULL"),
        postgresql_where=text("press IS NOT NULL"),
    ),
    Index("ix_history_at", "at"),
)

#: What must still reach Telegram or the CRM.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("case_id", BigId, ForeignKey("cases.id")),
    # "telegram" or "crm": a dead CRM never holds the cards up.
    Column("destination", String(16), nullable=False),
    # Rows of one lane go out one at a time: a chat's, a lead's (`storage.lanes` names all).
    Column("lane", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", Json, nullable=False),
    # Lower goes first (Telegram only; a lead's rows keep their order).
    Column("priority", Integer, nullable=False, default=5),
    # pending, done or dead.
    Column("state", String(8), nullable=False, default="pending"),
    # Grows when a row is wanted again while it is on its way.
    Column("revision", Integer, nullable=False, default=1),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", UtcDateTime, nullable=False),
    Column("leased_until", UtcDateTime),
    # Which installation's process has it: after a crash it takes its own rows up at once.
    Column("leased_by", Text, nullable=False, default=""),
    # When it may last have been sent, where nobody has seen it arrive: it may still come.
    Column("sent_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("error", Text, nullable=False, default=""),
    # Two rows with one key are one row: the card of a case, the hint on a post.
    Column("once", Text),
    UniqueConstraint("once"),
    Index(
        "ix_outbox_pending",
        "destination",
        "due_at",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_outbox_lane",
        "lane",
        "priority",
        "id",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index("ix_outbox_case_id", "case_id"),
)

#: Messages of the bot that speak of a case: a reply to any of them reaches it.
messages = Table(
    "messages",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    # "card" or "notice".
    Column("kind", String(8), nullable=False),
    # The card that is edited from now on; an older one is a stray.
    Column("current", Boolean, nullable=False, default=True),
    # What it shows: the hash of text and buttons.
    Column("shown", String(32), nullable=False, default=""),
    Index("ix_messages_case_id", "case_id"),
)

#: One message over several cases that have no card of their own.
digests = Table(
    "digests",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("shown", String(32), nullable=False, default=""),
)

#: A case stands in one digest at most, and never changes its place.
digest_places = Table(
    "digest_places",
    metadata,
    Column("case_id", BigId, ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("place", Integer, nullable=False),
    Index("ix_digest_places_message", "chat_id", "message_id"),
)

deadlines = Table(
    "deadlines",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    Column("name", String(32), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("leased_until", UtcDateTime),
    # pending, done or dropped.
    Column("state", String(8), nullable=False, default="pending"),
    # How often a fault of ours has kept it from being dealt with.
    Column("faults", Integer, nullable=False, server_default="0"),
    Index(
        "ix_deadlines_pending",
        "due_at",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index("ix_deadlines_case_id", "case_id"),
)

#: Updates that a handler could not take: an owner can see and replay them.
set_aside = Table(
    "set_aside",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("update", Json, nullable=False),
    Column("error", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("replayed_at", UtcDateTime),
)

#: The session that all replicas share with the CRM (it allows one per account).
crm_tokens = Table(
    "crm_tokens",
    metadata,
    Column("account", String(200), primary_key=True),
    Column("token", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
