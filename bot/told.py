"""Messages that tell of several cases at once: which of them a reply to one speaks of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.flows.base import Flow
from bot.flows.copies import replace
from bot.flows.records import Actor, Case, Post, Role
from bot.hints import Hints
from bot.sight import Sight
from storage.cases import CaseRow
from storage.uow import UnitOfWork

#: «2 первый заказ в пути», as a reply to what names its cases by numbers. «2-й заказ», «1.5 литра»,
#: «10:30» and «1 и 2 дубли?» only begin with one.
NUMBERED = re.compile(
    r"""
    \W*(\d{1,2})\b
    (?! -(?:[йяюе]|[гм]о|[оы]й|[хм]|ая|ую)\b | [.,:]\d | \s*(?:[,/+–-]|и|или)\s*\d{1,2}\b )
    [\s.,:)-]*(.+)
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
#: «2. ...»: that is a number of the message; «2 раза перезагрузили» tells how often.
_MARKED = re.compile(r"\W*\d{1,2}\s*[.,:)-]")
_COUNTS = re.compile(
    r"\W*\d{1,2}\s*(?:раза?|сек\w*|недел\w*|месяц\w*|года?|лет|мин\w*|час\w*|д(?:ень|ня|ней)"
    r"|заказ\w*|лид\w*|клиент\w*|человек\w*|звон\w*|шт\w*|товар\w*|позици\w*|комплект\w*|набор\w*|литр\w*|₽|руб\w*|тыс\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A case that the message tells of. `means`: the reply would do something to it."""

    number: int
    flow: Flow[Any]
    case: Case[Any]
    means: bool


class Told:
    """Finds the case that is meant; whoever calls has locked the chat."""

    def __init__(self, *, sight: Sight, hints: Hints) -> None:
        self._sight = sight
        self._hints = hints

    async def which(
        self, uow: UnitOfWork, post: Post, told: Mapping[int, int], now: datetime
    ) -> tuple[int | None, str]:
        """The case that the reply speaks of, and what it says: of several it names the number.

        Who has asked speaks of what he has asked. Of cases that are decided together, as those of
        an incident are, one will do.

        Args:
            uow: the transaction.
            post: the reply.
            told: the cases by their numbers.
            now: the time.
        """
        numbered = NUMBERED.match(post.text)
        number = 0 if numbered is None else int(numbered[1])
        if numbered is not None and number in told and _MARKED.match(post.text):
            return told[number], numbered[2]
        is_known = await uow.posts.as_reply(post.chat_id, post.message_id) is not None
        if is_known or await self._hints.was_said(uow, post, "which_told"):
            # The update comes again: it was taken, or he was asked which and has said it since.
            return None, post.text
        names_one = numbered is not None and number in told and not _COUNTS.match(post.text)
        if numbered is not None and names_one:
            said = await self._there(uow, replace(post, text=numbered[2]), told, now)
            if number in {one.number for one in said if one.means}:
                return told[number], numbered[2]
        there = await self._there(uow, post, told, now)
        meant = [one for one in there if one.means]
        if not meant:
            # It does nothing; what it sounds like is said of the one that it names.
            of_last = (there[-1].case.id if there else None), post.text
            return (told[number], numbered[2]) if numbered is not None and names_one else of_last
        heads = {one.flow.together(one.case) for one in meant}
        if len(heads) == 1:
            own = next((one for one in meant if one.case.id in heads), meant[0])
            return own.case.id, post.text
        numbers = [one.number for one in meant]
        await self._hints.say(uow, post, "which_told", now, each_time=True, numbers=numbers)
        return None, post.text

    async def _there(
        self, uow: UnitOfWork, post: Post, told: Mapping[int, int], now: datetime
    ) -> Sequence[_Told]:
        """The cases that he may speak of."""
        his: list[_Told] = []
        others: list[_Told] = []
        decides = False
        for number, case_id in told.items():
            row = await uow.cases.get(case_id)
            if row is None:
                continue
            flow, case = self._sight.read(row)
            actor = await self._sight.actor(uow, post.by, flow)
            means = await self._means(uow, row, actor, post, now)
            one = _Told(number=number, flow=flow, case=case, means=means)
            asked = any(person.id == post.by.id for person, _ in flow.askers(case))
            (his if asked else others).append(one)
            decides = decides or bool(actor.roles & (flow.deciders | {Role.OWNER}))
        if not his or (decides and not any(one.means for one in his)):
            return [*his, *others]
        return his

    async def _means(
        self, uow: UnitOfWork, row: CaseRow, actor: Actor, post: Post, now: datetime
    ) -> bool:
        flow, case = self._sight.read(row)
        if post.leads:
            own = await uow.cases.names_of(row)
            post = replace(post, leads=tuple(lead for lead in post.leads if lead not in own))
        action = flow.reply(case, actor, post, now)
        return action is not None and flow.may(case, action, now)
