"""What is kept is counted in time: a pure function, held against its promises on any history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from simpul.release.retention import Published, kept

NOW = datetime(2026, 3, 15, 18, tzinfo=UTC)  # in Jakarta it is the 16th already


@st.composite
def histories(draw):
    """Releases in the order of their numbers, each published after the one before it; one of them is shown."""
    ages = draw(st.lists(st.integers(0, 24 * 1200), min_size=1, max_size=40))
    flags = st.tuples(st.integers(0, 9).map(lambda n: n == 0), st.integers(0, 4).map(lambda n: n == 0))
    releases = [
        Published(number, NOW - timedelta(hours=hours), *draw(flags))
        for number, hours in enumerate(sorted(ages, reverse=True), 1)
    ]
    current = draw(st.sampled_from(releases)).release_id
    return releases, current


def month(moment):
    local = moment + timedelta(hours=7)
    return local.year, local.month


def months_back(count):
    """This month and so many before it."""
    year, number = month(NOW)
    return {
        ((year * 12 + number - 1 - n) // 12, (year * 12 + number - 1 - n) % 12 + 1) for n in range(count + 1)
    }


@given(histories(), st.integers(0, 40), st.integers(0, 30))
def test_what_is_promised_is_kept_and_nothing_else(history, days, months):
    releases, current = history
    stay = kept(releases, current, NOW, days=days, months=months)
    by_number = {one.release_id: one for one in releases}

    assert current in stay
    assert {one.release_id for one in releases if one.is_pinned} <= stay
    young = {one.release_id for one in releases if NOW - one.published_at < timedelta(days=days)}
    assert young <= stay
    before = [one.release_id for one in releases if one.release_id < current and not one.is_rolled_back]
    assert not before or max(before) in stay, "rolling back must not find its target gone"
    lasts = set()
    for wanted in months_back(months):
        of_month = [one for one in releases if month(one.published_at) == wanted]
        good = [one for one in of_month if not one.is_rolled_back] or of_month
        if good:
            lasts.add(good[-1].release_id)
    assert lasts <= stay
    reasons = young | lasts | {current, *before[-1:]}
    assert all(number in reasons or by_number[number].is_pinned for number in stay)


@given(histories(), st.integers(0, 40), st.integers(0, 30))
def test_keeping_for_longer_never_drops_more(history, days, months):
    releases, current = history
    stay = kept(releases, current, NOW, days=days, months=months)
    assert stay <= kept(releases, current, NOW, days=days + 1, months=months)
    assert stay <= kept(releases, current, NOW, days=days, months=months + 1)


@given(histories(), st.integers(0, 40), st.integers(0, 30))
def test_doing_it_every_night_keeps_what_doing_it_once_keeps(history, days, months):
    releases, current = history
    stay = kept(releases, current, NOW, days=days, months=months)
    left = [one for one in releases if one.release_id in stay]
    assert kept(left, current, NOW, days=days, months=months) == stay


def test_a_month_is_a_month_of_jakarta():
    """20:00 UTC on the last day of January is February there."""
    january = Published(1, datetime(2026, 1, 31, 16, tzinfo=UTC))
    february = Published(2, datetime(2026, 1, 31, 20, tzinfo=UTC))
    both = Published(3, NOW), Published(4, NOW)
    assert kept([january, february, *both], 4, NOW, days=1, months=1) == {2, 3, 4}
    assert kept([january, february, *both], 4, NOW, days=1, months=2) == {1, 2, 3, 4}
