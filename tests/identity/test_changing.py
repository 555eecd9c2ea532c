"""Linking only what has changed comes to what linking everything comes to, with chance measured on the same records."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from bench.identity.populations import records
from simpul.database import connect
from simpul.errors import ContractBreach
from simpul.identity import blocking, changing, linking, memory, reading, resolving, writing
from simpul.identity.resolving import DECISIONS, MARKS
from simpul.identity.scoring import load_model
from simpul.settings import get_settings
from tests.identity.test_lasting import relink
from tests.identity.test_link import HERS, NIK

OTHERS = [
    (first, last)
    for first in ("BUDI", "SUKARDI", "MAWARNI", "JOHAN", "RATNA", "WIDODO")
    for last in ("SANTOSO", "SITUMORANG", "NASUTION", "PANJAITAN")
]
KEPT = {
    "entry": "* exclude (words, sounds, initials)", "member": "*", "speaker": "*", "placed": "*",
    "verdict": "l, r, round(w, 6), are_anchored, joins, vouches, is_light, is_item, is_apart, doubt",
}  # fmt: skip


class Life:
    """Records that change from release to release: people move, are born, die, are spelt otherwise, get a number."""

    def __init__(self, population: str, people: int, seed: int) -> None:
        self.draw = np.random.default_rng(seed)
        self.rows = records(population, people, seed).records.to_pylist()
        self.schema = records(population, people, seed).records.schema
        self.decisions: list[dict[str, object]] = []

    @property
    def table(self) -> pa.Table:
        return pa.Table.from_pylist(self.rows, schema=self.schema)

    @property
    def decided(self) -> pa.Table:
        return pa.Table.from_pylist(self.decisions, schema=DECISIONS)

    def some(self, share: float) -> list[int]:
        return sorted(self.draw.choice(len(self.rows), max(1, int(len(self.rows) * share)), replace=False))

    def anchor(self, place: int) -> str:
        return f"{self.rows[place]['dataset']}|{self.rows[place]['source_key']}"

    def live(self, number: int) -> None:
        """One release later: about one record in fifty is another."""
        for place in self.some(0.004):
            row = self.rows[place]
            self.rows[place] = row | {"name": (row["name"] or "SITI").replace("A", "E", 1)}
        for place, other in zip(
            self.some(0.003), self.some(0.003), strict=True
        ):  # a relative's or a stranger's NIK
            self.rows[place] = self.rows[place] | {
                name: self.rows[other][name] for name in ("nik", "nik_status")
            }
        for place in self.some(0.003):
            self.rows[place] = self.rows[place] | {"nik": None, "nik_status": "missing"}
        for place in self.some(0.003):
            born = self.rows[place]["birth_date"] or date(1980, 5, 17)
            self.rows[place] = self.rows[place] | {"birth_date": born - timedelta(days=9), "no_kk": None}
        for place in self.some(0.004):  # born, or sent by one more agency
            row = self.rows[place]
            key = f"{row['source_key']}-{number}" if place % 2 else row["source_key"]
            self.rows.append(
                row | {"record_key": f"{row['record_key']}-{number}", "source_key": key, "address": None}
            )
        gone = set(self.some(0.003))
        self.rows = [row for place, row in enumerate(self.rows) if place not in gone]
        self.decisions = self.decisions[1:]
        for one, other in zip(self.some(0.001), self.some(0.001), strict=True):
            pair = {"anchor_a": self.anchor(one), "anchor_b": self.anchor(other)}
            self.decisions.append(pair | {"is_same": bool((one + other) % 3)})


def marked(table: pa.Table) -> pa.Table:
    rows = table.to_pylist()
    marks = [[hash(row["record_key"]) for row in rows], [hash(tuple(row.values())) for row in rows]]
    for name, numbers in zip(MARKS, marks, strict=True):
        table = table.append_column(name, pa.array(numbers, pa.int64()))
    return table


def everything(life: Life, of: memory.Memory | None, path, mark: str) -> resolving.Resolution:
    """Link all of it and keep it; with chance as ``of`` has it, if given."""

    def remember(con, measured, year):
        return memory.keeping(con, measured, year, path=path, mark=mark, model="m")

    with pytest.MonkeyPatch.context() as patch:
        if of:

            def known(con, model):
                for column in of.measured.rarest:
                    con.register(
                        f"known_{column}", of.con.sql(f"from kept.frequency_{column}").to_arrow_table()
                    )
                    con.execute(f"create table frequency_{column} as from known_{column}")
                return of.measured

            patch.setattr(resolving, "measure", known)
            patch.setattr(resolving, "measure_twins", lambda con, measured: measured)
        return resolving.resolve(marked(life.table), life.decided, load_model(), remember)


def rows(table: pa.Table) -> dict[str, tuple]:
    return {row["record_key"]: row for row in table.to_pylist()}


def said(found: resolving.Resolution) -> dict[str, tuple]:
    """What is said of every record, the sentence itself in place of its number."""
    sentences = {row["sentence_no"]: row["explanation"] for row in found.sentences.to_pylist()}
    parts = [found.records, *([found.reworded] if found.reworded is not None else [])]
    return {
        row["record_key"]: {**row, "sentence_no": sentences[row["sentence_no"]]}
        for part in parts
        for row in part.to_pylist()
    }


def doubts(found: resolving.Resolution) -> dict[tuple[str, str], tuple]:
    return {(row["record_key_a"], row["record_key_b"]): row for row in found.doubts.to_pylist()}


CUT, WHOLE = 3, 5
"""Releases in a row."""
CASES = [
    pytest.param(population, seed, most, releases, marks=[pytest.mark.proof] * (releases == WHOLE),
                 id=f"{population}-{seed}-{'small' if most else 'large'} blocks-{releases} releases")
    for population, seed in (("village", 3), ("city", 4), ("typist", 5))
    for most in (None, 6)
    for releases in (CUT, WHOLE)
    # a cut of them: each population, with the blocks in which more is forgotten; large ones where most is alike
    if releases == WHOLE or most or population == "village"
]  # fmt: skip


@pytest.mark.parametrize(("population", "seed", "most", "releases"), CASES)
def test_what_changed_is_linked_as_if_everything_were(
    tmp_path, monkeypatch, population, seed, most, releases
):
    if most:  # keys that too many share, and sometimes no longer, are met in a small population
        monkeypatch.setattr(blocking, "_LIMIT", str(most))
    life = Life(population, 1_200, seed)
    first = everything(life, None, tmp_path / "a", "1")
    told, doubtful = said(first), doubts(first)
    for number in range(2, releases + 1):
        life.live(number)
        now = marked(life.table)
        with memory.recalled(tmp_path / "a", str(number - 1), "m") as kept:
            asked = []

            def fetch(keys, now=now, asked=asked):
                asked.append(keys.num_rows)
                wanted = pc.is_in(now["key_no"], keys["key_no"].combine_chunks())
                return [now.filter(wanted)]

            monkeypatch.setattr(changing, "MOST_CHANGED", 1.0)
            found = changing.resolve_changes(kept, str(number), now.select(MARKS), fetch, life.decided)
            assert 0 < asked[0] < len(life.rows) / 20
            assert found.records.num_rows < len(life.rows) / 2
            whole = everything(life, kept, tmp_path / "b", str(number))
            looked_at = {row["record_key"]: row["is_gone"] for row in found.looked_at.to_pylist()}
            assert len(said(found)) < len(looked_at), "most of them are as they were"
            told = {key: row for key, row in told.items() if not looked_at.get(key)} | said(found)
            assert told == said(whole)
            doubtful = {
                pair: row for pair, row in doubtful.items() if not looked_at.keys() & set(pair)
            } | doubts(found)
            assert doubtful == doubts(whole)
            assert found.counts().shared_niks == whole.counts().shared_niks
            with memory.recalled(tmp_path / "b", str(number), "m") as other:
                for table, columns in KEPT.items():
                    query = f"select {columns} from kept.{table} order by all"
                    assert kept.con.execute(query).fetchall() == other.con.execute(query).fetchall(), table


TABLES = {
    "identity.link": "*", "identity.person_nik": "*", "identity.person_redirect": "*", "identity.doubtful_pair": "*",
    "identity.person_key": "person_id, nik, anchor, created_release, split_from",
    "identity.family_key": "family_id, no_kk, created_release",
    "identity.person_event": "release_id, kind, person_id, other_person_id, records, explanation",
    "audit.linkage_figure": "*",
}  # fmt: skip


class Chance:
    """What is measured once, and from then on is as it was then, as it is for who links only what has changed."""

    def __init__(self, measure, measure_twins) -> None:
        self._measure, self._measure_twins = measure, measure_twins
        self._known: dict[str, object] = {}

    def measure(self, con, model):
        if not self._known:
            self._known["measured"] = measured = self._measure(con, model)
            for column in measured.rarest:
                self._known[column] = con.sql(f"from frequency_{column}").to_arrow_table()
        else:
            for column in self._known["measured"].rarest:
                con.register(f"known_{column}", self._known[column])
                con.execute(f"create table frequency_{column} as from known_{column}")
        return self._known["measured"]

    def measure_twins(self, con, measured):
        if "twins" not in self._known:
            self._known["twins"] = self._measure_twins(con, measured)
        return self._known["twins"]


@pytest.mark.parametrize(
    ("seed", "releases"), [(6, CUT), *(pytest.param(seed, WHOLE, marks=pytest.mark.proof) for seed in (6, 7))]
)
def test_persons_are_numbered_as_if_everything_were_linked(registry, monkeypatch, seed, releases):
    """Releases in a row, twice: once each links only what has changed, once everything."""
    measures, outcomes = (resolving.measure, resolving.measure_twins), []
    for is_whole in (False, True):
        registry.empty()
        registry.ask("delete from audit.linkage_figure returning 1")
        file = get_settings().work / memory.FILE
        memory.forget(file)
        chance = Chance(*measures)
        monkeypatch.setattr(resolving, "measure", chance.measure)
        monkeypatch.setattr(resolving, "measure_twins", chance.measure_twins)
        monkeypatch.setattr(changing, "MOST_CHANGED", 1.0)
        life = Life("village", 1_200, seed)
        monkeypatch.setattr(reading, "decisions", lambda conn, life=life: life.decided)
        for release_id in range(1, releases + 1):
            if release_id > 1:
                life.live(release_id)
            if is_whole:
                memory.forget(file)
            relink(life.table, release_id)
        registry.ask("delete from audit.linkage_figure where figure = 'run' returning 1")
        outcomes.append(
            {
                table: registry.ask(f"select {columns} from {table} as t order by t::text")
                for table, columns in TABLES.items()
            }
        )
    for table in TABLES:
        assert outcomes[0][table] == outcomes[1][table], table


def test_who_takes_over_a_number_does_not_become_its_former_owner(registry, monkeypatch):
    """Only the newcomer is looked at; the number it comes with still speaks for a person who has another now."""
    monkeypatch.setattr(changing, "MOST_CHANGED", 1.0)
    person = registry.record
    others = [person(f"o{n}", None, f"{first} {last}") for n, (first, last) in enumerate(OTHERS)]
    hers = person("k1", NIK, "AISYAH NURUL LUBIS", **HERS)
    registry.link([*others, hers], 1)
    registry.link([*others, replace(hers, nik=None)], 2)
    before = registry.persons()
    newcomer = person("k2", NIK, "TIURMA SIMANJUNTAK")
    outcome = registry.link([*others, replace(hers, nik=None), newcomer], 3)
    assert outcome.looked_at < len(others) / 2
    assert registry.persons() == before | {newcomer.key: max(before.values()) + 1}
    again = registry.link([*others, replace(hers, nik=None), newcomer], 4)
    assert (again.looked_at, again.new_persons) == (0, 0)
    assert registry.ask("select nik, person_id from identity.person_nik") == [(NIK, max(before.values()) + 1)]


@pytest.mark.parametrize(
    "how",
    [
        "gone",
        "damaged",
        "damaged inside",
        "of a run that failed",
        "of another model",
        "rows deleted",
        "table emptied",
    ],
)
def test_a_memory_that_is_not_of_the_last_run_is_not_used(registry, monkeypatch, how):
    people = [registry.record(f"o{n}", None, f"{first} {last}") for n, (first, last) in enumerate(OTHERS)]
    file = get_settings().work / memory.FILE
    registry.link(people, 1)
    assert registry.link(people, 2).looked_at == 0
    before = registry.persons()
    if how == "gone":
        memory.forget(file)
    elif how == "damaged":
        file.write_bytes(b"no database" * 500)
    elif how == "damaged inside":
        with resolving.connect() as con:
            con.execute(f"attach '{file}' as kept")
            con.execute("drop table kept.verdict")
    elif how == "of another model":
        monkeypatch.setattr(linking, "model_hash", lambda path: "another")
    elif how == "rows deleted":
        registry.ask("delete from identity.link where record_key like '%o1%' returning 1")
    elif how == "table emptied":
        with connect() as conn:
            conn.execute("truncate identity.link")
    else:
        with monkeypatch.context() as patch:
            patch.setattr(writing, "write", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                registry.link([*people[:-1], replace(people[-1], name="BUDIMAN")], 3)
    assert registry.link(people, 4).looked_at == len(people)
    assert registry.persons() == before
    assert registry.link(people, 5).looked_at == 0, "and is kept again"


@pytest.mark.parametrize(
    "which", ["as it was", "as it was and another", "both others", "both new", "gone and twice"]
)
def test_a_key_that_is_there_twice_is_told_where_only_changes_are_looked_at(registry, monkeypatch, which):
    monkeypatch.setattr(changing, "MOST_CHANGED", 1.0)
    people = [registry.record(f"o{n}", None, f"{first} {last}") for n, (first, last) in enumerate(OTHERS)]
    registry.link(people, 1)
    before = registry.persons()
    again, newcomer = replace(people[-1], name="BUDIMAN"), registry.record("k1", NIK)
    second = {
        "as it was": [*people, people[-1]],
        "as it was and another": [*people, again],
        "both others": [*people[:-1], again, again],
        "both new": [*people, newcomer, newcomer],
        "gone and twice": [*people[1:], people[-1]],
    }[which]
    with pytest.raises(ContractBreach, match="repeat the key"):
        registry.link(second, 2)
    assert registry.link(people, 3).persons == len(people) and registry.persons() == before


def test_who_takes_out_nothing_is_nobody_who_emptied_the_table(registry):
    """Retention asks each month whose time is over, mostly nobody's."""
    people = [registry.record(f"o{n}", None, f"{first} {last}") for n, (first, last) in enumerate(OTHERS)]
    registry.link(people, 1)
    with connect() as conn:
        conn.execute("delete from identity.link where person_id = any('{}'::bigint[])")
    assert registry.link(people, 2).looked_at == 0


def test_everything_is_linked_where_that_is_asked_for_and_only_we_may_read_what_is_kept(
    registry, monkeypatch
):
    people = [registry.record(f"o{n}", None, f"{first} {last}") for n, (first, last) in enumerate(OTHERS)]
    file = get_settings().work / memory.FILE
    registry.link(people, 5)
    monkeypatch.setenv("SIMPUL_LINK_EVERYTHING", "true")
    get_settings.cache_clear()
    assert registry.link(people, 6).looked_at == len(people)
    get_settings.cache_clear()
    monkeypatch.setenv("SIMPUL_LINK_EVERYTHING", "false")
    registry.link(people[1:], 7)
    files = list(file.parent.glob("*linking.duckdb*"))
    assert len(files) == 2 and all(one.stat().st_mode & 0o077 == 0 for one in files), "names are in them"


def test_whom_a_record_that_is_gone_leaves_free_is_given_to_who_comes_from_there(registry, monkeypatch):
    """Nothing is left of the only record that changed, but another one's home is the person that it leaves."""
    monkeypatch.setattr(changing, "MOST_CHANGED", 1.0)
    people = [registry.record(f"o{n}", None, f"{first} {last}") for n, (first, last) in enumerate(OTHERS)]
    outcomes = []
    for is_whole in (False, True):
        registry.empty()
        memory.forget(get_settings().work / memory.FILE)
        registry.link(people, 1)
        [(freed,)] = registry.ask(f"select person_id from identity.link where record_key = '{people[0].key}'")
        registry.ask(  # as after a merge that is half undone
            f"update identity.link set home_person_id = {freed} where record_key = '{people[1].key}' returning 1"
        )
        if is_whole:
            memory.forget(get_settings().work / memory.FILE)
        registry.link(people[1:], 2)
        outcomes.append(registry.persons())
        assert outcomes[-1][people[1].key] == freed
    assert outcomes[0] == outcomes[1]
