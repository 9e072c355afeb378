"""The bodies of the control calls."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.telegram.faults import FaultKind
from sandbox.telegram.model import ChatType, Json, Status
from sandbox.telegram.people import Post


class Form(BaseModel):
    """A body; unknown names are refused, so that a typo in a test is noticed."""

    model_config = ConfigDict(extra="forbid")


class NewPerson(Form):
    """POST /control/people."""

    id: int = 0
    first_name: str = Field(min_length=1)
    last_name: str = ""
    username: str = ""
    about: str = ""


class NewChat(Form):
    """POST /control/chats."""

    type: ChatType
    title: str = Field(min_length=1)
    creator: int
    members: list[int] = []
    is_forum: bool = False


class NewMember(BaseModel):
    """POST /control/chats/{id}/members; further names must be rights: can_…."""

    model_config = ConfigDict(extra="allow")

    user_id: int
    by: int
    status: Status
    is_anonymous: bool = False

    @model_validator(mode="after")
    def _only_rights(self) -> Self:
        for name, value in (self.model_extra or {}).items():
            if not name.startswith("can_") or not isinstance(value, bool):
                raise ValueError(f"unknown {name}")
        return self

    def rights(self) -> dict[str, bool]:
        """Give the can_… flags."""
        return dict(self.model_extra or {})


class NewTopic(Form):
    """POST /control/chats/{id}/topics; by the chat's creator unless said otherwise."""

    name: str = Field(min_length=1)
    by: int | None = None


class Authored(Form):
    """Something that a person does."""

    author: int = Field(alias="from")


class NewMessage(Authored):
    """POST /control/chats/{id}/messages."""

    text: str = ""
    caption: str = ""
    entities: list[Json] | None = None
    media: Literal["", "photo", "video", "document", "voice"] = ""
    media_group_id: str = ""
    reply_to: int | None = None
    thread_id: int | None = None
    as_chat: int | None = None
    forward: Json = {}

    def post(self) -> Post:
        """Give what is written, without who writes."""
        return Post(**self.model_dump(exclude={"author"}))


class Edit(Authored):
    """PATCH of a message."""

    text: str = Field(min_length=1)


class NewPress(Authored):
    """POST …/press: `data`, or the button's place counted from 0."""

    data: str | None = None
    row: int = Field(default=0, ge=0)
    col: int = Field(default=0, ge=0)
    repeat: int = Field(default=1, ge=1, le=100)
    wait: float = Field(default=0.0, ge=0)


class NewInlineQuery(Authored):
    """POST /control/inline: `chat` is where the words are being typed."""

    query: str = ""
    chat: int | None = None
    wait: float = Field(default=0.0, ge=0)


class Choice(Form):
    """POST /control/inline/{query}/choose: which result is sent, and where."""

    chat: int
    result: str


class NewFault(Form):
    """POST /control/faults."""

    method: str
    kind: FaultKind
    code: int = Field(default=500, ge=400, le=599)
    description: str = ""
    retry_after: int | None = Field(default=None, ge=1)
    seconds: float = Field(default=0.0, ge=0)
    times: int = Field(default=1, ge=1)


class Switch(Form):
    """POST /control/limits, /control/privacy and /control/inline_mode."""

    on: bool


class Advance(Form):
    """POST /control/clock: seconds."""

    advance: float = Field(ge=0)


class Redeliver(Form):
    """POST /control/redeliver."""

    count: int = Field(ge=1)


class Shuffle(Form):
    """POST /control/shuffle: one seed, one order."""

    seed: int
