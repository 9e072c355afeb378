"""Delivers to the CRM: reads, and writes that take effect once.

A write is delivered at least once; it takes effect once, because we look before we write again.
Every comment carries its own tag, matched whole; a status is compared before and read back after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.ending import Ending
from bot.errors import OtherRelease
from bot.facts import Facts
from bot.flows.names import same_person
from bot.flows.records import Action, Fact, Happened
from bot.flows.writes import NO_SUCH_USER, SEVERAL_USERS
from bot.known import POSTER_KNOWN
from bot.metrics import Metrics
from bot.ours import Held, Ours, Try, times_written
from bot.outbox import backoff, chance
from crm_api.errors import (
    CrmConfig,
    CrmError,
    CrmNotFound,
    CrmRejected,
    CrmTemporary,
    CrmUnsupported,
    Fate,
)
from crm_api.port import Crm, Lead, LeadRef
from storage.outbox import OutboxRow

log = structlog.get_logger(__name__)

#: After an uncertain write the CRM gets a moment to show it, before we look for the tag.
_MOMENT = 1.0
#: A comment that the CRM takes and never shows is not a passing trouble.
_TRIES_OF_A_SILENT_WRITE = 6
#: Longer than this nobody waits for one delivery; shorter than the lease.
PATIENCE = timedelta(seconds=40)
LEASE = timedelta(seconds=50)


class _Unseen(CrmTemporary):
    """A comment was sent, now or earlier (`sent_at`), and may still come: look, do not write."""

    def __init__(self, say: str, sent_at: datetime, *, retry_after: float | None = None) -> None:
        super().__init__(say, retry_after=retry_after, fate=Fate.UNDER_WAY)
        self.sent_at = sent_at


class Refused(Exception):
    """The CRM did not do it, and will not. `may_come`: it may do it all the same, late."""

    def __init__(self, say: str, *, may_come: bool = False) -> None:
        super().__init__(say)
        self.may_come = may_come


class WriteBack:
    """Delivers the rows for the destination "crm"."""

    def __init__(
        self,
        crm: Crm,
        facts: Facts,
        ending: Ending,
        ours: Ours,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._crm = crm
        self._facts = facts
        self._ending = ending
        self._ours = ours
        self._clock = clock
        self._metrics = metrics
        self._comes_late = ours.comes_late
        self._work = {
            "read_lead": self._read_lead,
            "find_orders": self._find_orders,
            "write_comment": self._write_comment,
            "set_disposition": self._set_disposition,
            "pin_refusal": self._pin_refusal,
            "set_manager": self._set_manager,
            POSTER_KNOWN: self._poster_known,
        }

    async def deliver(self, row: OutboxRow) -> None:
        """Do what the row wants and hand the answer to the case, whatever it is."""
        this = Try(row)
        await self._ending.deliver(
            row, lambda _: self._deliver(this), refuse=self._refuse, after=lambda: this.after
        )

    async def _refuse(self, row: OutboxRow, say: str) -> None:
        """People go on without, as if the CRM had refused."""
        await self._end(row, _refused(Try(row), say), dead=True)

    async def _deliver(self, this: Try) -> None:
        row = this.row
        if row.kind not in self._work:
            raise OtherRelease(f"{row.kind}: no such kind")
        if await self._ours.is_overtaken(row):
            log.info("overtaken", row=row.id, kind=row.kind, case=row.case_id)
            await self._ending.done(row)
        else:
            await self._answered(this)

    async def _answered(self, this: Try) -> None:
        row = this.row
        no = int(row.payload.get("no", 0))
        try:
            action = await self._try(this)
        except _Unseen as error:
            again = error.sent_at + self._comes_late
            await self._later(row._replace(sent_at=error.sent_at), no, error, at_most=again)
        except Held as error:
            await self._later(this.after, no, error, at_most=error.until)
        except (CrmTemporary, TimeoutError) as error:
            await self._later(this.after, no, error)
        except CrmNotFound as error:
            if row.kind == "read_lead":
                await self._end(row, Action(name=Fact.LEAD_MISSING), dead=False)
            else:
                await self._end(this.refused, _refused(this, error.say), dead=True)
        except (CrmError, CrmConfig) as error:
            log.error(  # noqa: TRY400 -- the reason is enough; a stack tells nothing more
                "crm_refused", row=row.id, kind=row.kind, case=row.case_id, why=error.say
            )
            await self._end(this.refused, _refused(this, error.say), dead=True)
        except Refused as error:
            ended = this.after if error.may_come else this.refused
            await self._end(ended, _refused(this, str(error)), dead=True)
        else:
            await self._end(this.ended, action, dead=False)

    async def _try(self, this: Try) -> Action:
        this.until = self._clock() + PATIENCE
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await self._work[this.row.kind](this)
        except TimeoutError:
            this.cut_off(self._clock())
            raise

    async def _poster_known(self, _this: Try) -> Action:
        """The CRM has told it already."""
        return Action(name=Fact.POSTER_KNOWN)

    async def _end(self, row: OutboxRow, action: Action, *, dead: bool) -> None:
        await self._facts.answered(row, action, dead=dead)
        self._metrics.delivered("crm", "dead" if dead else "done")

    async def _later(
        self,
        row: OutboxRow,
        no: int,
        error: CrmTemporary | TimeoutError,
        *,
        at_most: datetime | None = None,
    ) -> None:
        say = error.say if isinstance(error, CrmTemporary) else "no answer in time"
        asked = error.retry_after if isinstance(error, CrmTemporary) else None
        pause = backoff(row.attempts, chance(), first=2 * _MOMENT)
        if at_most is not None:
            pause = min(pause, max(at_most - self._clock(), timedelta(seconds=_MOMENT)))
        if asked is not None:
            pause = max(pause, timedelta(seconds=asked))
        log.warning("crm_down", row=row.id, kind=row.kind, case=row.case_id, why=say)
        self._metrics.delivered("crm", "later")
        action = Action(name=Fact.CRM_DOWN, what=Happened(no=no, say=say))
        await self._facts.answered(row, action, due_at=self._clock() + pause)

    async def _read_lead(self, this: Try) -> Action:
        row = this.row
        ref = LeadRef(text=str(row.payload["ref"]))
        lead, earlier = await self._crm.read_with_earlier(ref)
        if row.payload.get("all_calls"):
            lead = await self._with_all_calls(lead)
        return Action(name=Fact.LEAD_READ, what=Happened(lead=lead, earlier=earlier))

    async def _with_all_calls(self, lead: Lead) -> Lead:
        try:
            return replace(lead, calls=await self._crm.calls(lead))
        except CrmUnsupported:
            return lead
        except CrmNotFound as error:
            # The lead was there a moment ago: never to be taken for "no such lead".
            raise CrmTemporary(error.say) from error

    async def _find_orders(self, this: Try) -> Action:
        found = await self._crm.find_by_phone(str(this.row.payload["phone"]))
        return Action(name=Fact.ORDERS_FOUND, what=Happened(earlier=found))

    async def _write_comment(self, this: Try) -> Action:
        row = this.row
        no, tag = int(row.payload["no"]), str(row.payload["tag"])
        lead = await self._crm.read_lead(LeadRef(text=str(row.payload["lead"])))
        written = times_written(lead.comments, tag)
        if written > 1:
            log.error("comment_doubled", case=row.case_id, tag=tag, times=written)
            self._metrics.double()
        if not written:
            await self._add_comment(this, lead, tag)
        return Action(name=Fact.CRM_SAVED, what=Happened(no=no))

    async def _add_comment(self, this: Try, lead: Lead, tag: str) -> None:
        row = this.row
        now = self._clock()
        # A clock that was ahead, and has been put right, keeps nothing waiting for longer.
        sent_at = None if row.sent_at is None else min(row.sent_at, now)
        if sent_at is not None and now < sent_at + self._comes_late:
            raise _Unseen("an earlier comment was not answered, and may still come", sent_at)
        this.check(now)
        this.is_missing, this.sent_at = True, now
        try:
            after = await self._crm.add_comment(lead, f"{row.payload['text']}\n{tag}")
        except CrmTemporary as error:
            if error.fate is not Fate.UNDER_WAY:
                # It was answered: what is not there by the next look comes no more.
                this.sent_at = None
                raise
            raise _Unseen(error.say, self._clock(), retry_after=error.retry_after) from error
        if not times_written(after.comments, tag):
            # Tries that met a CRM that was down count too: of silence this must not be the first.
            if sent_at is not None and row.attempts >= _TRIES_OF_A_SILENT_WRITE:
                raise Refused("the CRM takes the comment and does not show it", may_come=True)
            raise _Unseen("the comment does not show yet", self._clock())

    async def _set_disposition(self, this: Try) -> Action:
        row = this.row
        no, code = int(row.payload["no"]), str(row.payload["code"])
        lead = await self._crm.read_lead(LeadRef(text=str(row.payload["lead"])))
        if lead.disposition.code == code:
            # Operators set «Дубль» themselves; or our earlier try got through.
            return Action(name=Fact.CRM_SAVED, what=Happened(no=no, found=not this.may_be_ours))
        this.is_missing = True
        is_seen = lead.disposition.code == str(row.payload["seen"])
        if not (is_seen and await self._ours.goes_back(row)):
            what = Happened(no=no, disposition=lead.disposition)
            return Action(name=Fact.CRM_CONFLICT, what=what)
        async with self._ours.sending(this):
            lead = await self._crm.set_disposition(lead, code)
        if lead.disposition.code != code:
            raise Refused("the CRM skipped the status: the bot's user may not set it")
        return Action(name=Fact.CRM_SAVED, what=Happened(no=no))

    async def _pin_refusal(self, this: Try) -> Action:
        """Attribute the refusal to the operator whom the decision names, whomever the CRM takes.

        The CRM's own call takes *a* long talk, not surely the first one, and sets two fields;
        what we can set ourselves is the person responsible, so that is what is read back.
        """
        row = this.row
        no, operator = int(row.payload["no"]), str(row.payload["operator"])
        lead = await self._crm.read_lead(LeadRef(text=str(row.payload["lead"])))
        if same_person(lead.manager, operator):
            # Our earlier try may have got through.
            what = Happened(no=no, lead=lead, found=not this.may_be_ours)
            return Action(name=Fact.CRM_SAVED, what=what)
        # Whom an earlier try has found there nobody knows any more: this may be the CRM's choice.
        this.was = "" if this.may_be_ours else lead.manager
        this.is_missing, this.lead = True, lead
        try:
            async with self._ours.sending(this):
                this.lead = lead = await self._crm.pin_refusal(lead)
        except (CrmRejected, CrmUnsupported) as error:
            # It finds no long talk, and a person has named somebody all the same.
            log.info("pinned_by_hand", case=row.case_id, why=error.say)
        if not same_person(lead.manager, operator):
            lead = await self._make_responsible(this, lead, operator)
        return Action(name=Fact.CRM_SAVED, what=Happened(no=no, lead=lead, was=this.was))

    async def _set_manager(self, this: Try) -> Action:
        row = this.row
        no, operator = int(row.payload["no"]), str(row.payload["operator"])
        lead = await self._crm.read_lead(LeadRef(text=str(row.payload["lead"])))
        if same_person(lead.manager, operator):
            what = Happened(no=no, lead=lead, found=not this.may_be_ours)
            return Action(name=Fact.CRM_SAVED, what=what)
        this.is_missing = True
        is_seen = same_person(lead.manager, str(row.payload["seen"]))
        if not (is_seen and await self._ours.goes_back(row)):
            return Action(name=Fact.CRM_CONFLICT, what=Happened(no=no, lead=lead))
        lead = await self._make_responsible(this, lead, operator)
        return Action(name=Fact.CRM_SAVED, what=Happened(no=no, lead=lead))

    async def _make_responsible(self, this: Try, lead: Lead, operator: str) -> Lead:
        user = await self._user(operator)
        async with self._ours.sending(this):
            this.lead = lead = await self._crm.set_manager(lead, user)
        if not same_person(lead.manager, operator):
            raise Refused("the CRM made somebody else responsible")
        return lead

    async def _user(self, name: str) -> str:
        """The CRM's id of the one user of that name; of two we guess none."""
        found = {user.id for user in await self._crm.find_users(name)}
        if len(found) != 1:
            raise Refused(SEVERAL_USERS if found else NO_SUCH_USER)
        return found.pop()


def _refused(this: Try, say: str) -> Action:
    no = int(this.row.payload.get("no", 0))
    what = Happened(no=no, say=say, lead=this.lead, was=this.was)
    return Action(name=Fact.CRM_REFUSED, what=what)
