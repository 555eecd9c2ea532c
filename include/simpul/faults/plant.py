"""Choose sound deliveries by chance and put one fault into each: the same seed gives the same bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simpul.contract import AGENCIES
from simpul.faults.good import Good, Place
from simpul.faults.kinds import Kind


@dataclass(frozen=True)
class Planted:
    """One faulty delivery."""

    kind: Kind
    source: Path
    """The sound file."""
    dataset: str
    agency: str
    """Folder of the inbox in which it is to lie."""
    name: str
    content: bytes
    letter: str | None
    places: tuple[Place, ...]

    def write(self, inbox: Path) -> Path:
        """Put the file, and its cover letter, below an inbox; where it lies."""
        path = inbox / self.agency / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)
        if self.letter is not None:
            path.with_name(f"{path.name}.yml").write_text(self.letter, encoding="utf-8")
        return path


def deliveries(folder: Path) -> list[Path]:
    """The files of a folder laid out as an inbox, without their letters."""
    return sorted(
        path
        for agency in AGENCIES
        for path in (folder / agency).rglob("*")
        if path.is_file() and path.suffix.lower() in (".csv", ".xlsx")
    )


def plant(sources: Sequence[Path], kind: Kind, seed: int) -> Planted | None:
    """One fault of a kind in one of the files, whichever chance tries first that can have it; None where none can."""
    chance = random.Random(f"{kind.code} {seed}")  # noqa: S311 - the same seed, the same fault
    for path in chance.sample(list(sources), len(sources)):
        if planted := _planted(path, sources, kind, chance):
            return planted
    return None


def plant_all(sources: Sequence[Path], kinds: Sequence[Kind], seeds: range) -> Iterator[Planted]:
    """Every kind with every seed, as far as the files can have it; none twice, for a door knows what comes again."""
    for kind in kinds:
        known = set()
        for seed in seeds:
            planted = plant(sources, kind, seed)
            if planted and (told := (planted.name, planted.content, planted.letter)) not in known:
                known.add(told)
                yield planted


def _planted(path: Path, sources: Sequence[Path], kind: Kind, chance: random.Random) -> Planted | None:
    good = Good.open(path, [other for other in sources if other != path])
    places = kind.plant(good, chance) if good else None
    if not good or not places:  # only a delivery that Simpul knows can be made worse
        return None
    agency = good.contract.agency
    name = good.name
    if name.startswith("../"):
        agency, name = name.removeprefix("../").split("/", 1)
    return Planted(
        kind, path, good.contract.dataset, agency, name, good.content(), good.letter, tuple(places)
    )
