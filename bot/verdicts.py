"""Reads the history by the flows' own tables: what was a decision, what ended in silence. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.flows.base import Flow, Flows, Rule
from bot.flows.records import Fact
from storage.history import HistoryRow

#: A state by its flow: flows' words may be the same.
FlowState = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision, and how long those who asked waited for it."""

    row: HistoryRow
    decision: str
    wait: timedelta


class Verdicts:
    """What the tables of all flows say about rows of the history."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows
        decided, silent = set(), set()
        for flow in flows.values():
            for rule in flow.rules:
                if rule.decision:
                    decided.add((flow.name, _next(rule)))
                elif _ends_in_silence(flow, rule):
                    silent.add((flow.name, _next(rule)))
        #: States that a decision leads to; and those that only the clock does.
        self.decided: frozenset[FlowState] = frozenset(decided)
        self.silent: frozenset[FlowState] = frozenset(silent - decided)

    def decision(self, flow: str, row: HistoryRow) -> str:
        """The word of the decision that this row is; "" where it is none."""
        known = self._flows.get(flow)
        for rule in () if known is None else known.table.get((row.from_state, row.action), ()):
            if rule.decision and _next(rule) == row.to_state:
                return rule.decision
        return ""

    def is_silence(self, flow: str, row: HistoryRow) -> bool:
        """Whether nobody decided in time."""
        return (
            row.action == Fact.TIME_UP
            and row.from_state != row.to_state
            and (flow, row.to_state) in self.silent
        )

    def of_case(
        self, flow: str, posted_at: datetime, rows: Iterable[HistoryRow]
    ) -> tuple[Verdict, ...]:
        """The decisions of a case, oldest first: one a round at most, as the first word holds.

        Args:
            flow: its flow's name.
            posted_at: when it was asked first; when it was asked anew, the history tells.
            rows: its history, oldest first.
        """
        known = self._flows.get(flow)
        closed = set() if known is None else {str(state) for state in known.closed}
        since, found, is_decided = posted_at, [], False
        for row in rows:
            if row.from_state in closed and row.to_state not in closed:
                since, is_decided = row.at, False
            decision = self.decision(flow, row)
            if decision and not is_decided:
                is_decided = True
                found.append(Verdict(row=row, decision=decision, wait=row.at - since))
        return tuple(found)

    def patience(self, flow: str) -> timedelta | None:
        """After this an answer is late, as the flow says (`late_after`); None: no such flow."""
        known: Any = self._flows.get(flow)
        return None if known is None else getattr(known.times, known.late_after)


def _next(rule: Rule[Any]) -> str:
    return str(rule.state if rule.to is None else rule.to)


def _ends_in_silence(flow: Flow[Any], rule: Rule[Any]) -> bool:
    return (
        rule.on == Fact.TIME_UP
        and rule.to is not None
        and rule.state not in flow.closed
        and rule.to in flow.closed
    )
