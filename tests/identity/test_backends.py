"""The engine that links is a parameter: another one is asked the same, answers in streams, and all else stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest

from simpul.database import connect
from simpul.errors import SimpulError
from simpul.identity import backends, memory
from simpul.identity.counting import Counted
from simpul.identity.resolving import Resolution
from simpul.release.inputs import code_hash
from simpul.settings import get_settings

NIK, OTHER = "1274014105800001", "1274035506920017"


def _stream(rows: list[dict[str, object]], schema: pa.Schema) -> pa.RecordBatchReader:
    """One row at a time, read once: as an engine would send them that never has them in one place."""
    return pa.RecordBatchReader.from_batches(
        schema, (pa.RecordBatch.from_pylist([row], schema) for row in rows)
    )


class ByNumber:
    """Links by the sixteen digits alone, and reads the warehouse itself, over a connection of its own."""

    forgotten = 0

    @contextmanager
    def answer(self, question: backends.Question) -> Iterator[backends.Answer]:
        with connect() as conn:
            columns = [column.name for column in conn.execute(f"{question.query} limit 0").description or ()]
            records = [
                dict(zip(columns, row, strict=True))
                for row in conn.execute(f"{question.query} order by record_key").fetchall()
            ]
        numbers = {nik: no for no, nik in enumerate(sorted({r["nik"] for r in records if r["nik"]}))}
        clusters = [numbers.get(r["nik"], len(numbers) + place) for place, r in enumerate(records)]
        text, whole = pa.string(), pa.int64()
        told = [
            {
                "record_key": r["record_key"], "compared_with": None, "match_kind": "nik", "match_probability": 0.9,
                "sentence_no": 0, "cluster": cluster, "anchor": f"{r['dataset']}|{r['source_key']}",
                "no_kk": r["no_kk"],
            }
            for r, cluster in zip(records, clusters, strict=True)
        ]  # fmt: skip
        counted = [
            {"figure": "total", "dataset": "", "part": "records", "value": len(records)},
            {"figure": "total", "dataset": "", "part": "persons", "value": len(set(clusters))},
            {"figure": "total", "dataset": "", "part": "families", "value": 0},
        ]
        figures = pa.schema([("figure", text), ("dataset", text), ("part", text), ("value", whole)])
        yield backends.Answer(
            Resolution(
                records=_stream(
                    told,
                    pa.schema(
                        [
                            ("record_key", text), ("compared_with", text), ("match_kind", text),
                            ("match_probability", pa.float64()), ("sentence_no", pa.int32()), ("cluster", whole),
                            ("anchor", text), ("no_kk", text),
                        ]
                    ),
                ),
                sentences=pa.table({"sentence_no": [0], "explanation": ["By number."], "explanation_id": ["Nomor."]}),
                numbers=_stream(
                    [{"cluster": no, "nik": nik} for nik, no in numbers.items()],
                    pa.schema([("cluster", whole), ("nik", text)]),
                ),
                doubts=pa.schema(
                    [(n, text) for n in ("record_key_a", "record_key_b", "reason")]
                ).empty_table(),
                counts=lambda: Counted(
                    pa.Table.from_pylist(counted, figures),
                    pa.schema([("record_key", text), ("records", whole)]).empty_table(),
                    shared_niks=0,
                ),
            ),
            mark=f"after {question.before}",
        )  # fmt: skip

    def forget(self) -> None:
        type(self).forgotten += 1


@pytest.fixture
def by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPUL_LINK_BACKEND", f"{__name__}:ByNumber")
    get_settings.cache_clear()
    ByNumber.forgotten = 0


def _records(registry):
    person = registry.record
    return [
        person("k1", NIK, "SITI AMINAH"),
        person("b1", NIK, "BUDI SANTOSO", dataset="bpjs.pbi_jk"),
        person("k2", OTHER, "SITI AMINAH"),
        person("k3", None, "SITI AMINAH"),
    ]


def test_another_engine_links_and_numbers_stay(registry, monkeypatch):
    """Of two engines that differ about who is who, persons keep their numbers, redirects and events say what moved."""
    registry.link(_records(registry), 1)
    ours = registry.persons()
    assert ours["dinsos.dtks|k1|2024"] != ours["bpjs.pbi_jk|b1|2024"], "two people with one number"
    monkeypatch.setenv("SIMPUL_LINK_BACKEND", f"{__name__}:ByNumber")
    get_settings.cache_clear()

    outcome = registry.link(_records(registry), 2)

    theirs = registry.persons()
    assert (outcome.records, outcome.looked_at, outcome.persons, outcome.new_persons) == (4, 4, 3, 0)
    assert theirs["dinsos.dtks|k1|2024"] == theirs["bpjs.pbi_jk|b1|2024"]
    assert theirs["dinsos.dtks|k2|2024"] == ours["dinsos.dtks|k2|2024"]
    assert registry.ask("select kind from identity.person_event where release_id = 2") == [("merge",)]
    assert registry.ask("select explanation from identity.link where match_kind = 'nik'")[0] == (
        "By number.",
    )
    ((mark,),) = registry.ask("select mark from identity.link_memory")
    assert mark.startswith("after ") and mark != "after None", (
        "it was told which answer stands in the warehouse"
    )

    monkeypatch.delenv("SIMPUL_LINK_BACKEND")
    get_settings.cache_clear()
    back = registry.link(_records(registry), 3)
    assert registry.persons() == ours, "what the other engine merged is as before"
    assert back.looked_at == 4, "what our engine remembers is not of this answer, so it looks at everything"


def test_everything_is_asked_for_as_if_nothing_stood_there(registry, by_number, monkeypatch):
    registry.link(_records(registry), 1)
    monkeypatch.setenv("SIMPUL_LINK_EVERYTHING", "true")
    get_settings.cache_clear()
    registry.link(_records(registry), 2)
    assert registry.ask("select mark from identity.link_memory") == [("after None",)]


def test_who_is_erased_is_forgotten_by_every_engine(registry, by_number):
    kept = get_settings().work / memory.FILE
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.touch()
    backends.forget()
    assert (ByNumber.forgotten, kept.exists()) == (1, False)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no.such.module:Engine", "no engine for linking can be made"),
        ("simpul.identity.one_machine:Sparkle", "no engine for linking can be made"),
        ("simpul.identity.one_machine", "no engine for linking can be made"),
        ("builtins:list", "is no engine for linking"),
    ],
)
def test_a_name_that_names_no_engine_is_refused_before_anything_is_done(registry, monkeypatch, name, said):
    monkeypatch.setenv("SIMPUL_LINK_BACKEND", name)
    get_settings.cache_clear()
    with pytest.raises(SimpulError, match=said):
        registry.link(_records(registry))
    assert registry.ask("select count(*) from identity.link") == [(0,)]


def test_a_release_of_another_engine_is_another(by_number, monkeypatch):
    theirs = code_hash()
    monkeypatch.delenv("SIMPUL_LINK_BACKEND")
    get_settings.cache_clear()
    assert code_hash() != theirs
