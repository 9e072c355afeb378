"""Updates on their way to the bot: the queue and long polling.

Telegram keeps an update until the bot confirms it (by asking for a higher `offset`, or by a 2xx
of its webhook), at most 24 hours (a press: 150 seconds, as long as it can be answered), and gives
what is unconfirmed again and again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from sandbox.telegram import render
from sandbox.telegram.clock import Clock, Signal
from sandbox.telegram.errors import BotApiError, conflict
from sandbox.telegram.model import Json, QueuedUpdate, World

KEPT_FOR = 24 * 3600.0
#: A press is kept, and can be answered, for this long, seconds.
PRESS_LIVES = 150.0
#: An inline query can be answered for this long, seconds: the person types on meanwhile.
INLINE_LIVES = 30.0
#: How many confirmed updates can be given again.
REMEMBERED = 1000
MOST_AT_ONCE = 100
LONGEST_POLL = 50
#: These a bot gets only when it asks for them by name.
ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Updates:
    """The bot's queue, oldest first."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self.signal = Signal()

    def wants(self, kind: str) -> bool:
        """Say whether the bot asked for this kind."""
        allowed = self._world.allowed_updates
        return kind in allowed if allowed else kind not in ASKED_FOR

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Note what the bot asks for; None keeps what it asked before, [] is the usual."""
        if kinds is not None:
            self._world.allowed_updates = list(kinds) or None

    def push(
        self, kind: str, payload: Json, *, message_ref: tuple[int, int] | None = None
    ) -> int | None:
        """Queue an update and give its id, or None for a kind that the bot did not ask for."""
        if not self.wants(kind):
            return None
        update_id = self._world.next_update_id
        self._world.next_update_id += 1
        self._world.pending.append(
            QueuedUpdate(update_id, kind, payload, self._clock.now(), message_ref)
        )
        self.signal.fire()
        return update_id

    def pending(self, limit: int = MOST_AT_ONCE) -> list[Json]:
        """Give the oldest unconfirmed updates as JSON."""
        return [self.json(update) for update in self.queued()[:limit]]

    def queued(self) -> list[QueuedUpdate]:
        """Give the unconfirmed updates, the oldest first."""
        self._forget_old()
        return self._world.pending

    def count(self) -> int:
        """Count the unconfirmed updates."""
        return len(self.queued())

    def confirm_below(self, update_id: int) -> None:
        """Take the updates with smaller ids for done."""
        self._confirm(lambda update: update.update_id < update_id)

    def confirm(self, done: QueuedUpdate) -> None:
        """Take one update for done: this very one, whatever id a shuffle has given it meanwhile."""
        self._confirm(lambda update: update is done)

    def _confirm(self, is_done: Callable[[QueuedUpdate], bool]) -> None:
        done = [update for update in self._world.pending if is_done(update)]
        if done:
            self._world.pending = [update for update in self._world.pending if not is_done(update)]
            self._world.confirmed = (self._world.confirmed + done)[-REMEMBERED:]

    def keep_last(self, count: int) -> None:
        """Forget all but the last `count` updates: a negative offset does that."""
        if len(self._world.pending) > count:
            self.confirm_below(self._world.pending[-count].update_id)

    def drop_pending(self) -> None:
        """Forget all that is unconfirmed."""
        self._world.pending.clear()

    def redeliver(self, count: int) -> int:
        """Put the last `count` confirmed updates into the queue again, with their ids."""
        again = self._world.confirmed[-count:] if count > 0 else []
        self._world.confirmed = self._world.confirmed[: len(self._world.confirmed) - len(again)]
        self._world.pending = sorted(again + self._world.pending, key=lambda u: u.update_id)
        self.signal.fire()
        return len(again)

    def shuffle(self, seed: int) -> int:
        """Put what is unconfirmed into another order, under the same ids; gives how many."""
        ids = [update.update_id for update in self._world.pending]
        random.Random(seed).shuffle(self._world.pending)  # noqa: S311 -- to be played again
        for update, update_id in zip(self._world.pending, ids, strict=True):
            update.update_id = update_id
        return len(ids)

    def _forget_old(self) -> None:
        now = self._clock.now()
        self._world.pending = [u for u in self._world.pending if now - u.at <= _lifetime(u)]

    def json(self, update: QueuedUpdate) -> Json:
        """Give an update as the bot reads it."""
        payload = update.payload
        if update.message_ref is not None:
            chat_id, message_id = update.message_ref
            where = self._world.chats[chat_id]
            record = where.living(message_id)
            shown = (
                render.message(self._world, where, record)
                if record
                else render.inaccessible(self._world, where, message_id)
            )
            payload = payload | {"message": shown}
        return {"update_id": update.update_id, update.kind: payload}


def _lifetime(update: QueuedUpdate) -> float:
    return {"callback_query": PRESS_LIVES, "inline_query": INLINE_LIVES}.get(update.kind, KEPT_FOR)


class Polling:
    """`getUpdates`: one waits at a time, and a newer one ends the older."""

    def __init__(self, world: World, updates: Updates) -> None:
        self._world = world
        self._updates = updates
        self._turn = 0
        self._ended_by = ""
        self._is_shut = False
        self._waiting = 0
        self._begun = Signal()

    async def wait(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """Give updates from `offset` on, waiting up to `seconds` for the first.

        Raises:
            BotApiError: 409 if a webhook is set, or when another call takes over; 500 at the end.
        """
        if self._world.webhook.url:
            raise conflict(
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first"
            )
        self.end("other getUpdates request; make sure that only one bot instance is running")
        mine = self._turn
        if offset > 0:
            self._updates.confirm_below(offset)
        elif offset < 0:
            self._updates.keep_last(-offset)

        def over() -> bool:
            return self._is_shut or self._turn != mine or self._updates.count() > 0

        self._waiting += 1
        self._begun.fire()
        try:
            await self._updates.signal.wait_for(over, seconds)
        finally:
            self._waiting -= 1
        if self._is_shut:
            raise BotApiError(500, "Internal Server Error: restart")
        if self._turn != mine:
            raise conflict(f"terminated by {self._ended_by}")
        return self._updates.pending(limit)

    async def begun(self, seconds: float) -> bool:
        """Wait until a call waits; a test then knows that the bot is listening."""
        return await self._begun.wait_for(lambda: self._waiting > 0, seconds)

    def shut(self) -> None:
        """End the waiting call and every later one: the sandbox stops."""
        self._is_shut = True
        self._updates.signal.fire()

    def end(self, reason: str) -> None:
        """End the call that waits now, if any."""
        self._turn += 1
        self._ended_by = reason
        self._updates.signal.fire()
