"""House rules of the dbt project, read from its manifest: names, layers, contracts, exposures, privacy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from simpul import transform
from simpul.contract import load_contracts
from simpul.identifying import names_somebody
from simpul.render.metrics import is_named_by, load_metrics
from simpul.render.superset.declaration import Declared

ROOT = Path(__file__).parents[2]
AGENCIES = {"bps", "dinsos", "bpjs", "reference", "review"}
PREFIXES = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "marts": ("dim_", "fct_", "rpt_", "brg_", "person", "worklist_"),
}
# worked out of tables that are compared, or about the run itself: their figures are told once
NOT_RESTATED = {
    "fct_poverty",
    "rpt_poverty_position",
    "fct_poverty_source",
    "rpt_data_quality",
    "rpt_finding_program",
    "rpt_gate_history",
    "rpt_restatement",
}
ABOUT_PERSONS = {"dim_beneficiary", "fct_registry_membership", "fct_program_enrollment", "rpt_finding_row"}
# Exceptions, each with the reason why it is one.
STANDS_WITH_MARTS = dict.fromkeys(
    (
        "int_reported_death",
        "int_payment",
        "int_finding_payee",
        "int_finding_moved",
        "int_finding_employee",
        "int_finding_payment",
        "int_finding",
        "int_registry_edition",
        "int_struck_off",
        "int_coverage_unit",
        "int_coverage_region",
        "int_eligibility",
        "int_named_family",
        "int_doubtful_unit",
        "int_coverage_receipt",
        "int_coverage_count",
        "int_receiving_region",
    ),
    "is built after the linking, which the intermediate layer comes before",
)


@pytest.fixture(scope="module")
def manifest(simpul_home: Path) -> dict[str, Any]:
    return json.loads(transform.ensure_manifest().read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest) -> dict[str, dict[str, Any]]:
    found = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    assert len(found) >= 24
    return found


def _layer(model) -> str:
    return Path(model["original_file_path"]).parts[1]


def _published(model) -> str | None:
    return model["config"]["meta"].get("publish")


def _parents(manifest, model) -> list[dict[str, Any]]:
    everything = {**manifest["nodes"], **manifest["sources"]}
    return [everything[parent] for parent in model["depends_on"]["nodes"]]


def test_names_say_the_layer_and_the_agency(models):
    for name, model in models.items():
        if name in STANDS_WITH_MARTS:
            continue
        assert name.startswith(PREFIXES[_layer(model)]), name
        if _layer(model) == "staging":
            agency = Path(model["original_file_path"]).parts[2]
            assert agency in AGENCIES
            assert name.startswith(f"stg_{agency}__"), name


def test_water_runs_downhill(models, manifest):
    """Raw is read by staging only, staging reads nothing else, nothing flows back up."""
    below = {"staging": {"seed", "source"}, "intermediate": {"seed", "staging", "intermediate", "source"},
             "marts": {"seed", "intermediate", "marts", "source"}}  # fmt: skip
    for name, model in models.items():
        for parent in _parents(manifest, model):
            kind = parent["resource_type"] if parent["resource_type"] != "model" else _layer(parent)
            assert kind in below[_layer(model)], f"{name} reads {parent['name']}"
            if kind == "source" and parent["schema"] == "raw":
                assert _layer(model) == "staging", f"{name} reads raw"
            if kind == "source" and parent["schema"] == "identity":
                assert _layer(model) == "marts", f"{name} reads identity before the linking"


def test_every_dataset_of_a_contract_has_its_staging_model(models):
    for dataset in load_contracts():
        agency, table = dataset.split(".")
        assert f"stg_{agency}__{table}" in models


def test_a_quarantined_figure_is_read_by_the_headings_of_the_contracts(models):
    """A heading that is renamed in the contract would silently leave a gap without its reason."""
    code = models["stg_bps__quarantined_figure"]["raw_code"]
    for dataset in ("bps.poverty_province", "bps.poverty_regency", "bps.webapi"):
        for column in load_contracts()[dataset].columns:
            if column.column in ("provinsi", "indikator", "daerah", "tahun", "bulan"):
                assert f"raw ->> '{column.header}'" in code, f"{dataset}: {column.column}"


def test_folders_decide_the_schema(models):
    schemas = {"staging": "staging", "intermediate": "intermediate", "marts": "candidate"}
    for name, model in models.items():
        expected = "intermediate" if name in STANDS_WITH_MARTS else schemas[_layer(model)]
        assert model["schema"] == expected, name


def test_every_model_says_its_grain_first_and_in_two_languages(models):
    for name, model in models.items():
        english, _, indonesian = model["description"].partition(" — ")
        assert english.startswith("One row per "), name
        assert indonesian.startswith("Satu baris per "), name


def test_published_models_are_public_with_contract_key_and_group(models):
    for name, model in models.items():
        if _layer(model) != "marts" or name in STANDS_WITH_MARTS:
            assert not _published(model), f"{name} is no mart"
            continue
        assert _published(model) in ("marts", "marts_person"), name
        assert model["config"]["access"] == "public", name
        assert model["config"]["contract"]["enforced"], name
        assert model["group"], name
        keys = [constraint for constraint in model["constraints"] if constraint["type"] == "primary_key"]
        assert len(keys) == 1, name
        assert keys[0]["columns"][0] == "_release_id", name


def test_published_columns_are_typed_and_explained_in_two_languages(models):
    for name, model in models.items():
        if not _published(model):
            continue
        columns = model["columns"]
        assert columns["_release_id"]["data_type"] == "bigint", name
        assert columns["_as_of"]["data_type"] == "date", name
        for column in columns.values():
            assert column["data_type"], f"{name}.{column['name']}"
            assert " — " in column["description"], f"{name}.{column['name']}"


def test_units_stand_last_and_booleans_begin_with_is_or_has(models):
    for name, model in models.items():
        for column in model["columns"].values() if _published(model) else ():
            if column["data_type"] == "boolean":
                assert column["name"].startswith(("is_", "has_")), f"{name}.{column['name']}"
            if "rupiah" in column["description"].lower():
                assert column["name"].endswith("_idr"), f"{name}.{column['name']}"


def test_every_published_model_is_shown_to_somebody(models, manifest):
    shown = {
        parent for exposure in manifest["exposures"].values() for parent in exposure["depends_on"]["nodes"]
    }
    assert shown == {model["unique_id"] for model in models.values() if _published(model)}


def test_nothing_that_names_a_person_is_published_to_everybody(models):
    for name, model in models.items():
        if _published(model) == "marts":
            assert not [column for column in model["columns"] if names_somebody(name, column)], name


def test_large_tables_carry_their_province(models):
    for name in ABOUT_PERSONS | {
        "person",
        "person_record",
        "worklist_finding",
        "worklist_nik_repair",
        "worklist_review",
        "worklist_uncovered",
    }:
        assert {"province_code", "region_code"} <= set(models[name]["columns"]), name
        # by it row rights show most rows (release.rights)
        assert name in ABOUT_PERSONS or "regency_code" in models[name]["columns"], name


def test_every_model_has_its_grain_tested(models, manifest):
    """By a primary key, or by a test of unique columns."""
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node["test_metadata"] or {}).get("name") in ("unique", "unique_combination")
    }
    for name, model in models.items():
        assert model["unique_id"] in tested or any(
            c["type"] == "primary_key" for c in model["constraints"]
        ), name


def test_models_can_be_read_in_one_go(models):
    for name, model in models.items():
        lines = len(model["raw_code"].splitlines())
        assert lines <= 230, f"{name} has {lines} lines"
        assert model["raw_code"].rstrip().splitlines()[-1].startswith("select * from "), name


def test_the_columns_promised_to_bi_are_there(models):
    """The floor of the published interface (shared/MARTS.md): columns may be added, never taken away."""
    floor = json.loads((ROOT / "tests" / "golden" / "marts_floor.json").read_text(encoding="utf-8"))
    for mart, columns in floor.items():
        missing = [column for column in columns if column not in models[mart]["columns"]]
        assert not missing, f"{mart} lacks {', '.join(missing)}"


def test_a_set_of_programmes_has_a_bit_for_each():
    """`rpt_program_overlap` keeps sets in a bigint: at the 64th programme make it wider (ADR 0042)."""
    seed = ROOT / "dbt_project" / "seeds" / "seed_program.csv"
    assert len(seed.read_text(encoding="utf-8").splitlines()) - 1 <= 63


# ------------------------------------------------------------------------------------------------------------- metrics
METRICS = load_metrics(ROOT / "dbt_project" / "metrics.yml")
DECLARE = "declare it in dbt_project/metrics.yml and call metric('…')"


def _marts(models) -> dict[str, dict[str, Any]]:
    return {name: model for name, model in models.items() if _layer(model) == "marts"}


def _worked_out(model) -> set[str]:
    """The metrics that a model asks for."""
    return set(re.findall(r"metric\('(\w+)'\)", model["raw_code"]))


def _read_from(manifest, model) -> set[str]:
    """Every model that stands behind a model."""
    names: set[str] = set()
    for parent in _parents(manifest, model):
        if parent["resource_type"] == "model":
            names |= {parent["name"], *_read_from(manifest, parent)}
    return names


def test_no_mart_writes_a_formula_of_its_own(models):
    """A share is a division; the macro `metric` is the one place for it (docs/metrics.md)."""
    for name, model in _marts(models).items():
        bare = re.sub(r"--.*|(?s:\{#.*?#\})|'[^']*'", "", model["raw_code"])
        assert not re.search(r"/|\bpercent\(|\b100\b", bare), f"{name} works something out: {DECLARE}"
    # what the rule looks for is what it would find
    assert re.search(r"/|\bpercent\(|\b100\b", "round(100.0 * a / b, 2)")


def test_every_share_that_is_published_is_a_metric_and_comes_from_its_definition(models, manifest):
    marts = _marts(models)
    for name, model in marts.items():
        for column in model["columns"] if _published(model) else ():
            found = [metric for metric in METRICS if is_named_by(column, metric)]
            assert found or not column.endswith("_percent"), f"{name}.{column}: {DECLARE}"
            for metric in found:
                behind = _read_from(manifest, model)
                taken_by = METRICS[metric].taken_by
                is_passed_on = any(metric in models[other]["columns"] for other in behind & marts.keys())
                assert (
                    metric in _worked_out(model) or is_passed_on
                    if METRICS[metric].is_computed
                    else taken_by == name or taken_by in behind
                ), f"{name}.{column} is not what dbt_project/metrics.yml calls {metric}"


def test_every_metric_is_published_under_its_name(models):
    marts = _marts(models)
    asked = {metric: name for name, model in marts.items() for metric in _worked_out(model)}
    datasets = Declared(ROOT / "bi" / "superset").datasets.datasets
    on_dashboards = {share for spec in datasets.values() for share in spec.shares}
    for metric, told in METRICS.items():
        if told.is_computed:  # of any group of rows only a dashboard can tell it
            assert metric in on_dashboards or metric in models[asked[metric]]["columns"], metric
        elif told.taken_by in models:  # a mart that is not there yet takes nothing
            assert metric in models[told.taken_by]["columns"], metric


def test_every_figure_that_is_published_is_held_against_the_release_before(manifest):
    """`rpt_restatement` reads each published table that counts something, unless it is worked out of others."""
    nodes = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    counting = {
        name
        for name, node in nodes.items()
        if node["config"]["meta"].get("publish") == "marts"
        and name.startswith(("fct_", "rpt_"))
        and name not in ABOUT_PERSONS | NOT_RESTATED
        and {column["data_type"] for key, column in node["columns"].items() if not key.endswith("_id")}
        & {"bigint", "numeric"}
    }
    compared = {
        unique_id.split(".")[-1]
        for unique_id in nodes["rpt_restatement"]["depends_on"]["nodes"]
        if ".rpt_" in unique_id or ".fct_" in unique_id
    }
    # single meetings are counted by the year: a meeting has a day and an agenda, no figure
    assert counting - {"fct_tkpk_meeting"} == compared
