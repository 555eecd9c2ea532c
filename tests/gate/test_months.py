"""36 sound months through the real doors: whoever is asked about one of them is asked in vain."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

import pytest

from bench.proofs import keep
from simpul import gate, landing, pipeline
from simpul.database import connect
from simpul.settings import Settings
from tests.gate.months import MONTHS, SERIES, Sent, Series, calendar, drop

CUT = 7
YEARS, QUARTERS = (12, 24, MONTHS), tuple(range(3, MONTHS + 1, 3))
"""Months before which a release is built of all that has landed."""
MACHINE_TIME = "not_late"
"""Asks the clock of the machine: lists of 2022 are late today."""
_TOLD = """
select file_id, release_id, severity, rule_code, passed from audit.gate_result where door = %s"""


@dataclass
class Counted:
    """What the gates said. An alarm is an answer that does not pass; of sound lists each is a false one."""

    deliveries: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    alarms: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(Door, severity, rule) → how often."""
    asked_about: set[str] = field(default_factory=set)
    """Files of which any rule tells wrongly."""
    right: int = 0
    """Gaps that were told: the month before had not come."""
    ended: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        return len(self.asked_about) / self.deliveries


def go_through(settings: Settings, seed: int, series: Iterable[Series], months: int,
               releases: Collection[int] = ()) -> Counted:  # fmt: skip
    """Land, judge and, now and then, publish what comes, month by month."""
    counted, of = Counted(), dict[str, Sent]()
    comes = calendar(seed, series, months)
    for month in range(max(comes) + 1):
        if month in releases:
            assert pipeline.build(f"month {month}").status == "published"
        batch = {landing.land(drop(settings.inbox, sent)).file_id: sent for sent in comes.get(month, ())}
        if batch:
            of |= batch
            counted.ended.update(result.status for result in gate.gate_files([*batch]))
    counted.deliveries = len(of)
    with connect() as conn:
        for file_id, _, severity, rule, passed in conn.execute(_TOLD, ("landing",)):
            counted.answers["landing"] += 1
            if passed:
                continue
            if rule == "delivery_gap" and of[file_id].kind == "after a gap":
                counted.right += 1
                continue
            counted.alarms["landing", severity, rule] += 1
            counted.asked_about.add(file_id)
            print(of[file_id].name, of[file_id].kind, rule)
        for _, release_id, severity, rule, passed in conn.execute(_TOLD, ("publication",)):
            counted.answers["publication"] += 1
            if not passed and rule != MACHINE_TIME:
                counted.alarms["publication", severity, rule] += 1
                print(f"release {release_id}", rule)
    return counted


@pytest.mark.slow
def test_a_few_sound_months_of_one_list_raise_no_alarm(ready_warehouse):
    """One of them comes late, one is corrected; the gap in between is told while it is one."""
    counted = go_through(ready_warehouse, 1, SERIES[:1], CUT, QUARTERS[2:3])
    assert counted.ended == {"landed": CUT + 3}  # with the correction, and two tables of BPS
    assert not counted.alarms and counted.right == 1
    assert counted.answers["publication"]


@pytest.mark.proof
@pytest.mark.parametrize(
    ("name", "one_in", "releases", "most"),
    [("sound_months_short", 1, YEARS, 0.02), ("sound_months", 40, QUARTERS, 0.01)],
    ids=["short lists", "lists of thousands"],
)
def test_thirty_six_months_of_ten_lists_and_of_bps(ready_warehouse, name, one_in, releases, most):
    began = time.process_time()
    series = [replace(one, one_in=one_in) for one in SERIES]
    counted = go_through(ready_warehouse, 1, series, MONTHS, releases)

    def told(door: str, severity: str) -> str:
        if not counted.answers[door]:
            return "not asked"
        rules = {rule: n for (of, how, rule), n in counted.alarms.items() if (of, how) == (door, severity)}
        return ", ".join(f"{rule} {n}" for rule, n in sorted(rules.items())) or "none"

    people = f"{min(one.level for one in series) * one_in:,} to {max(one.level for one in series) * one_in:,} people"
    cut = f", of whom a file holds one in {one_in}" if one_in > 1 else ""
    keep(
        name,
        f"False alarms: 36 sound months with seasons through the real doors, lists of {people}",
        [
            ("lists, monthly and quarterly", f"{len(series)} of {people}{cut}"),
            ("tables of BPS; deliveries in all", f"6; {counted.deliveries}"),
            ("how they ended", ", ".join(f"{status} {n}" for status, n in counted.ended.most_common())),
            ("answers of rules at the landing gate", f"{counted.answers['landing']:,}"),
            ("false alarms that stop a file or set records aside (fail)", told("landing", "fail")),
            ("false alarms to look at (warn)", told("landing", "warn")),
            ("deliveries of which anything is told wrongly",
             f"{len(counted.asked_about)}: {100 * counted.share:.2f} %"),
            ("months that came late, whose gap was told while it was one", f"{counted.right} of {len(series)}"),
            ("releases; answers of rules at the publication gate",
             f"{len(releases)}; {counted.answers['publication']:,}"),
            (f"… of them false alarms, fail / warn (but for `{MACHINE_TIME}`, which asks today's clock)",
             f"{told('publication', 'fail')} / {told('publication', 'warn')}"),
            ("processor time of this process", f"{time.process_time() - began:,.0f} s"),
        ],
    )  # fmt: skip
    assert set(counted.ended) == {"landed"}
    assert not any(severity == "fail" for _, severity, _ in counted.alarms)
    assert counted.share <= most
