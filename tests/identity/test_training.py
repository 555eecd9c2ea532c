"""A model is learned from labelled records of any columns, and linking uses the one that it is told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from bench.identity import febrl
from bench.identity.populations import records
from bench.identity.quality import measure
from simpul.cli import app
from simpul.errors import ContractBreach, SimpulError
from simpul.identity import comparisons
from simpul.identity.mapping import FieldMapping, read_mapping, read_table
from simpul.identity.profiles import FAMILIES, PLAIN
from simpul.identity.resolving import COLUMNS, resolve
from simpul.identity.scoring import MODEL, load_model, save_model, told
from simpul.identity.training import train
from simpul.settings import get_settings

AS_THEY_ARE = "profile: families\nperson: person\ncolumns:\n" + "".join(f"  {n}: {n}\n" for n in COLUMNS)
PLAIN_MAPPING = """
profile: plain
person: {column: id, pattern: 'p-(\\d+)-'}
columns:
  record_key: id
  name: [given, last]
  birth_date: {column: born, format: '%d/%m/%Y'}
  sex: {column: sex, values: {P: female, L: male}}
  nik: number
"""
PLAIN_CSV = """id, given, last, born, sex, number
p-1-a, siti , aminah, 02/03/1990, P, 77
p-1-b, , aminah, 31/02/1990, , 77
p-2-a, 'budi', santoso, 04/05/1980, L,
"""


def run(*arguments: str | Path):
    return CliRunner().invoke(app, ["identity", "train", *map(str, arguments)], catch_exceptions=False)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small population in the warehouse's own columns, as Parquet."""
    drawn = records("typist", 250, seed=5)
    path = tmp_path_factory.mktemp("labelled") / "typist.parquet"
    pq.write_table(drawn.records.append_column("person", drawn.truth["person"]), path)
    return path


def test_a_mapping_says_which_column_is_what(tmp_path):
    mapping = read_mapping(written(tmp_path / "map.yml", PLAIN_MAPPING))
    found, truth = mapping.read([written(tmp_path / "people.csv", PLAIN_CSV)])
    assert truth.to_pydict() == {"record_key": ["p-1-a", "p-1-b", "p-2-a"], "person": ["1", "1", "2"]}
    rows = found.to_pylist()
    assert tuple(rows[0]) == COLUMNS
    assert [(row["name"], row["birth_date"], row["sex"], row["nik"], row["nik_status"]) for row in rows] == [
        ("siti aminah", date(1990, 3, 2), "female", "77", "plain"),
        ("aminah", None, None, "77", "plain"),
        ("'budi' santoso", date(1980, 5, 4), "male", None, "missing"),
    ]
    assert {(row["dataset"], row["source_key"], row["no_kk"]) for row in rows} == {
        ("people", str(row), None)
        for row in (1, 2, 3)  # each an item of its own
    }


def test_a_record_without_a_key_is_its_file_and_row(tmp_path):
    mapping = FieldMapping.model_validate({"profile": "plain", "person": "id", "columns": {"name": "last"}})
    found, _ = mapping.read([written(tmp_path / "people.csv", PLAIN_CSV)])
    assert found["record_key"].to_pylist() == ["people|1", "people|2", "people|3"]


def test_among_families_the_grammar_judges_the_numbers(tmp_path):
    mapping = FieldMapping.model_validate(
        {"profile": "families", "person": "id", "columns": {"nik": "nik", "birth_date": "born"}}
    )
    path = written(
        tmp_path / "a.csv",
        "id,nik,born\n1,'1274014203900001,1990-03-02\n2,1274014203900001,1991-03-02\n3,12,\n",
    )
    found, _ = mapping.read([path])
    assert found["nik"].to_pylist() == ["1274014203900001", "1274014203900001", "12"]
    assert found["nik_status"].to_pylist() == ["valid", "contradicts_birth_date", "wrong_length"]


def test_a_mapping_that_cannot_be_used_says_where(tmp_path):
    wrong = PLAIN_MAPPING.replace("profile: plain", "profile: simple") + "  surname: last\n"
    with pytest.raises(ContractBreach) as caught:
        read_mapping(written(tmp_path / "map.yml", wrong))
    assert "map.yml:2 profile" in str(caught.value) and "surname" in str(caught.value)
    mapping = read_mapping(written(tmp_path / "good.yml", PLAIN_MAPPING))
    with pytest.raises(ContractBreach, match="people has no column sex"):
        mapping.read([written(tmp_path / "people.csv", PLAIN_CSV.replace(" sex", " gender"))])
    broken = read_mapping(written(tmp_path / "broken.yml", PLAIN_MAPPING.replace("(\\d+)", "(\\d+")))
    with pytest.raises(ContractBreach, match="a pattern or a format of the mapping cannot be used"):
        broken.read([written(tmp_path / "people.csv", PLAIN_CSV)])
    with pytest.raises(ContractBreach, match="3 records repeat the key"):
        mapping.read([tmp_path / "same.csv", written(tmp_path / "same.csv", PLAIN_CSV)])


def test_the_mapping_that_the_page_shows_can_be_read(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "linkage.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert shown
    for text in shown:
        assert read_mapping(written(tmp_path / "map.yml", text)).columns["record_key"].column == ("nomor",)


def test_numbers_are_cells_and_truth_values_are_told_from_words(tmp_path):
    coded = PLAIN_MAPPING.replace("{P: female, L: male}", "{1: male, 2: female}")
    mapping = read_mapping(written(tmp_path / "map.yml", coded))
    found, _ = mapping.read([written(tmp_path / "people.csv", PLAIN_CSV.replace(", P,", ", 2,"))])
    assert found["sex"].to_pylist() == ["female", None, None]
    for wrong in (
        PLAIN_MAPPING.replace("record_key: id", "record_key: no"),
        PLAIN_MAPPING.replace("[given, last]", "[no, last]"),
        PLAIN_MAPPING.replace("{P: female", "{yes: female"),
    ):
        with pytest.raises(ContractBreach, match="put it in quotes"):
            read_mapping(written(tmp_path / "map.yml", wrong))


@pytest.mark.parametrize(
    ("mapped", "wrong", "role", "expected"),
    [
        ("'%d/%m/%Y'", "'%Y%m%d'", "birth_date", "a date as '%Y%m%d' reads it"),
        (", format: '%d/%m/%Y'", "", "birth_date", "a date as '%Y-%m-%d' reads it"),
        ("p-(\\d+)-", "p-\\d+-", "person", "what the first group of "),
        ("{P: female, L: male}", "{F: female, M: male}", "sex", "one of the cells that `values` names"),
    ],
)
def test_a_mapping_that_leaves_nothing_of_a_column_is_refused(tmp_path, mapped, wrong, role, expected):
    assert mapped in PLAIN_MAPPING
    mapping = read_mapping(written(tmp_path / "map.yml", PLAIN_MAPPING.replace(mapped, wrong)))
    with pytest.raises(ContractBreach) as caught:
        mapping.read([written(tmp_path / "people.csv", PLAIN_CSV)])
    said = str(caught.value)
    column = {"birth_date": "born", "person": "id"}.get(role, role)
    assert f"people: of all cells of {column} none has what {role} expects: {expected}" in said
    assert not any(cell in said for cell in ("02/03/1990", "p-1-a", "aminah"))


def test_a_column_without_cells_is_no_mistake_of_the_mapping(tmp_path):
    mapping = read_mapping(written(tmp_path / "map.yml", PLAIN_MAPPING))
    found, _ = mapping.read(
        [written(tmp_path / "people.csv", PLAIN_CSV.replace(", P,", ", ,").replace(", L,", ", ,"))]
    )
    assert found["sex"].null_count == 3


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_one_file_is_read_whatever_its_name_and_folder(tmp_path, ending):
    folder = tmp_path / "province=36" / "[ab]"
    for place, name, number in ((folder, "b*", "1"), (folder, "b1", "2"), (folder.with_name("a"), "b*", "3")):
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"{name}.{ending}"
        if ending == "csv":
            written(file, f"id\n{number}\n")
        else:
            pq.write_table(pa.table({"id": [number]}), file)
    assert read_table(folder / f"b*.{ending}").to_pydict() == {"id": ["1"]}


def test_no_cell_in_the_error_of_a_broken_file(tmp_path):
    path = tmp_path / "broken.csv"
    path.write_bytes(b"id,name\n1,SITI \xff\xfe AMINAH\n")
    with pytest.raises(ContractBreach) as caught:
        read_table(path)
    assert "broken.csv cannot be read" in str(caught.value) and "SITI" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_command_writes_a_model_that_links(tmp_path, labelled):
    mapping, out = written(tmp_path / "map.yml", AS_THEY_ARE), tmp_path / "model.json"
    done = run(labelled, "--mapping", mapping, "--out", out)
    assert done.exit_code == 0 and done.stdout == f"{out}\n", done.output
    model = load_model(out)
    assert model.profile.name == "families"
    # so few people have no line that stops at the regency: what they never have is not learned
    assert model.profile.comparisons.keys() | {"regency"} == FAMILIES.comparisons.keys()
    drawn = records("typist", 400, seed=6)
    found = measure(
        resolve(drawn.records, model=model).records.select(["record_key", "cluster"]), drawn.truth
    )
    assert found.f1 > 0.97, found


def test_what_the_records_do_not_have_is_not_compared(tmp_path, labelled):
    named = ", ".join(f"{name}: {name}" for name in ("record_key", "name", "birth_date", "address"))
    kept = f"profile: plain\nperson: person\ncolumns: {{{named}}}"
    mapping, out = written(tmp_path / "map.yml", kept), tmp_path / "model.json"
    assert run(labelled, "--mapping", mapping, "--out", out).exit_code == 0
    model = load_model(out)
    assert list(model.profile.comparisons) == ["name", "birth", "address"]
    fields = read_mapping(mapping)
    people, _ = fields.read([labelled])
    clusters = resolve(people, model=model).records["cluster"]
    assert len(clusters) == people.num_rows and len(pc.unique(clusters)) < people.num_rows


def test_several_files_are_one_population_unless_they_are_apart_and_no_model_is_written_over(tmp_path):
    mapping = written(tmp_path / "map.yml", "profile: plain\nperson: who\ncolumns: {name: name, nik: number}")
    rows = [f"{n},NAME{'ABCDEFGHIJ'[n % 10]} {'KLMNOPQRST'[n // 10]}ARI,{1000 + 37 * n}" for n in range(60)]
    one, other = (
        written(tmp_path / f"{name}.csv", "\n".join(["who,name,number", *rows])) for name in ("one", "other")
    )
    out = tmp_path / "model.json"
    assert run(one, other, "--mapping", mapping, "--out", out).exit_code == 0
    refused = run(one, other, "--mapping", mapping, "--out", out)
    assert refused.exit_code == 1 and f"{out} is there already" in refused.stderr
    assert run(one, other, "--mapping", mapping, "--out", MODEL).exit_code == 1, "the one that comes with us"
    again = run(one, other, "--mapping", mapping, "--out", out, "--overwrite", "--json")
    assert json.loads(again.stdout) == {
        "model": str(out), "profile": "plain", "records": 120, "populations": 1, "compared": ["name", "number"],
    }  # fmt: skip
    apart = run(one, other, "--mapping", mapping, "--out", tmp_path / "apart.json", "--apart")
    assert apart.exit_code == 1 and "nothing can be learned" in apart.stderr


def test_a_number_is_a_valid_nik_only_if_it_has_sixteen_digits(tmp_path):
    mapping = written(
        tmp_path / "map.yml",
        "profile: families\nperson: who\ncolumns: {name: name, nik: nik, nik_status: status}",
    )
    people = written(
        tmp_path / "people.csv",
        "who,name,nik,status\n"
        + "".join(f"{n},SITI {'ABCDE'[n]}MINAH,127401AB0390000{n},valid\n" * 2 for n in range(5)),
    )
    out = tmp_path / "model.json"
    done = run(people, "--mapping", mapping, "--out", out)
    assert done.exit_code == 0, done.output
    assert load_model(out).profile.name == "families"


@pytest.mark.parametrize("is_splinks", [False, True])
def test_no_cell_in_the_error_of_records_that_cannot_be_learned_from(is_splinks):
    """A birth date that is none stops our own SQL; a comparison that wants numbers stops Splink's."""
    row = dict.fromkeys(COLUMNS) | {
        "dataset": "x",
        "nik_status": "missing",
        "name": "SITI AMINAH",
        "address": "JL SALAK",
    }
    rows = [row | {"record_key": key, "source_key": key} for key in "ab"]
    schema = pa.schema(
        [(n, pa.date32() if n == "birth_date" and is_splinks else pa.string()) for n in COLUMNS]
    )
    if not is_splinks:
        rows[0]["birth_date"] = "TANGGAL SALAK"
    same = comparisons.level("address_l::int = address_r::int", "same")
    address = [comparisons.null("address_l is null"), same, comparisons.ELSE]
    profile = replace(PLAIN, comparisons={"address": address}) if is_splinks else PLAIN
    truth = pa.table({"record_key": ["a", "b"], "person": ["1", "1"]})
    with pytest.raises(ContractBreach, match="cannot be learned from") as caught:
        train([(pa.Table.from_pylist(rows, schema=schema), truth)], profile)
    assert ("SplinkException" in str(caught.value)) is is_splinks and "SALAK" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_every_comparison_has_levels_of_its_own():
    """A level that two comparisons share would take the weight of the last one for all."""
    learned = json.loads(MODEL.read_text(encoding="utf-8"))["comparisons"]
    for name, levels in told(load_model().settings):
        for label, level in levels.items():
            assert {"m": level["m_probability"], "u": level["u_probability"]} == learned[name][label]


def test_a_model_that_cannot_be_used_says_how_to_get_one(tmp_path):
    shipped = json.loads(MODEL.read_text(encoding="utf-8"))
    without = json.loads(json.dumps(shipped))
    del without["comparisons"]["birth"]["same day"]

    def with_m(value: object) -> str:
        changed = json.loads(json.dumps(shipped))
        changed["comparisons"]["birth"]["same day"]["m"] = value
        return json.dumps(changed)

    no_chance = "m and u of birth, same day, are not both above 0 and up to 1"
    for text, said in (
        *((with_m(value), no_chance) for value in (0, -0.5, 1.5, "x", True, None, float("nan"))),
        (json.dumps(shipped | {"comparisons": {}}), "compares nothing"),
        ("not json", "cannot be read as a model"),
        (json.dumps(shipped["comparisons"]), "cannot be read as a model"),
        (json.dumps(shipped | {"profile": "cats"}), "there is no profile 'cats'"),
        (json.dumps(shipped | {"comparisons": {"sex": {"same": 1, "else": 0}}}), "cannot be read as a model"),
        (json.dumps(without), "trained for other levels of birth"),
    ):
        with pytest.raises(SimpulError, match=said) as caught:
            load_model(written(tmp_path / "model.json", text))
        assert "simpul identity train" in str(caught.value) or "profiles are" in str(caught.value)
    with pytest.raises(SimpulError, match="cannot be read as a model"):
        load_model(tmp_path / "absent.json")


def test_a_model_is_written_whole_or_not_at_all(tmp_path):
    """Linking may read it at any moment, and under another user."""
    path = tmp_path / "model.json"
    save_model(load_model(), path)
    with path.open(encoding="utf-8") as reader:
        reader.read(1)
        inode = path.stat().st_ino
        save_model(load_model(), path)
        assert path.stat().st_ino != inode, "written over in place"
        assert json.loads(path.read_text(encoding="utf-8")) == json.loads("{" + reader.read())
    assert path.stat().st_mode & 0o777 == 0o644 and list(tmp_path.iterdir()) == [path]


def test_a_plain_number_is_evidence_and_no_proof():
    """The same digits under another name, another birth date and another place are somebody else's."""
    row = {**dict.fromkeys(COLUMNS), "dataset": "x", "nik": "1804974", "nik_status": "plain"}
    mitchell = {"name": "MITCHELL GREEN", "birth_date": date(1956, 4, 9)}
    rows = [
        row | mitchell | {"record_key": "1", "source_key": "1"},
        row | mitchell | {"record_key": "2", "source_key": "2", "name": "MITCHEL GREEN"},
        row | {"record_key": "3", "source_key": "3", "name": "SITI AMINAH", "birth_date": date(1990, 3, 2)},
    ]
    schema = pa.schema([(n, pa.date32() if n == "birth_date" else pa.string()) for n in COLUMNS])
    model = load_model()
    plain = PLAIN.only(["name", "birth", "number"])
    learned = {n: [(0.9, 1e-4), *[(0.09 / (len(ls) - 3), 1e-3)] * (len(ls) - 3), (0.01, 0.99)]
               for n, ls in plain.comparisons.items()}  # fmt: skip
    from simpul.identity.comparisons import settings

    splink = settings(plain.comparisons)
    for name, levels in told(splink):
        for level, (m, u) in zip(levels.values(), learned[name], strict=True):
            level["m_probability"], level["u_probability"] = m, u
    found = resolve(pa.Table.from_pylist(rows, schema=schema), model=type(model)(plain, splink)).records
    cluster = dict(zip(found["record_key"].to_pylist(), found["cluster"].to_pylist(), strict=True))
    assert cluster["1"] == cluster["2"] != cluster["3"]


def test_linking_uses_the_model_that_it_is_told(registry, tmp_path, monkeypatch):
    person = registry.record
    hers = {"birth_date": date(1990, 3, 2), "no_kk": "1274010101100001", "mother_name": "ROSMAWATI HARAHAP"}
    described = [
        person("k1", "1274014203900001", "AISYAH NURUL LUBIS", **hers),
        person("b1", None, "AISJAH NURUL LUBIS", dataset="bpjs.member", **hers),
    ]
    assert registry.link(described).persons == 1
    deaf = load_model()
    for _, levels in told(deaf.settings):
        for level in levels.values():
            level["m_probability"] = level["u_probability"] = 1 / len(levels)
    path = tmp_path / "deaf.json"
    save_model(deaf, path)
    monkeypatch.setenv("SIMPUL_LINK_MODEL", str(path))
    get_settings.cache_clear()
    assert registry.link(described, 2).persons == 2
    path.unlink()
    with pytest.raises(SimpulError, match="simpul identity train"):
        registry.link(described, 3)


@pytest.mark.slow
@pytest.mark.skipif(febrl.folder() is None, reason="FEBRL comes with the peers' environment (make bench)")
def test_febrl_with_nothing_changed_but_the_mapping(tmp_path):
    """Learned from FEBRL 1 and 2 by the command, measured on 3 and 4."""
    out = tmp_path / "febrl.json"
    learned = run(*febrl.paths(*febrl.LEARNED_FROM), "--apart", "--mapping", febrl.MAPPING, "--out", out)
    assert learned.exit_code == 0, learned.output
    fields, model = read_mapping(febrl.MAPPING), load_model(out)
    for name in febrl.FILES:
        population = febrl.load(name)
        mapped, _ = fields.apply(population.records, name)
        found = measure(
            resolve(mapped, model=model).records.select(["record_key", "cluster"]), population.truth
        )
        assert found.f1 >= 0.98, found
