"""The promises, as questions to the evidence. Each gives what it finds broken; none looks inside.

They hold when the world is healthy again and nothing is left to do.
"""

from __future__ import annotations

from faults.evidence import Evidence
from faults.invariants import crm, decisions, rest, telegram
from faults.invariants.common import Violation
from faults.invariants.telegram import repeats

__all__ = ["RULES", "Violation", "repeats", "violations"]

RULES = (
    decisions.each_decision_is_in_the_history_once,
    decisions.every_post_has_its_case,
    decisions.nobody_decides_without_the_role,
    crm.each_comment_is_in_the_lead_once,
    crm.each_decision_has_its_comment,
    crm.the_status_is_the_last_decisions,
    telegram.each_case_has_a_card_that_says_its_state,
    telegram.the_operator_is_told_each_outcome_once,
    rest.no_deadline_is_forgotten,
    rest.nothing_is_left_undelivered,
    rest.nothing_went_wrong_inside,
)


def violations(seen: Evidence) -> list[Violation]:
    """Everything that is broken."""
    return [one for rule in RULES for one in rule(seen)]
