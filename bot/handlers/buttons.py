"""Presses on buttons."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.cards import Cards, Press
from bot.links import Linking
from bot.people import People
from bot.pressing import Pressing, Said
from bot.telegram import Answers, person_of
from bot.whois import Wish


def make_router() -> Router:
    """Every press."""
    router = Router(name="buttons")
    router.callback_query.register(on_press)
    return router


async def on_press(
    query: CallbackQuery,
    pressing: Pressing,
    linking: Linking,
    people: People,
    cards: Cards,
    answers: Answers,
) -> None:
    """One press decides. The answer goes out after the commit, free of the budget."""
    person = person_of(query.from_user)
    await people.met(person, query.from_user.username or "")
    data = query.data or ""
    press, wish = Press.read(data), Wish.read(data)
    if query.message is not None and press is not None:
        chat, message = query.message.chat.id, query.message.message_id
        shown = _is_shown(query)
        said = await pressing.press(press, chat, message, person, id_=query.id, shown=shown)
    elif query.message is not None and wish is not None:
        chat, message = query.message.chat.id, query.message.message_id
        said = await linking.press(wish, chat, message, person, query.from_user.username or "")
    else:
        said = Said(text=cards.common_plain("no_such_button"), alert=True)
    answers.give(query.id, said.text, alert=said.alert)


def _is_shown(query: CallbackQuery) -> bool:
    """Whether the message has the button that is said to have been pressed."""
    if not isinstance(query.message, Message) or query.message.reply_markup is None:
        return False
    rows = query.message.reply_markup.inline_keyboard
    return any(button.callback_data == query.data for row in rows for button in row)
