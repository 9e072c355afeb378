from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.budget import Budget, Limits

NOW = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
GROUP, PERSON = -1001, 42
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def spoken(budget: Budget, chat_id: int, times: int, start: datetime = NOW) -> list[datetime]:
    """Speak as early as the budget lets us; when that was."""
    now, found = start, []
    for _ in range(times):
        while (until := budget.wait_until(chat_id, now)) is not None:
            assert until > now
            now = until
        budget.spend(chat_id, now)
        found.append(now)
    return found


def test_a_fresh_chat_may_be_spoken_to_at_once() -> None:
    assert Budget().wait_until(GROUP, NOW) is None


def test_two_may_go_at_once_and_then_one_a_second() -> None:
    times = spoken(Budget(), GROUP, 5)
    assert [(time - NOW) / SECOND for time in times] == [0, 0, 2, 2, 4]


def test_a_group_gets_no_more_than_19_a_minute() -> None:
    times = spoken(Budget(), GROUP, 40)
    for time in times:
        assert sum(1 for other in times if time <= other < time + MINUTE) <= 19


def test_a_private_chat_has_no_minute_s_limit() -> None:
    times = spoken(Budget(), PERSON, 40)
    assert times[-1] - NOW < MINUTE


def test_all_chats_together_keep_to_28_a_second() -> None:
    budget = Budget()
    for chat_id in range(28):
        assert budget.wait_until(chat_id, NOW) is None
        assert budget.room(NOW) == 28 - chat_id
        budget.spend(chat_id, NOW)

    assert budget.room(NOW) == 0
    assert budget.wait_until(99, NOW) == NOW + SECOND
    assert budget.room(NOW + SECOND) == 28


def test_a_429_pauses_that_chat_and_no_other() -> None:
    budget = Budget(jitter=lambda: 1.0)

    until = budget.pause(GROUP, 7, NOW)

    assert until == NOW + timedelta(seconds=7.5)
    assert budget.wait_until(GROUP, NOW) == until
    assert budget.wait_until(GROUP, until) is None
    assert budget.wait_until(PERSON, NOW) is None


def test_what_was_not_said_does_not_count() -> None:
    budget = Budget(Limits(burst=1))
    budget.spend(GROUP, NOW)
    budget.unspend(GROUP)

    assert budget.wait_until(GROUP, NOW) is None
    assert budget.left(GROUP, NOW) == budget.full
    assert budget.room(NOW) == 28


def test_what_a_group_has_left_comes_back_after_a_minute() -> None:
    budget = Budget()
    spoken(budget, GROUP, 3)

    assert budget.left(GROUP, NOW) == 16
    assert budget.left(GROUP, NOW + MINUTE) >= 18
    assert budget.left(GROUP, NOW + 2 * MINUTE) == 19


def test_blocked_names_the_chats_that_wait_and_forgets_the_silent_ones() -> None:
    budget = Budget()
    spoken(budget, GROUP, 2)
    budget.spend(PERSON, NOW)

    assert budget.blocked(NOW) == {GROUP: NOW + 2 * SECOND}
    assert budget.blocked(NOW + 2 * MINUTE) == {}
    assert budget._chats == {}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([-1, -2, 1, 2]), st.integers(0, 3000)), max_size=120))
def test_however_we_speak_telegram_s_limits_are_kept(wishes: list[tuple[int, int]]) -> None:
    budget, now = Budget(), NOW
    said: list[tuple[int, datetime]] = []
    for chat_id, pause in wishes:
        now += timedelta(milliseconds=pause)
        now = spoken(budget, chat_id, 1, now)[0]
        said.append((chat_id, now))
    for chat_id, time in said:
        second = [one for one in said if time <= one[1] < time + SECOND]
        minute = [one for one in said if one[0] == chat_id and time <= one[1] < time + MINUTE]
        assert len(second) <= 30
        assert sum(1 for one in second if one[0] == chat_id) <= 2
        assert chat_id > 0 or len(minute) <= 20


def test_a_clock_that_is_put_back_leaves_no_chat_silent() -> None:
    budget = Budget()
    spoken(budget, GROUP, 19, start=NOW + 60 * MINUTE)
    budget.pause(GROUP, 30, NOW + 60 * MINUTE)
    for person in range(1, 30):
        budget.spend(person, NOW + 61 * MINUTE)
    assert budget.wait_until(GROUP, NOW) is None
    assert budget.blocked(NOW) == {}
    assert budget.room(NOW) == Limits().all_per_second


def turn(budget: Budget, now: datetime, *, since: datetime, paces: float = 0.0) -> datetime | None:
    """When it is the turn of one more word."""
    budget.spend(GROUP, now)
    found = budget.turn(GROUP, now, since=since, paces=paces)
    budget.unspend(GROUP)
    return None if found is None else found.at


def test_with_a_minute_that_is_hardly_begun_nothing_is_held_back() -> None:
    budget = Budget()
    spoken(budget, GROUP, 7)
    assert turn(budget, NOW + 10 * SECOND, since=NOW) is None


def test_what_is_left_of_a_minute_is_spread_over_the_rest_of_it() -> None:
    budget = Budget()
    now = spoken(budget, GROUP, 8)[-1]
    said: list[datetime] = []
    left: list[int] = []
    while len(said) < 30:
        at = turn(budget, now, since=now)
        assert at is not None
        now = max(at, now)
        budget.spend(GROUP, now)
        said.append(now)
        left.append(budget.left(GROUP, now))

    pauses = [(after - before) / SECOND for before, after in pairwise(said)]
    assert max(pauses) < 7
    # Whatever cannot wait finds something left at any time.
    assert min(left) == 2


def test_all_who_wait_for_their_turn_wait_for_one_moment() -> None:
    budget = Budget()
    now = spoken(budget, GROUP, 10)[-1]
    assert len({turn(budget, now + n * SECOND / 4, since=NOW) for n in range(8)}) == 1


def test_more_is_gathered_for_as_many_paces_as_are_asked_for() -> None:
    budget = Budget()
    now = spoken(budget, GROUP, 10)[-1]
    soon, late = (turn(budget, now, since=now, paces=paces) for paces in (1.0, 4.0))
    assert soon is not None
    assert late is not None
    assert late - now == 4 * (soon - now)


def test_people_are_told_without_any_turn() -> None:
    budget = Budget()
    for second in range(30):
        budget.spend(PERSON, NOW + second * SECOND)
    assert budget.turn(PERSON, NOW + 30 * SECOND, since=NOW, paces=1.0) is None


def test_what_waits_since_before_the_clock_was_put_back_waits_no_longer_for_that() -> None:
    budget = Budget()
    now = spoken(budget, GROUP, 10)[-1]
    early, late = (
        turn(budget, now, since=since, paces=4.0)
        for since in (now - 60 * MINUTE, now + 60 * MINUTE)
    )
    assert early is not None
    assert late == early
