"""A call's parameters checked, and refused in Telegram's words."""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError

from sandbox.telegram.errors import BotApiError, bad_request
from sandbox.telegram.model import Json
from sandbox.telegram.params import Params

AnyParams = TypeVar("AnyParams", bound=Params)

#: Telegram's own words for what is missing or wrong.
_WORDS = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "chat_id is empty",
    "message_id": "message identifier is not specified",
    "user_id": "invalid user_id specified",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
    "inline_query_id": "query is too old and response timeout expired or query ID is invalid",
    "results": "can't parse inline query results JSON object",
    "document": "there is no document in the request",
    "reply_markup": "can't parse reply keyboard markup JSON object",
    "entities": "can't parse entities JSON object",
    "caption_entities": "can't parse entities JSON object",
    "reply_parameters": "can't parse reply parameters JSON object",
    "link_preview_options": "can't parse link preview options JSON object",
    "commands": "can't parse commands JSON object",
    "scope": "can't parse BotCommandScope JSON object",
    "action": "wrong parameter action in request",
    "message_ids": "message identifiers are not specified",
}


def unknown_names(model: type[Params], given: Json) -> set[str]:
    """Find the parameters that a method does not have."""
    return given.keys() - model.model_fields.keys()


def read(model: type[AnyParams], given: Json) -> AnyParams:
    """Check a call's parameters.

    Raises:
        BotApiError: 400; the first thing that is wrong.
    """
    try:
        return model.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> BotApiError:
    first = error.errors(include_url=False, include_input=False)[0]
    path = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return bad_request(f'unknown parameter "{path}"')
    name = str(first["loc"][0]) if first["loc"] else ""
    return bad_request(_WORDS.get(name, f'invalid value of parameter "{path}"'))
