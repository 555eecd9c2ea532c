"""What is derived from contracts: the same every time, and not drifted."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from simpul import render
from simpul.contract import _contracts, load_contracts
from simpul.errors import ContractBreach
from simpul.render.marts import marts_page
from simpul.render.metrics import load_metrics, metrics_page
from simpul.settings import Settings, get_settings


def test_no_derived_file_has_drifted() -> None:
    assert render.check() == [], "run `simpul contracts render` and commit what it writes"


def test_the_same_contracts_give_the_same_bytes() -> None:
    first = render.render_all()
    _contracts.cache_clear()
    assert render.render_all() == first


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with these contracts and nothing derived from them."""
    settings = Settings(project_root=tmp_path)
    folder = get_settings().contracts_dir
    settings.contracts_dir.parent.mkdir(parents=True)
    settings.contracts_dir.symlink_to(folder)
    monkeypatch.setattr("simpul.render.files.get_settings", lambda: settings)
    monkeypatch.setattr(
        "simpul.render.files.contract_schema", lambda: (folder / "contract.schema.json").read_text()
    )
    monkeypatch.setattr(
        "simpul.render.files.fields_schema", lambda: (folder / "fields.schema.json").read_text()
    )
    return tmp_path


def test_drift_is_told_with_its_line_and_mended(elsewhere: Path) -> None:
    sources = elsewhere / "dbt_project/models/staging/dinsos/_dinsos__sources.yml"
    assert f"{sources.relative_to(elsewhere)}: missing" in render.check()
    render.write_all()
    assert render.check() == []

    text = sources.read_text(encoding="utf-8")
    sources.write_text(text.replace("  - name: dinsos", "  - name: dinsoss"), encoding="utf-8")
    orphan = elsewhere / "docs/data-dictionary/bps.gone.md"
    orphan.write_text("<!-- written by `simpul contracts render` from include/contracts; do not edit -->\n")
    own = elsewhere / "docs/data-dictionary/notes.md"
    own.write_text("written by a person\n")
    assert render.check() == [
        f"{sources.relative_to(elsewhere)}: differs from line 3",
        f"{orphan.relative_to(elsewhere)}: no contract stands behind it",
    ]
    assert render.write_all() == [sources, orphan]
    assert render.check() == [] and own.exists()
    assert render.write_all() == []


def test_dbt_reads_the_tables_that_are_made() -> None:
    settings = get_settings()
    for contract in load_contracts().values():
        path = settings.dbt_dir / f"models/staging/{contract.agency}/_{contract.agency}__sources.yml"
        (source,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
        (table,) = [t for t in source["tables"] if t["identifier"] == contract.table]
        assert (source["name"], source["schema"]) == (contract.agency, "raw")
        assert table["name"] == contract.dataset.split(".")[1]
        assert [column["name"] for column in table["columns"]] == list(render.raw_columns(contract))


def test_the_dictionary_has_a_page_for_every_dataset_and_names_every_rule() -> None:
    pages = {path.name: text for path, text in render.render_all().items() if path.suffix == ".md"}
    for contract in load_contracts().values():
        page = pages[f"{contract.dataset}.md"]
        assert f"({contract.dataset}.md)" in pages["index.md"]
        assert all(f"`{rule.code}`" in page for rule in contract.rules)
        assert all(f"`{name}`" in page for name in contract.column_names)
        widths = {line.replace("\\|", "").count("|") for line in page.splitlines() if line.startswith("| `")}
        assert widths <= {6}


def test_the_dictionary_says_where_the_period_stands_that_no_record_names() -> None:
    """All places that the contract declares, in their order, and of no other dataset."""
    pages = {path.name: text for path, text in render.render_all().items() if path.suffix == ".md"}
    silent = [one for one in load_contracts().values() if "content" not in one.period.sources]
    for contract in load_contracts().values():
        page = pages[f"{contract.dataset}.md"]
        assert ("The records carry no period" in page) == (contract in silent)
        assert ("Catatannya tidak memuat periode" in page) == (contract in silent)
    dtks = pages["dinsos.dtks.md"]
    assert "that of the cover letter, else of the file name, else of the rows above the heading." in dtks
    assert (
        "surat pengantar; jika tidak ada, dari nama berkas; jika tidak ada, dari judul di atas tabel." in dtks
    )
    assert not any("period" in one.description.en for one in silent), "said once, by the declaration"


def test_the_analysts_page_tells_every_published_table_in_both_languages() -> None:
    folder = get_settings().dbt_dir / "models" / "marts"
    published = sum(
        path.read_text(encoding="utf-8").count("publish: marts") for path in folder.rglob("*.yml")
    )
    page = marts_page(folder)
    tables = page.split("\n### ")[1:]
    assert len(tables) == published > 12
    for table in tables:
        name, told, key, *_ = table.split("\n\n")
        assert " — " in told and key.startswith("Key — kunci: `"), name
    persons = page.split("## Schema `marts_person`")[1]
    assert "### `person`" in persons and "### `rpt_program_coverage`" not in persons


def test_the_page_of_metrics_tells_formula_unit_source_and_columns_in_both_languages() -> None:
    settings = get_settings()
    metrics = load_metrics(settings.dbt_dir / "metrics.yml")
    page = metrics_page(metrics, settings.dbt_dir / "models" / "marts")
    told = page.split("\n## ")[1:]
    assert len(told) == len(metrics) >= 5
    for name, block in zip(metrics, told, strict=True):
        title, meaning, facts = block.strip().split("\n\n")
        assert " — " in title and " — " in meaning and f"`{name}`" in facts
        assert [line.partition(":")[0] for line in facts.split("\n")] == [
            "- Name — nama", "- Formula — rumus", "- Unit — satuan", "- Source — sumber", "- Columns — kolom"
        ]  # fmt: skip
    assert "`100 × excluded ÷ eligible_where_known`" in page
    assert "`rpt_poverty_position.province_p0_percent`" in page


@pytest.mark.parametrize(
    "lines",
    [
        "part: a",
        "part: a\n  whole: b\n  formula: a — a",
        "taken_by: fct_poverty",
        "whole: b\n  taken_by: x",
        "",
    ],
)
def test_a_metric_is_worked_out_or_taken_and_never_half_of_either(lines: str, tmp_path: Path) -> None:
    texts = "".join(f"  {key}: a — b\n" for key in ("title", "meaning", "unit", "source"))
    file = tmp_path / "metrics.yml"
    file.write_text(f"rate_percent:\n{texts}  {lines}\n", encoding="utf-8")
    with pytest.raises(ContractBreach, match="part and whole, or formula and taken_by"):
        load_metrics(file)
    file.write_text(f"rate_percent:\n{texts}  part: a\n  whole: b\n", encoding="utf-8")
    assert load_metrics(file)["rate_percent"].equation == "100 × a ÷ b"
