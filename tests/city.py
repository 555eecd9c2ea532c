"""A small city and its three releases, for all tests that need what is published and not how it came to be."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sample import write_sample
from simpul import pipeline
from simpul.settings import Settings
from tests.landing.conftest import regency_table

_FIXTURES = Path(__file__).parent / "fixtures" / "dinsos"
_FORMS = {"tkpk_meeting": "Rakor TKPK 2018.csv", "social_workforce": "PSKS 2024.csv"}


@dataclass(frozen=True)
class City:
    """June's lists; then what came later that year; then one table of BPS, so that all about people is carried over."""

    settings: Settings
    folder: Path

    @property
    def truth(self) -> Path:
        """Who is who: ``people.csv``, ``records.csv``."""
        return self.folder / "truth"

    @property
    def later(self) -> Path:
        """What is delivered for its second release."""
        return self.folder / "later"

    def publish(self, number: int) -> None:
        """Deliver, land and build the release of this number."""
        inbox = self.settings.inbox
        if number == 1:
            write_sample(inbox, people=1500, seed=3, later=self.later, truth=self.truth, findings=True)
            for dataset, name in _FORMS.items():
                shutil.copy(_FIXTURES / dataset / name, inbox / "dinsos" / name)
        elif number == 2:
            shutil.copytree(self.later, inbox, dirs_exist_ok=True)
        else:
            name = "Persentase Penduduk Miskin, 2005 dan 2009.csv"
            (inbox / "bps" / name).write_text(regency_table(2005, 2009))
        assert {one["status"] for one in pipeline.land_inbox()} <= {"landed", "superseded", "duplicate"}
        outcome = pipeline.build(f"city {number}")
        assert (outcome.status, outcome.release_id) == ("published", number)
