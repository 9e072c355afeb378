"""What people press: checked (who, where, what the card says now), and decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.cards import OWN_CARD, Cards, Press
from bot.enqueue import COSMETIC, NEW_CARD, Enqueue, delete_message
from bot.flows.base import Flow, IllegalAction, NotAllowed, Step
from bot.flows.copies import replace
from bot.flows.records import Action, Case, Person
from bot.perform import Perform
from bot.sight import Sight
from storage.cases import CaseRow
from storage.messages import MessageRow
from storage.uow import Storage, UnitOfWork

# What Telegram calls a press is shorter by far: whatever is sent, the database holds it.
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The answer to a press. An alert must be closed by hand: it is for refusals."""

    text: str
    alert: bool = False


class Pressing:
    """Takes presses on cards and digests. When a call has returned, it is committed."""

    def __init__(
        self,
        *,
        storage: Storage,
        perform: Perform,
        sight: Sight,
        cards: Cards,
        enqueue: Enqueue,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._perform = perform
        self._sight = sight
        self._cards = cards
        self._enqueue = enqueue
        self._clock = clock

    async def press(
        self, press: Press, chat_id: int, message_id: int, by: Person, *, id_: str, shown: bool
    ) -> Said:
        """A press on a button. Checked here: who, in which chat, whether the state allows it.

        `id_`: Telegram's. It may bring a press again much later, when the button is there anew.
        `shown`: the message has this button. A client can send what no button carries, from any
        message of ours: that makes no card of it.
        """
        now, id_ = self._clock(), id_[:_LONGEST_ID]
        async with self._storage.change() as uow:
            row, is_taken = await uow.presses.read(press.case, id_, by=by.id)
            if row is None:
                return Said(text=self._cards.common_plain("no_such_button"), alert=True)
            if row.chat_id != chat_id:
                return await self._elsewhere(uow, row, chat_id)
            if shown:
                await self._meet_stray(uow, row, message_id, now)
            if press.action == OWN_CARD:
                return await self._own_card(uow, row, now)
            if is_taken:
                return await self._too_late(uow, row, press, by, now)
            return await self._decided(uow, row, press, by, id_, now)

    async def _elsewhere(self, uow: UnitOfWork, row: CaseRow, chat_id: int) -> Said:
        """The card is another chat's; or the group moved, and left this one behind."""
        chat = await uow.chats.chat(chat_id)
        if chat is None or chat.migrated_to != row.chat_id:
            return Said(text=self._cards.common_plain("foreign_chat"), alert=True)
        flow, case = self._sight.read(row)
        # Only who waits still was shown anew there.
        late = "" if flow.is_open(case) else self._cards.late(flow, case)
        return Said(text=self._cards.common_plain("moved", late=late), alert=True)

    async def _own_card(self, uow: UnitOfWork, row: CaseRow, now: datetime) -> Said:
        """Out of a digest: everything that its row of buttons cannot do needs a card."""
        flow, case = self._sight.read(row)
        if not flow.is_open(case):
            return Said(text=self._cards.late(flow, case), alert=True)
        card = await uow.messages.card(row.id)
        if card is not None:
            # Who asks for it may not have it: an edit tells whether somebody has deleted it.
            await uow.messages.note(card._replace(shown=""))
        await self._enqueue.card(uow, row, now=now, priority=NEW_CARD)
        return Said(text=self._cards.common_plain("own_card"))

    async def _decided(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        press: Press,
        by: Person,
        id_: str,
        now: datetime,
    ) -> Said:
        flow, case = self._sight.read(row)
        # Who presses, and who is told: one look at both.
        await uow.people.know([by.id, *(person.id for person, _ in flow.askers(case))])
        action = Action(
            name=press.action,
            arg=press.arg,
            press=id_,
            by=await self._sight.actor(uow, by, flow),
            around=await self._sight.around(uow, row, flow, now),
        )
        try:
            step = self._pressed(flow, case, press, action, now)
            chosen = self._cards.chosen(flow, case, press.action, press.arg)
            action = replace(action, chosen=chosen)
            await self._perform.save(uow, row, flow, step, action, now)
        except NotAllowed as refusal:
            return Said(text=self._cards.common_plain(refusal.why), alert=True)
        except IllegalAction:
            return await self._too_late(uow, row, press, by, now)
        answer = "" if step.rule is None else step.rule.answer
        return Said(text=self._cards.answer(flow, step.case, answer))

    async def _meet_stray(
        self, uow: UnitOfWork, row: CaseRow, message_id: int, now: datetime
    ) -> None:
        """A crash between sending and noting leaves a card that we do not know.

        It works, and the press makes it the case's card: people look at what they pressed. The
        other one goes.
        """
        card, _ = await uow.cases.shown_in(row.id)
        if card is not None and (card.chat_id, card.message_id) == (row.chat_id, message_id):
            return
        noted = await uow.messages.get(row.chat_id, message_id)
        if noted is not None:
            if noted.case_id == row.id and noted.kind == "card" and not noted.current:
                await delete_message(uow, row.chat_id, message_id, now=now)
            return
        if await uow.digests.places(row.chat_id, message_id):
            # It may have been noted since the case was read.
            uow.cases.look_again(row.id)
            return
        card = await uow.messages.card(row.id)
        # The same one: it was noted between our two looks.
        if card is not None:
            if card.message_id != message_id:
                await delete_message(uow, row.chat_id, card.message_id, now=now)
            await uow.messages.forget_card(row.id)
        await uow.messages.note(
            MessageRow(
                chat_id=row.chat_id,
                message_id=message_id,
                case_id=row.id,
                kind="card",
                current=True,
                shown="",
            )
        )
        await self._enqueue.card(uow, row, now=now, priority=COSMETIC)

    def _pressed(
        self, flow: Flow[Any], case: Case[Any], press: Press, action: Action, now: datetime
    ) -> Step[Any]:
        shown = {(button.action.value, button.arg) for row in flow.buttons(case) for button in row}
        if press.round != case.round or (press.action, press.arg) not in shown:
            # Not on the card as it is now: an old button, or data that somebody made up.
            raise IllegalAction(case.state, press.action)
        return flow.decide(case, action, now)

    async def _too_late(
        self, uow: UnitOfWork, row: CaseRow, press: Press, by: Person, now: datetime
    ) -> Said:
        """The same person's second tap gets the same good answer; others hear how it stands."""
        flow, case = self._sight.read(row)
        shown = [one for line in flow.buttons(case) for one in line if one.action == press.action]
        # The button is there still, and says something else.
        is_other = press.round == case.round and any(one.arg != press.arg for one in shown)
        given = None
        # One of before an upgrade may say nothing: then nobody knows whether he has done that.
        if press.arg or not is_other:
            given = await uow.history.answer_given(press.case, by.id, press.action, press.round)
        if given is not None and (is_other or press.round != case.round):
            # Of a round that is over only the last word holds: what was decided in it was undone.
            # And a button that says something else by now he may have pressed long ago.
            rows = [one for one in await uow.history.of(case.id) if one.round == press.round]
            given = given if (rows[-1].actor_id, rows[-1].action) == (by.id, press.action) else None
        if given is not None:
            return Said(text=self._cards.answer(flow, case, given))
        if press.round != case.round:
            return Said(text=self._cards.common_plain("old_card"), alert=True)
        if is_other:
            # A card of before an upgrade would not come to say so by itself.
            await self._enqueue.card(uow, row, now=now, priority=COSMETIC, silent=True)
            return Said(text=self._cards.common_plain("changed"), alert=True)
        return Said(text=self._cards.late(flow, case), alert=True)
