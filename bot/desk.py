"""The front desk: what people do. Posts become cases or join them; replies and presses act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.cards import OWN_CARD, Cards, Press
from bot.enqueue import COSMETIC, NEW_CARD, Enqueue, delete_message, lane_of
from bot.flows.base import Flow, Flows, IllegalAction, NotAllowed, Step
from bot.flows.copies import replace
from bot.flows.records import Action, Case, Person, Post
from bot.hints import Hints
from bot.perform import Perform
from bot.sight import Sight
from bot.talk import Talk
from storage.cases import CaseRow
from storage.errors import Stale
from storage.messages import MessageRow
from storage.posts import REPLY, told_in
from storage.uow import Storage, UnitOfWork

# What Telegram calls a press is shorter by far: whatever is sent, the database holds it.
_LONGEST_ID = 64
# So long after it was sent a message of ours may be without its note.
_NOTED_WITHIN = timedelta(seconds=10)
# Stands for whatever he might have written.
_SOME_WORDS = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The answer to a press. An alert must be closed by hand: it is for refusals."""

    text: str
    alert: bool = False


class Desk:
    """Takes what people do. When a call has returned, it is committed."""

    def __init__(
        self,
        *,
        storage: Storage,
        perform: Perform,
        sight: Sight,
        flows: Flows,
        cards: Cards,
        enqueue: Enqueue,
        hints: Hints,
        talk: Talk,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._perform = perform
        self._sight = sight
        self._flows = flows
        self._cards = cards
        self._enqueue = enqueue
        self._hints = hints
        self._talk = talk
        self._clock = clock

    async def post(self, post: Post) -> None:
        """A message in a working chat: each thing that it asks for becomes a case, or joins one."""
        now = self._clock()
        async with self._storage.change(post.chat_id) as uow:
            await self._open(uow, post, now)

    async def _open(self, uow: UnitOfWork, post: Post, now: datetime) -> None:
        """The chat is locked."""
        where = (post.chat_id, post.topic_id, post.message_id)
        name, taken = await uow.posts.flow_and_cases(*where)
        if name is None:
            post, name, taken = await self._gone_along(uow, post)
        flow = self._flows.get(name or "")
        if flow is None:
            return
        if taken:
            post = self._talk.as_taken(post, taken)
        else:
            post = await self._talk.with_words(uow, flow, post)
        requests = flow.requests(post)
        if not requests and not taken and not post.foreign:
            named = await self._talk.take(uow, flow, post, now)
            if named is None:
                return
            post, requests = named, flow.requests(named)
        fresh = [request for request in requests if request.ref not in taken]
        # What an edited post has been taken in by is asked as well.
        asked = requests if post.edited else fresh
        await uow.cases.lock_leads(request.lead for request in asked)
        for request in fresh:
            await self._perform.open(uow, flow, request, post, now)
        for request in requests if post.edited else ():
            if request.ref in taken:
                await self._talk.edited(uow, flow, request, post, taken[request.ref], now)
        if not requests and post.foreign:
            await self._hints.foreign_link(uow, post, now)

    async def _gone_along(
        self, uow: UnitOfWork, post: Post
    ) -> tuple[Post, str | None, dict[str, int]]:
        """A post in a group that became a supergroup, which was heard of first: it is asked there.

        Returns it with what the supergroup runs, and what of it has been taken.
        """
        moved_to = await uow.moved_to(post.chat_id)
        if moved_to is None:
            return post, None, {}
        before = await uow.posts.cases_of(post.chat_id, post.message_id)
        # There that number means another message; one below 0 means none.
        there = replace(post, chat_id=moved_to, message_id=-post.message_id)
        where = (there.chat_id, there.topic_id, there.message_id)
        name, taken = await uow.posts.flow_and_cases(*where)
        return there, name, before | taken

    async def no_such_command(self, post: Post) -> None:
        """It begins with a command that is none of ours: where the bot is at work it says so."""
        if await self._flow_in(post.chat_id, post.topic_id) is None:
            return
        async with self._storage.change() as uow:
            await self._hints.say(uow, post, "people.no_such_command", self._clock())

    async def would_open(self, post: Post) -> bool:
        """Whether the post asks for something in this chat."""
        flow = await self._flow_in(post.chat_id, post.topic_id)
        return flow is not None and bool(flow.requests(post))

    async def board(self, what: str, chat_id: int, topic_id: int, message_id: int) -> bool:
        """A command that shows how the chat stands. Returns whether the chat has such a one."""
        flow = await self._flow_in(chat_id, topic_id)
        if flow is None or what not in flow.boards:
            return False
        now = self._clock()
        async with self._storage.change() as uow:
            await self._enqueue.board(
                uow, chat_id, what, now=now, topic_id=topic_id, reply_to=message_id
            )
        return True

    async def _flow_in(self, chat_id: int, topic_id: int) -> Flow[Any] | None:
        """What this chat and topic runs; None: nothing that we know."""
        async with self._storage.look() as uow:
            return self._flows.get(await uow.chats.flow_of(chat_id, topic_id) or "")

    async def reply(self, post: Post, to_message: int, *, ours_of: datetime | None = None) -> bool:
        """A reply to a card, to a notice or to the operator's own post.

        `ours_of`: when the message was sent that it replies to, if that is one of ours.

        Returns:
            Whether it meant something to the case; else it is a post like any other.

        Raises:
            Stale: what that message is about is just being noted: the reply must come again.
        """
        now = self._clock()
        async with self._storage.change(post.chat_id) as uow:
            case_id, text, is_noted = await self._replied_to(uow, post, to_message, now)
            row = None if case_id is None else await uow.cases.locked(case_id)
            # Asked behind the chat's lock: the same update may be under way beside this one.
            before = await uow.posts.as_reply(post.chat_id, post.message_id)
            if before is not None:
                # The update comes again: a reason must not be written twice, and what was said
                # before a question does not answer it.
                return before == REPLY
            if row is None:
                if not is_noted:
                    await self._may_come_yet(uow, post, ours_of, now)
                    await self._talk.which_of(uow, post, to_message, now)
                # Privately nothing is posted: he was asked which of several he means.
                return is_noted and post.is_private
            is_ours = ours_of is not None or post.is_private
            is_meant = await self._replied(uow, row, post, text, to_message, now, is_ours=is_ours)
            if not is_meant:
                await uow.posts.pass_by(post.chat_id, post.message_id, row.id)
            return is_meant

    async def _replied(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        post: Post,
        text: str,
        to_message: int,
        now: datetime,
        *,
        is_ours: bool,
    ) -> bool:
        """A reply that says `text` about a case, which was just locked."""
        flow, case = self._sight.read(row)
        actor = await self._sight.actor(uow, post.by, flow)
        said = replace(post, text=text)
        if post.leads:
            own = await uow.cases.names_of(row)
            said = replace(said, leads=tuple(lead for lead in post.leads if lead not in own))
        action = flow.reply(case, actor, said, now)
        if action is not None and action.name in flow.to_us and not is_ours:
            action = None
        is_more = action is not None and action.name in flow.following
        if not (is_ours or is_more) and await self._talk.answers_them(uow, post, to_message):
            return False
        if action is None:
            is_mute = post.media and not text.strip()
            words = replace(said, text=_SOME_WORDS)
            wanted = flow.reply(case, actor, words, now) if is_mute else None
            # What nobody waits for, others see in the chat.
            if wanted is not None and wanted.name not in flow.following:
                await self._hints.say(uow, post, "words_only", now, each_time=True)
                return True
            return await self._talk.unheard(uow, flow, (case,), actor, said, now, is_ours=is_ours)
        is_done = await self._talk.act(uow, row, flow, action, post, now)
        if is_done and said.leads and action.name in flow.besides:
            await self._open(uow, said, now)
        return is_done

    async def _may_come_yet(
        self, uow: UnitOfWork, post: Post, ours_of: datetime | None, now: datetime
    ) -> None:
        """People may answer a message of ours before we have noted what it is about."""
        # By a clock that is behind Telegram's it would wait, with all behind it, for too long.
        if ours_of is None or abs(now - ours_of) > _NOTED_WITHIN:
            return
        if await uow.lanes.is_any_unnoted(lane_of(post.chat_id), now=now):
            raise Stale("the message that it replies to is not noted yet")

    async def _replied_to(
        self, uow: UnitOfWork, post: Post, to_message: int, now: datetime
    ) -> tuple[int | None, str, bool]:
        """The case that a reply speaks of, what it says, and whether it answers what is noted."""
        message = await uow.messages.get(post.chat_id, to_message)
        if message is not None:
            return message.case_id, post.text, True
        places = await uow.digests.places(post.chat_id, to_message)
        if places:
            return *await self._talk.of_digest(uow, post, places, now), True
        cases = await uow.posts.cases_of(post.chat_id, to_message)
        told = told_in(cases)
        if told:
            return *await self._talk.of_told(uow, post, told, now), True
        return next(iter(cases.values())) if len(cases) == 1 else None, post.text, False

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
