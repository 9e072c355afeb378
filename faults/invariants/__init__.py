"""The promises, as questions to the evidence. Each gives what it finds broken; none looks inside.

They hold when the world is healthy again and nothing is left to do. These are asked of «РФ Админы»
alone (`other_chats.of_admins`); what is asked of the other five is in `other_chats`.
"""

from __future__ import annotations

from faults.evidence import Evidence
from faults.invariants import crm, decisions, rest, telegram
from faults.invariants.common import Violation
from faults.invariants.telegram import repeats

__all__ = ["Violation", "repeats", "violations"]

_RULES = (
    decisions.every_post_has_its_case,
    crm.each_comment_is_in_the_lead_once,
    crm.the_status_is_as_it_was_written,
    rest.no_deadline_is_forgotten,
    rest.nothing_is_left_undelivered,
    rest.nothing_went_wrong_inside,
    decisions.each_decision_is_in_the_history_once,
    decisions.nobody_does_what_he_may_not,
    crm.each_decision_has_its_comment,
    crm.each_comment_says_what_was_decided,
    crm.the_status_is_what_was_decided,
    telegram.each_case_has_a_card_that_says_its_state,
    telegram.no_case_has_two_cards,
    telegram.a_digest_says_how_its_cases_are,
    telegram.the_operator_is_told_each_outcome_once,
    rest.what_fell_due_was_done_and_said,
)


def violations(seen: Evidence) -> list[Violation]:
    """Everything that is broken."""
    return [one for rule in _RULES for one in rule(seen)]
