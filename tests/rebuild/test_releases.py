"""Releases from a copy of the archive: the same content hash, the same persons, the same one shown."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.proofs import keep
from sample import write_sample
from sample.bps import write_bps_sample
from simpul import erased, ledger_journal, pipeline, release, vault
from simpul.landing.verify import verify
from simpul.ledger import Decision
from simpul.rebuild import Rebuilt, check, doing, rebuild, take_over
from simpul.trust import erasure
from tests.erasure.test_erase import traces
from tests.rebuild.looking import Rows, files, ledger, query, raw

pytestmark = pytest.mark.slow

WHY = Decision("siti", "a test", "sebuah uji")
# one of a merged cluster, and the last person of all, whose number is free if nobody keeps it
_ERASED = """
(select person_id from identity.link group by 1 having count(distinct match_kind) > 1 order by count(*) desc, 1 limit 1)
union all select max(person_id) from identity.link
"""


@pytest.fixture(autouse=True)
def forgotten():
    """The vault is the whole session's."""
    yield
    vault.path(erased.MARKS).unlink(missing_ok=True)


@dataclass(frozen=True)
class Said:
    """All that the releases of a warehouse say."""

    files: Rows
    raw: Rows
    persons: Rows
    keys: Rows
    releases: Rows
    pointer: Rows
    ledger: Rows


def said() -> Said:
    return Said(
        files(),
        raw(),
        query("select record_key, person_id, home_person_id from identity.link order by 1"),
        query(
            "select person_id, nik, anchor, created_release, split_from from identity.person_key order by 1"
        ),
        query(
            "select release_id, label, status, is_pinned, is_chosen, content_hash, inputs_hash, created_at,"
            " published_at, reason_code from audit.release where status <> 'refused' order by 1"
        ),
        query("select release_id from audit.release_pointer"),
        ledger(),
    )


def land(inbox: Path, source: Path | None = None, **years: list[int]) -> None:
    if source:
        shutil.copytree(source, inbox, dirs_exist_ok=True)
    if years:
        write_bps_sample(inbox, **years)
    pipeline.land_inbox()


def again(cloned_warehouse, folder: Path, archive: Path, before: Said, kept: set[int]) -> Rebuilt:
    """In an empty database and home, of which the archive is the only thing that is there."""
    with cloned_warehouse(folder):
        take_over(archive)
        done = rebuild(check())
        assert (done.differences, done.problems) == ((), ())
        assert {one.release_id: one.is_same for one in done.releases} == dict.fromkeys(kept, True)
        assert all(one.by_same_code for one in done.releases)
        for one in done.releases:
            assert release.content_hash(one.release_id) == one.then, (
                "as the rows say, not as the register does"
            )
        now = said()
        assert (now.files, now.raw, now.persons, now.keys) == (
            before.files,
            before.raw,
            before.persons,
            before.keys,
        )
        assert (now.releases, now.pointer, now.ledger[:-1]) == (
            before.releases,
            before.pointer,
            before.ledger,
        )
        assert done.is_same
    return done


def test_one_release_again(cloned_ready, cloned_warehouse, tmp_path):
    """A small cut of the proof below: a registry, a list of payments, one year of BPS."""
    sample = tmp_path / "sample"
    write_sample(sample, people=150, seed=5)
    for folder in ("bps", "bpjs"):
        shutil.rmtree(sample / folder)
    for path in (sample / "dinsos").glob("*Tahap 1*"):
        path.unlink()
    (tmp_path / "lost").mkdir()
    with cloned_ready(tmp_path / "lost") as settings:
        land(settings.inbox, sample, years=[2022])
        assert pipeline.build("first").release_id == 1
        ledger_journal.keep()
        before = said()
    (tmp_path / "new").mkdir()
    again(cloned_warehouse, tmp_path / "new", settings.archive, before, {1})


@pytest.mark.proof
def test_releases_before_and_after_an_erasure_again(cloned_ready, cloned_warehouse, tmp_path, monkeypatch):
    """Whom a release counted cannot be counted again; the next ones were made without them, and are so once more."""
    sample = tmp_path / "sample"
    write_sample(sample, people=200, seed=5)
    shutil.rmtree(sample / "bps")
    (tmp_path / "lost").mkdir()
    with cloned_ready(tmp_path / "lost") as settings:
        land(settings.inbox, sample, years=[2022])
        assert pipeline.build("1").release_id == 1
        chosen = [number for (number,) in query(_ERASED)]
        niks = [
            nik for (nik,) in query("select nik from identity.person_nik where person_id = any(%s)", chosen)
        ]
        for person in chosen:
            erasure.erase(person, WHY, "Budi", "Ani")
        assert pipeline.build("2").release_id == 2
        land(settings.inbox, years=[2023])
        assert pipeline.build("3").release_id == 3
        ledger_journal.keep()
        before, anchors = said(), settings.anchors
        assert verify().findings == ()
    (tmp_path / "new").mkdir()
    with cloned_warehouse(tmp_path / "new") as settings:
        take_over(tmp_path / "lost" / "home" / "archive")
        shutil.copytree(anchors, settings.anchors)
        link, died = doing.pipeline.step_link, []

        def cut_off(number, *words, **options):
            link(number, *words, **options)
            if number == 2 and not died:
                died.append(number)
                raise KeyboardInterrupt

        monkeypatch.setattr(doing.pipeline, "step_link", cut_off)
        with pytest.raises(KeyboardInterrupt):
            rebuild(check())
        done = rebuild(check())
        assert (done.differences, done.problems, done.notes) == ((), (), ())
        assert {one.release_id: one.verdict for one in done.releases} == {
            1: "partly", 2: "the same", 3: "the same",
        }  # fmt: skip
        assert (
            "fct_poverty_figure" in done.releases[0].same and "dim_beneficiary" in done.releases[0].left_out
        )
        assert (
            not done.is_same and done.outcome == "partly" and all(one.by_same_code for one in done.releases)
        )
        assert "penghapusan 1, 2" in done.releases[0].why_not[1]
        now = said()
        assert (now.persons, now.raw, now.pointer) == (before.persons, before.raw, before.pointer)
        assert [key[:4] for key in now.keys] == [key[:4] for key in before.keys]
        assert verify().findings == () and [traces(nik) for nik in niks] == [[]] * len(niks)
    keep(
        "rebuilt_after_erasure",
        "The warehouse from its archive alone, after persons were erased",
        [
            ("persons erased between the first and the second of three releases", str(len(chosen))),
            ("traces of their numbers in the dump and in all files", "0"),
            ("releases made after it that have the content hash that they had", "2 of 2"),
            (
                "the release made before it",
                f"partly: {len(done.releases[0].same)} tables the same, the others told",
            ),
            ("others whose number is another", "0"),
            ("differences from the ledger", str(len(done.differences))),
        ],
    )


@pytest.mark.proof
def test_a_year_of_releases_again(cloned_ready, cloned_warehouse, tmp_path):
    """Linked as a whole, then what has changed; withdrawn, rolled back, retired, refused; killed on the way back."""
    sample, later = tmp_path / "sample", tmp_path / "later" / "dinsos"
    write_sample(sample, people=1500, seed=5)
    shutil.rmtree(sample / "bps")
    later.mkdir(parents=True)
    payments = next((sample / "dinsos").glob("KKS*Tahap 2*.csv"))
    for path in (sample / "dinsos").glob(f"{payments.name}*"):
        path.rename(later / path.name)
    (tmp_path / "lost").mkdir()
    with cloned_ready(tmp_path / "lost") as settings:
        land(settings.inbox, sample, years=[2022])
        assert pipeline.build("1").release_id == 1
        land(settings.inbox, later.parent)
        assert pipeline.build("2").release_id == 2
        land(settings.inbox, years=[2023])
        assert pipeline.build("3").release_id == 3
        (wrong,) = query(
            "select file_id from audit.file where dataset = 'dinsos.kks_payment' order by received_at desc limit 1"
        )
        pipeline.withdraw(wrong[0], WHY)
        assert pipeline.build("4").release_id == 4
        release.rollback(3, WHY)
        release.pin(2, WHY)
        opened = release.open_release("5", force=True)
        pipeline.step_prepare("5")
        pipeline.step_link(opened.release_id, "5")
        release.refuse(opened.release_id, "a test", "sebuah uji", code="person")
        assert pipeline.build("6", force=True).release_id == 6
        retired = release.retire_old(days=0, months=0)["retired"]
        assert retired and 2 not in retired
        ledger_journal.keep()
        before = said()
        kept = {
            number for (number,) in query("select release_id from audit.release where status = 'published'")
        }
    (tmp_path / "new").mkdir()
    done = again(cloned_warehouse, tmp_path / "new", settings.archive, before, kept)
    keep(
        "rebuilt",
        "The warehouse from its archive alone",
        [
            ("events of the ledger, done once more", str(done.events)),
            ("files", str(done.files)),
            ("releases that were opened", "6"),
            ("… of which are kept, and have the content hash that they had", f"{len(kept)} of {len(kept)}"),
            ("records whose person has another number", "0"),
            ("differences from the ledger", str(len(done.differences))),
        ],
    )
