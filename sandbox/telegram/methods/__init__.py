"""The Bot API's methods that the sandbox has; every other is answered 404."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox.telegram import params
from sandbox.telegram.methods import answering, chats, editing, profile, receiving, sending, tending
from sandbox.telegram.params import Params

#: Takes the engine and the checked parameters; gives the answer's `result`, now or later.
Run = Callable[[Any, Any], Any | Awaitable[Any]]


@dataclass(frozen=True)
class Method:
    """One method: its parameters and what it does."""

    params: type[Params]
    run: Run


METHODS: dict[str, Method] = {
    "getMe": Method(params.Nothing, profile.get_me),
    "close": Method(params.Nothing, profile.log_out_or_close),
    "logOut": Method(params.Nothing, profile.log_out_or_close),
    "setMyCommands": Method(params.SetMyCommands, profile.set_my_commands),
    "getMyCommands": Method(params.MyCommands, profile.get_my_commands),
    "deleteMyCommands": Method(params.MyCommands, profile.delete_my_commands),
    "setMyName": Method(params.SetMyName, profile.set_my_name),
    "setMyDescription": Method(params.SetMyDescription, profile.set_my_description),
    "setMyShortDescription": Method(params.SetMyShortDescription, profile.set_my_short_description),
    "getUpdates": Method(params.GetUpdates, receiving.get_updates),
    "setWebhook": Method(params.SetWebhook, receiving.set_webhook),
    "deleteWebhook": Method(params.DeleteWebhook, receiving.delete_webhook),
    "getWebhookInfo": Method(params.Nothing, receiving.get_webhook_info),
    "sendMessage": Method(params.SendMessage, sending.send_message),
    "sendDocument": Method(params.SendDocument, sending.send_document),
    "copyMessage": Method(params.CopyMessage, sending.copy_message),
    "forwardMessage": Method(params.ForwardMessage, sending.forward_message),
    "editMessageText": Method(params.EditMessageText, editing.edit_message_text),
    "editMessageCaption": Method(params.EditMessageCaption, editing.edit_message_caption),
    "editMessageReplyMarkup": Method(
        params.EditMessageReplyMarkup, editing.edit_message_reply_markup
    ),
    "deleteMessage": Method(params.DeleteMessage, tending.delete_message),
    "deleteMessages": Method(params.DeleteMessages, tending.delete_messages),
    "pinChatMessage": Method(params.PinChatMessage, tending.pin_chat_message),
    "unpinChatMessage": Method(params.UnpinChatMessage, tending.unpin_chat_message),
    "setMessageReaction": Method(params.SetMessageReaction, tending.set_message_reaction),
    "answerCallbackQuery": Method(params.AnswerCallbackQuery, answering.answer_callback_query),
    "answerInlineQuery": Method(params.AnswerInlineQuery, answering.answer_inline_query),
    "getChat": Method(params.InChat, chats.get_chat),
    "getChatMember": Method(params.GetChatMember, chats.get_chat_member),
    "getChatAdministrators": Method(params.GetChatAdministrators, chats.get_chat_administrators),
    "getChatMemberCount": Method(params.InChat, chats.get_chat_member_count),
    "leaveChat": Method(params.InChat, chats.leave_chat),
    "sendChatAction": Method(params.SendChatAction, chats.send_chat_action),
}
