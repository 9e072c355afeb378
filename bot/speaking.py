"""Delivers to Telegram: cards (`bot.showing`), notices to people, and the bot's own words."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot import errors
from bot.budget import Budget
from bot.calling import Calling
from bot.cards import Cards
from bot.chats import Chats
from bot.ending import Ending
from bot.enqueue import chat_of_lane
from bot.export import Exports
from bot.flows.base import Flows
from bot.gathering import Gathering, notice_row
from bot.outbox import backoff, chance
from bot.showing import Showing
from bot.sight import read_case
from bot.telegram import Messenger, link_to_message
from storage.outbox import OutboxRow
from storage.uow import Storage

log = structlog.get_logger(__name__)

#: Longer than one call may take.
LEASE = timedelta(seconds=30)


class Speaking:
    """Delivers the rows for the destination "telegram"."""

    def __init__(  # noqa: PLR0913 -- whatever may be said has a helper of its own
        self,
        *,
        storage: Storage,
        flows: Flows,
        cards: Cards,
        messenger: Messenger,
        chats: Chats,
        exports: Exports,
        budget: Budget,
        gathering: Gathering,
        calling: Calling,
        showing: Showing,
        ending: Ending,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._cards = cards
        self._messenger = messenger
        self._chats = chats
        self._exports = exports
        self._budget = budget
        self._gathering = gathering
        self._calling = calling
        self._showing = showing
        self._ending = ending
        self._clock = clock
        self._work = {
            "card": showing.card,
            "digest": gathering.digest,
            "tell": self._tell,
            "say": self._say,
            "board": self._board,
            "delete": self._delete,
            "leave": self._leave,
            "export": self._export,
        }

    async def deliver(self, row: OutboxRow) -> None:
        """Say what the row wants said, and record how it ended."""
        await self._ending.deliver(row, self._deliver)

    async def _deliver(self, row: OutboxRow) -> None:
        begun = self._clock()
        try:
            await self._work_of(row.kind)(row)
        except errors.TelegramBusy as busy:
            until = self._budget.pause(_chat_of(row), busy.retry_after, self._clock())
            log.warning("telegram_busy", chat=_chat_of(row), seconds=busy.retry_after)
            await self._ending.later(row, until, "busy")
        except errors.TelegramTemporary as error:
            until = self._clock() + backoff(row.attempts, chance())
            await self._ending.later(row, until, str(error))
        except errors.TelegramMoved as moved:
            if moved.new_id == _chat_of(row):
                # Known already; only what it speaks of has stayed in the old group.
                await self._gone(row, "moved")
                return
            await self._chats.moved(_chat_of(row), moved.new_id)
            await self._ending.later(row, self._clock(), "moved")
        except errors.TelegramUnreachable as error:
            await self._ending.unreached(row, str(error), begun)
        except errors.MessageGone as error:
            await self._gone(row, str(error))
        except errors.TelegramRefused as error:
            await self._ending.dead(row, str(error))

    def _work_of(self, kind: str) -> Callable[[OutboxRow], Awaitable[None]]:
        if kind not in self._work:
            raise errors.OtherRelease(f"{kind}: no such kind")
        return self._work[kind]

    # --- the kinds ------------------------------------------------------------------------------

    async def _tell(self, row: OutboxRow) -> None:
        now = self._clock()
        payload = row.payload
        if payload.get("names_all"):
            await self._calling.call(row)
            return
        # The lane's: it goes along when a group becomes a supergroup.
        chat_id = _chat_of(row)
        async with self._storage.look() as uow:
            case_row = await uow.deliveries.case_of(row)
            if case_row is None:
                return
            flow, case = read_case(self._flows, case_row)
            card, digest = await uow.cases.shown_in(case_row.id)
            in_group = chat_id == case_row.chat_id
            reply_to = int(payload["reply_to"]) if in_group else 0
            if reply_to and not await uow.posts.is_here(case_row, reply_to):
                reply_to = 0
        if in_group and not flow.is_open(case) and await self._gathering.told_together(row, now):
            return
        link = ""
        if card is not None and not in_group:
            link = link_to_message(card.chat_id, card.message_id, case_row.topic_id)
        elif digest is not None and not in_group:
            link = link_to_message(case_row.chat_id, digest, case_row.topic_id)
        notice = self._cards.notice(flow, case, str(payload["what"]), now, link)
        if payload.get("nobody"):
            nobody = self._cards.common("in_their_stead", roles=[payload["nobody"]]).text
            notice = replace(notice, text=f"{notice.text}\n{nobody}")
        message_id = await self._messenger.send(
            chat_id,
            notice,
            topic_id=case_row.topic_id if in_group else 0,
            reply_to=reply_to,
        )
        async with self._storage.note() as uow:
            await uow.deliveries.told(
                row,
                notice_row(chat_id, message_id, case_row.id, notice),
                now=self._clock(),
            )
        self._ending.count(row)

    async def _say(self, row: OutboxRow) -> None:
        payload, chat_id = row.payload, _chat_of(row)
        card = self._cards.asking(str(payload["what"]), payload["words"], payload.get("keys", ()))
        if not card.text:
            raise errors.OtherRelease(f"{payload['what']}: no such words")
        if payload.get("edit"):
            await self._messenger.edit(chat_id, int(payload["edit"]), card)
        else:
            await self._messenger.send(
                chat_id,
                card,
                topic_id=int(payload["topic"]),
                # In a supergroup that a group became, that number means another message.
                reply_to=int(payload["reply_to"]) if chat_id == int(payload["chat"]) else 0,
            )
        await self._ending.done(row)

    async def _board(self, row: OutboxRow) -> None:
        """How the chat stands by now; nothing, if it runs that flow no more."""
        payload, chat_id, now = row.payload, _chat_of(row), self._clock()
        topic, what = int(payload["topic"]), str(payload["what"])
        async with self._storage.look() as uow:
            flow = self._flows.get(await uow.chats.flow_of(chat_id, topic) or "")
            if flow is None or what not in flow.boards:
                rows = None
            else:
                since = now - flow.remembers
                rows = await uow.cases.around(chat_id, topic, flow.name, since=since)
        if flow is not None and rows is not None:
            cases = tuple(read_case(self._flows, one)[1] for one in rows)
            await self._messenger.send(
                chat_id,
                self._cards.board(flow, what, cases, now),
                topic_id=topic,
                reply_to=int(payload["reply_to"]) if chat_id == int(payload["chat"]) else 0,
            )
        await self._ending.done(row)

    async def _delete(self, row: OutboxRow) -> None:
        await self._messenger.delete(int(row.payload["chat"]), int(row.payload["message"]))
        await self._ending.done(row)

    async def _leave(self, row: OutboxRow) -> None:
        # The lane's: what is to be left may have become a supergroup.
        chat_id = _chat_of(row)
        # (An older release has not said it.)
        said = datetime.fromisoformat(row.payload.get("since") or row.created_at.isoformat())
        if not await self._chats.stays(chat_id, None if row.payload.get("unbound") else said):
            await self._messenger.leave(chat_id)
        await self._ending.done(row)

    async def _export(self, row: OutboxRow) -> None:
        """The file is made now, and made again if we die before it is noted as sent."""
        chat_id = _chat_of(row)
        try:
            # A stop may leave the writing thread a moment longer than its folder.
            with tempfile.TemporaryDirectory(
                prefix="workchats-", ignore_cleanup_errors=True
            ) as folder:
                made = await self._exports.make(row, Path(folder))
                if made.path is None:
                    await self._messenger.send(chat_id, made.words)
                else:
                    await self._messenger.send_document(chat_id, made.path, made.words)
        except OSError as error:
            # No room on the disk is no fault of the row. Somebody has to make some.
            log.warning("no_file", row=row.id, kind=row.kind, why=str(error))
            raise errors.TelegramTemporary(f"no file: {type(error).__name__}") from error
        await self._ending.done(row)

    # --- how it ended, if not well ---------------------------------------------------------------

    async def _gone(self, row: OutboxRow, error: str) -> None:
        """What should be edited or answered was deleted, or is not ours to edit."""
        if row.kind == "digest":
            await self._gathering.digest_gone(row)
        elif row.kind == "card":
            await self._showing.gone(row, error)
        elif row.kind == "delete":
            # Older than Telegram lets it be taken away, or in a group that is closed since it
            # moved: it stays, and nobody could mend that.
            await self._ending.done(row)
        else:
            await self._ending.dead(row, error)


def _chat_of(row: OutboxRow) -> int:
    return chat_of_lane(row.lane)
