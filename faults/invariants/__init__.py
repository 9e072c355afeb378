"""The promises, as questions to the evidence. Each gives what it finds broken; none looks inside.

They hold when the world is healthy again and nothing is left to do.
"""

from __future__ import annotations

from faults.evidence import Evidence, about
from faults.invariants import crm, decisions, rest, telegram
from faults.invariants.common import Violation
from faults.invariants.telegram import repeats

__all__ = ["RULES", "Violation", "repeats", "violations"]

#: Asked of all that happened.
RULES = (
    decisions.every_post_has_its_case,
    crm.each_comment_is_in_the_lead_once,
    crm.the_status_is_as_it_was_written,
    rest.no_deadline_is_forgotten,
    rest.nothing_is_left_undelivered,
    rest.nothing_went_wrong_inside,
)
#: Asked of «РФ Админы».
_OF_ADMINS = (
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
    of_admins = about(seen, lambda case: case["flow"] == "duplicates")
    found = [one for rule in RULES for one in rule(seen)]
    return found + [one for rule in _OF_ADMINS for one in rule(of_admins)]
