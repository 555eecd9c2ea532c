"""Land faulty deliveries beside the sound ones and see which door says what of them.

Each is landed as a correction of the sound file, judged, and taken back, so that none stands in the way of the next; or
as the first delivery of its list, while all others of the list are taken back. A fault is *caught* when a rule breaks,
at more places than in the sound file, that its kind expects; when only another rule does, it was noticed by chance, for
the next delivery may not break that one. Faults whose kind says so are looked for at the publication gate, in a release
that is built with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from simpul import landing, pipeline
from simpul.database import connect
from simpul.errors import ContractBreach, SimpulError
from simpul.faults.kinds import Kind
from simpul.faults.plant import Planted, deliveries, plant_all
from simpul.ledger import Decision
from simpul.settings import get_settings

_TAKEN_BACK = Decision("simpul faults", "planted by the mutation kit", "ditanam oleh perangkat uji kesalahan")
_UNSHOWN = {"landed", "loaded", "superseded", "unpacked"}
_FAILING: Mapping[str, str] = {
    # records that could not be read were set aside before any rule was asked
    "landing": "select rule_code, failing from audit.gate_result"
    " where door = 'landing' and not passed and file_id = %(of)s"
    " union all select rule_code, count(*) from quarantine.row where file_id = %(of)s and rule_code not in"
    " (select rule_code from audit.gate_result where file_id = %(of)s) group by rule_code",
    "publication": "select table_name || '.' || rule_code, failing from audit.gate_result"
    " where door = 'publication' and not passed and release_id = %(of)s",
}

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one planted fault."""

    planted: Planted
    door: str | None
    """The door that told anything; None: nobody noticed."""
    told: tuple[str, ...]
    """Rules that break at more places than without the fault; ``held`` and why."""

    @property
    def kind(self) -> Kind:
        return self.planted.kind

    @property
    def is_noticed(self) -> bool:
        return self.door is not None

    @property
    def is_caught(self) -> bool:
        """It was told under one of the names that its kind expects."""
        names = {rule.rsplit(".", 1)[-1] for rule in self.told}
        return any(name == rule or name.startswith(f"{rule}_") for name in names for rule in self.kind.rules)


def attempt(
    folder: Path,
    kinds: Sequence[Kind],
    seeds: range,
    progress: Progress = lambda line: None,
    *,
    as_first: bool = False,
) -> Iterator[Outcome]:
    """Land the sound deliveries of ``folder``, then every fault; one outcome each.

    Args:
        folder: sound deliveries, laid out as an inbox.
        kinds: what to plant.
        seeds: how often, each time elsewhere.
        progress: told what is being done.
        as_first: each as the first delivery of its list; of the landing gate's kinds only.

    Raises:
        SimpulError: a sound delivery does not land: of such a folder nothing can be said.
    """
    sources = deliveries(folder)
    by_path: dict[Path, str] = {}
    for result in pipeline.land_inbox(progress=progress):
        if result["status"] not in _UNSHOWN:
            raise SimpulError(
                f"'{result['file_name']}' is to be a sound delivery and is {result['status']}: {result['reason']}",
                code="faults",
                hint="leave it out, or mend it",
            )
    with connect(autocommit=True) as conn:
        by_path = {
            Path(path): file_id
            for path, file_id in conn.execute(
                "select source_path, file_id from audit.file where status in ('landed', 'superseded')"
            )
        }
    release: int | None = None
    planted_all = plant_all(
        sources, [kind for kind in kinds if not as_first or kind.door == "landing"], seeds
    )
    tried: set[str] = set()
    with _Absent() as absent:
        for number, planted in enumerate(_by_dataset(planted_all) if as_first else planted_all, start=1):
            sound = by_path.get(planted.source)
            if sound is None:
                continue
            if as_first:
                absent.take_back(planted.dataset)
            elif planted.kind.door == "publication" and release is None:
                progress("the release without faults")
                release = pipeline.build("simpul faults").release_id
            progress(f"{number}: {planted.kind.code}")
            yield _try(planted, number, sound, release, tried)


def _by_dataset(planted: Iterable[Planted]) -> list[Planted]:
    return sorted(planted, key=lambda one: one.dataset)


class _Absent:
    """One dataset whose deliveries are taken back for a while."""

    def __init__(self) -> None:
        self._dataset: str | None = None
        self._files: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._bring()

    def take_back(self, dataset: str) -> None:
        """All that has landed of a dataset; those of another one come again."""
        if dataset == self._dataset:
            return
        self._bring()
        self._dataset = dataset
        # what was replaced lands again when what replaced it is taken back
        while landed := self._landed():
            self._files += landed
            for file_id in landed:
                pipeline.withdraw(file_id, _TAKEN_BACK)

    def _landed(self) -> list[str]:
        with connect(autocommit=True) as conn:
            told = (
                "select file_id from audit.file where dataset = %s and status = 'landed' order by received_at"
            )
            return [file_id for (file_id,) in conn.execute(told, (self._dataset,))]

    def _bring(self) -> None:
        loaded = [landing.reland(file_id).as_dict() for file_id in self._files]
        if loaded:
            pipeline.step_gate_files(loaded)
        self._files = []


def _try(planted: Planted, number: int, sound: str, release: int | None, tried: set[str]) -> Outcome:
    path = planted.write(get_settings().work / "faults" / str(number))
    # what is planted in a name or a letter has the bytes of the time before, which were taken back
    digest = sha256(planted.content).hexdigest()
    result = landing.land(path, agency=planted.agency, again=digest in tried)
    tried.add(digest)
    if result.status == "loaded":
        [judged] = pipeline.step_gate_files([result.as_dict()])
        status, file_id, reason = judged["status"], judged["file_id"], judged["reason"]
    else:
        status, file_id, reason = result.status, result.file_id, result.reason
    if status != "landed":
        return Outcome(planted, "landing", ("held", f"{status}: {reason}", *_more("landing", file_id, sound)))
    told = _more("landing", file_id, sound)
    if not told and release is not None and planted.kind.door == "publication":
        built, refused = _build(f"simpul faults {number}")
        if built != release:
            told = _more("publication", built, release) or ((f"not published: {refused}",) if refused else ())
        door = "publication" if told else None
    else:
        door = "landing" if told else None
    pipeline.withdraw(file_id, _TAKEN_BACK)
    return Outcome(planted, door, told)


def _build(run: str) -> tuple[int, str]:
    """A release of what has landed, and why it is not published, if it is not."""
    try:
        outcome = pipeline.build(run)
    except ContractBreach as refusal:
        with connect(autocommit=True) as conn:
            row = conn.execute(
                "select max(release_id) from audit.release where status = 'refused'"
            ).fetchone()
        assert row is not None
        return row[0], refusal.message
    return outcome.release_id, "" if outcome.status == "published" else outcome.reason


def _more(door: str, faulty: str | int, sound: str | int) -> tuple[str, ...]:
    """Rules that break at more places in the one than in the other."""
    with connect(autocommit=True) as conn:
        before = dict(conn.execute(_FAILING[door], {"of": sound}).fetchall())
        return tuple(
            sorted(
                rule
                for rule, failing in conn.execute(_FAILING[door], {"of": faulty})
                if failing > before.get(rule, 0)
            )
        )
