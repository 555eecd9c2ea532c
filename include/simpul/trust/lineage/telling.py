"""Audit tables and dbt's manifest → events. Nothing is read that could hold a value of a row.

A run is known by its subject and time, so the same run that is told twice is told under the same number.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib import metadata
from typing import Any

import psycopg
from openlineage.client.event_v2 import (
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    set_producer,
)
from openlineage.client.facet_v2 import (
    data_quality_assertions_dataset as quality,
)
from openlineage.client.facet_v2 import (
    dataset_version_dataset,
    documentation_dataset,
    input_statistics_input_dataset,
    job_type_job,
    output_statistics_output_dataset,
    parent_run,
    schema_dataset,
    symlinks_dataset,
)
from psycopg.rows import dict_row

from simpul.contract import load_contracts, load_fields
from simpul.release import marts_of, stored_in
from simpul.release.catalog import CANDIDATE, RELEASE, partition
from simpul.release.needs import TOLD
from simpul.trust.lineage import names
from simpul.trust.lineage.facets import DeliveredFile, ReleaseOf, RowAnchor

PRODUCER = f"urn:simpul:{metadata.version('simpul')}"
set_producer(PRODUCER)  # of facets; events name it themselves
_RUNS = uuid.UUID("5d2a63d6-7f0e-4a6c-9a35-6d1f6f0f6c52")  # of our run numbers; any would do

_FILES = """
with loaded as (
    select subject as file_id, max(at) as at from audit.ledger
    where kind = 'file.loaded' and subject = any(%(files)s) group by subject)
select file.file_id, sha256, bytes, printable_name as name, printable_path as path, agency, dataset, edition, period,
    region_code, structure ->> 'sheet' as sheet, status, superseded_by, rows_read, rows_loaded, rows_quarantined,
    received_at, landed_at is not null as has_landed,
    coalesce(loaded.at, received_at) as loaded_at
from audit.file as file left join loaded using (file_id)
where file_id = any(%(files)s) and dataset is not null order by received_at, file_id"""
_RESULTS = """
select result.*, version.version, version.version_hash
from audit.gate_result as result left join audit.rule_version as version using (rule_version_id)
where result.door = %s and result.{} = %s order by gate_result_id"""
_INPUTS = f"""{TOLD}
select dataset, file_id, sha256 from told join audit.file using (file_id) order by dataset, file_id"""  # noqa: S608
_RELEASE = """
select release_id, inputs_hash, content_hash, created_at, coalesce(published_at, created_at) as published_at
from audit.release where release_id = %s"""
_PUBLISHED = """
select event_id, hash from audit.ledger where kind = 'release.published' and subject = %s
order by event_id desc limit 1"""
_BUILT = (
    "select model, built_at from audit.built_model where relation is not null and built_at between %s and %s"
)


# ------------------------------------------------------------------------------------------------------------- files
def of_files(conn: psycopg.Connection[Any], file_ids: Sequence[str]) -> list[RunEvent]:
    """Landing of each file and, where the gate has spoken, the gate."""
    events: list[RunEvent] = []
    with conn.cursor(row_factory=dict_row) as cursor:
        for file in cursor.execute(_FILES, {"files": list(file_ids)}).fetchall():
            events += _landing(file)
            results = cursor.execute(_RESULTS.format("file_id"), ("landing", file["file_id"])).fetchall()
            events += _landing_gate(file, results) if results else []
    return events


def _landing(file: Mapping[str, Any]) -> list[RunEvent]:
    """The archived file → the table of its rows."""
    delivered = DeliveredFile(
        fileId=file["file_id"], sha256=file["sha256"], name=file["name"], agency=file["agency"],
        dataset=file["dataset"], edition=file["edition"], period=file["period"], regionCode=file["region_code"],
        sheet=file["sheet"], status=file["status"], supersededBy=file["superseded_by"],
    )  # fmt: skip
    source = InputDataset(
        *names.archived(file["sha256"]),
        facets={
            "simpul_deliveredFile": delivered,
            "symlinks": symlinks_dataset.SymlinksDatasetFacet(
                identifiers=[symlinks_dataset.Identifier("file", file["path"] or file["name"], "file")]
            ),
        },
        inputFacets={
            "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
                rowCount=file["rows_read"], size=file["bytes"], fileCount=1
            )
        },
    )
    # what is loaded is what is read: the gate sets records aside later
    loaded = _output(names.table("raw", _raw(file)), file["rows_read"], _anchored(file))
    return _run(
        f"landing.{file['dataset']}", "LANDING", file["file_id"], file["received_at"], file["loaded_at"],
        [source], [loaded],
    )  # fmt: skip


def _landing_gate(file: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> list[RunEvent]:
    """The table of the file's rows → the dataset, and what was set aside. A file that is held leads nowhere."""
    asked = InputDataset(
        *names.table("raw", _raw(file)), facets=_anchored(file), inputFacets={"dataQualityAssertions": _asked(results)}
    )  # fmt: skip
    outputs = []
    if file["has_landed"]:
        parent = load_contracts()[file["dataset"]].table
        outputs.append(
            _output(names.table("raw", parent), file["rows_loaded"], {"version": _version(file["file_id"])})
        )
        if file["rows_quarantined"]:
            outputs.append(_output(names.table("quarantine", "row"), file["rows_quarantined"], {}))
    return _run(
        f"landing.gate.{file['dataset']}", "GATE", file["file_id"], file["loaded_at"],
        max(result["run_at"] for result in results), [asked], outputs,
    )  # fmt: skip


def _raw(file: Mapping[str, Any]) -> str:
    return f"{load_contracts()[file['dataset']].table}__{file['file_id']}"


def _anchored(file: Mapping[str, Any]) -> dict[str, Any]:
    contract = load_contracts()[file["dataset"]]
    kinds = load_fields()
    columns = [
        schema_dataset.SchemaDatasetFacetFields(
            name=column.column, type="text", description=kinds[column.field].title.en
        )
        for column in contract.columns
    ]
    address = {"_file_id": "file", "_sheet": "sheet", "_row": "row"}
    return {
        "schema": schema_dataset.SchemaDatasetFacet(fields=columns),
        "version": _version(file["file_id"]),
        "simpul_rowAnchor": RowAnchor(
            fileId=file["file_id"],
            sheet=file["sheet"],
            columns=address | ({"_column": "heading"} if contract.is_melted else {}),
        ),
    }


# ----------------------------------------------------------------------------------------------------------- releases
def files_of_release(conn: psycopg.Connection[Any], release_id: int) -> list[str]:
    """The files that a release is made from, and those that they replaced."""
    return [file_id for _, file_id, _ in conn.execute(_INPUTS, (release_id,))]


def of_release(conn: psycopg.Connection[Any], release_id: int, manifest: Mapping[str, Any]) -> list[RunEvent]:
    """Linking, the models that were built for it, the gate of each table, and the pointer's move."""
    with conn.cursor(row_factory=dict_row) as cursor:
        release: Any = cursor.execute(_RELEASE, (release_id,)).fetchone()
        results = cursor.execute(_RESULTS.format("release_id"), ("publication", release_id)).fetchall()
        published = cursor.execute(_PUBLISHED, (str(release_id),)).fetchone() or {}
    begun, ended = release["created_at"], release["published_at"]
    stored = stored_in(conn, release_id)
    marts = {mart.name: mart for mart in marts_of(manifest)}
    shown = {mart: partition(mart, stored.get(mart, release_id)) for mart in marts}
    raw: dict[str, list[names.Name]] = {}
    for dataset, file_id, _ in conn.execute(_INPUTS, (release_id,)):
        parent = load_contracts()[dataset].table if dataset in load_contracts() else dataset
        raw.setdefault(parent, []).append(names.table("raw", f"{parent}__{file_id}"))
    facet = ReleaseOf(
        releaseId=release_id, inputsHash=release["inputs_hash"], contentHash=release["content_hash"],
        ledgerEvent=published.get("event_id"), ledgerHash=published.get("hash"),
    )  # fmt: skip
    whole = _Whole(release_id, begun, facet)
    built = dict(conn.execute(_BUILT, (begun, ended)).fetchall())
    built |= {mart: ended for mart in marts if stored.get(mart, release_id) == release_id}

    events = whole.run("release.build", "BUILD", ended, [], [], is_whole=True)
    events += whole.run("identity.link", "LINK", ended, *_linking(manifest, shown))
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["name"] in built:
            inputs = [InputDataset(*name) for name in _read_by(node, manifest, raw, shown)]
            output = OutputDataset(*_made_by(node, shown), facets=_described(node, release_id))
            events += whole.run(f"dbt.{node['name']}", "MODEL", built[node["name"]], inputs, [output])
    judged = [
        InputDataset(
            *names.table(RELEASE, shown[mart]),
            inputFacets={"dataQualityAssertions": _asked([r for r in results if r["table_name"] == mart])},
        )
        for mart in sorted({result["table_name"] for result in results} & shown.keys())
    ]
    events += whole.run("release.gate", "GATE", ended, judged, [])
    for mart in marts.values():
        source = InputDataset(*names.table(RELEASE, shown[mart.name]))
        view = OutputDataset(
            *names.table(mart.audience, mart.name), facets={"version": _version(str(release_id))}
        )
        events += whole.run(f"release.publish.{mart.name}", "PUBLISH", ended, [source], [view])
    return events


class _Whole:
    """What all runs of one release have in common."""

    def __init__(self, release_id: int, begun: datetime, facet: ReleaseOf) -> None:
        self._release_id, self._begun, self._facet = str(release_id), begun, facet
        self._parent = parent_run.ParentRunFacet(
            run=parent_run.Run(runId=_number("release.build", self._release_id, begun)),
            job=parent_run.Job(names.JOBS, "release.build"),
        )

    def run(
        self,
        job: str,
        kind: str,
        ended: datetime,
        inputs: Sequence[InputDataset],
        outputs: Sequence[OutputDataset],
        *,
        is_whole: bool = False,
    ) -> list[RunEvent]:
        facets: dict[str, Any] = {"simpul_release": self._facet}
        if not is_whole:
            facets["parent"] = self._parent
        return _run(job, kind, self._release_id, self._begun, ended, inputs, outputs, facets)


def _read_by(
    node: Mapping[str, Any],
    manifest: Mapping[str, Any],
    raw: Mapping[str, Sequence[names.Name]],
    shown: Mapping[str, str],
) -> Iterator[names.Name]:
    """What a model reads: of the raw datasets the tables of the files that the release is made from."""
    for unique_id in sorted(node["depends_on"]["nodes"]):
        source = manifest["sources"].get(unique_id)
        if source is None:
            yield _made_by(manifest["nodes"][unique_id], shown)
        elif source["schema"] == "raw":
            yield from raw.get(source["identifier"], ())
        else:
            yield names.table(source["schema"], source["identifier"])


def _linking(
    manifest: Mapping[str, Any], shown: Mapping[str, str]
) -> tuple[list[InputDataset], list[OutputDataset]]:
    """What linking reads and writes: the sources that are written beside dbt, and of what."""
    from expectations.site.ancestry import parents_of

    made = {name: of for name, of in parents_of(manifest).items() if name in manifest["sources"] and of}
    read = sorted({one for of in made.values() for one in of})
    written = [manifest["sources"][name] for name in sorted(made)]
    return (
        [InputDataset(*_made_by(manifest["nodes"][one], shown)) for one in read],
        [OutputDataset(*names.table(one["schema"], one["identifier"])) for one in written],
    )


def _made_by(node: Mapping[str, Any], shown: Mapping[str, str]) -> names.Name:
    """Where the rows of a model stand: those of a mart in the partition of the release that stored them."""
    name = node.get("alias") or node["name"]
    if node["schema"] == CANDIDATE and name in shown:
        return names.table(RELEASE, shown[name])
    return names.table(node["schema"], name)


def _described(node: Mapping[str, Any], release_id: int) -> dict[str, Any]:
    columns = [
        schema_dataset.SchemaDatasetFacetFields(
            name=column["name"], type=column.get("data_type"), description=column.get("description") or None
        )
        for column in node.get("columns", {}).values()
    ]
    facets: dict[str, Any] = {"version": _version(str(release_id))}
    if columns:
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=columns)
    if node.get("description"):
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(
            description=node["description"]
        )
    return facets


# -------------------------------------------------------------------------------------------------------------- parts
def _run(
    job: str,
    kind: str,
    subject: str,
    begun: datetime,
    ended: datetime,
    inputs: Sequence[InputDataset],
    outputs: Sequence[OutputDataset],
    facets: Mapping[str, Any] | None = None,
) -> list[RunEvent]:
    """START and COMPLETE of a run that is over."""
    told_job = Job(
        names.JOBS,
        job,
        facets={
            "jobType": job_type_job.JobTypeJobFacet(
                processingType="BATCH", integration="SIMPUL", jobType=kind
            )
        },
    )
    number = _number(job, subject, begun)

    def event(state: RunState, at: datetime, **told: Any) -> RunEvent:
        run = Run(number, facets=dict(facets or {}))
        return RunEvent(
            eventType=state, eventTime=at.isoformat(), run=run, job=told_job, producer=PRODUCER, **told
        )

    return [
        event(RunState.START, begun),
        event(RunState.COMPLETE, max(begun, ended), inputs=list(inputs), outputs=list(outputs)),
    ]


def _number(job: str, subject: str, begun: datetime) -> str:
    return str(uuid.uuid5(_RUNS, f"{job}/{subject}/{begun.timestamp()}"))


def _output(name: names.Name, rows: int | None, facets: Mapping[str, Any]) -> OutputDataset:
    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=rows)
    return OutputDataset(*name, facets=dict(facets), outputFacets={"outputStatistics": statistics})


def _version(version: str) -> dataset_version_dataset.DatasetVersionDatasetFacet:
    return dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=version)


def _asked(results: Sequence[Mapping[str, Any]]) -> quality.DataQualityAssertionsDatasetFacet:
    """What a gate asked: rules and counts, no address."""
    return quality.DataQualityAssertionsDatasetFacet(
        assertions=[
            quality.Assertion(
                assertion=result["dimension"],
                success=result["passed"],
                column=result["column_name"],
                severity={"fail": "error"}.get(result["severity"], result["severity"]),
                name=result["rule_code"],
                description=result["description_en"],
                expected="0",
                actual=str(result["failing"]),
                params={
                    "checked": result["checked"],
                    "ruleVersion": result["version"],
                    "ruleVersionHash": result["version_hash"],
                    "waiver": result["waiver_id"],
                },
            )
            for result in results
        ]
    )
