"""What of a release has to be built: the models of which anything they are made from has changed (ADR 0040).

Each model has a fingerprint: the code, and the fingerprints of what it reads down to the files of the release. A table
of staging or intermediate stays where it is while its model's fingerprint is that of its last tested build. A mart
whose fingerprint is that of the published release is carried over: the release shows the rows that are stored already.

Only what landed, who is whom, what is in quarantine and the code are known by a fingerprint. A mart that reads anything
else (of schema ``audit``) is built with every release.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from simpul.database import connect
from simpul.errors import ReleaseError
from simpul.release import catalog
from simpul.release.catalog import CANDIDATE, RELEASE, partition
from simpul.release.inputs import code_hash
from simpul.release.mart import marts_of
from simpul.transform import LISTS, MARTS

log = logging.getLogger("simpul.release")

TOLD = """
with recursive told as (
    select file_id from audit.release_input where release_id = %s
    union
    select older.file_id from audit.file as older join told on older.superseded_by = told.file_id
    where older.status = 'superseded')
"""
"""The files of a release and the editions that these replaced: what was told before is told beside what is told now."""
_FILES = f"""{TOLD}
select dataset, md5(string_agg(
    row(file_id, sha256, period, region_code, extract(epoch from received_at), structure, status)::text,
    '|' order by file_id))
from told join audit.file using (file_id) group by dataset
"""  # noqa: S608
_QUARANTINE = """
select count(*) || ' ' || coalesce(sum(hashtextextended(row(q.quarantine_id, q.status)::text, 0)), 0)
from quarantine.row as q join audit.release_input as input using (file_id) where input.release_id = %s
"""
_IDENTITY = "select coalesce(max(changed_release), 0)::text from identity.link_memory"


@dataclass(frozen=True)
class Needs:
    """What dbt has to build of a part of the project.

    Attributes:
        models: names of the models to build; of the others the tables that are there are right.
        tests: names of the data tests on any of them.
        carried: marts of which the release shows stored rows.
        release_id: the candidate that it is for.
    """

    models: tuple[str, ...]
    tests: tuple[str, ...]
    carried: tuple[str, ...] = ()
    release_id: int = 0

    @property
    def select(self) -> list[str]:
        """As selectors of dbt."""
        return [*self.models, *self.tests]


def settle(manifest: Mapping[str, Any], part: Sequence[str]) -> Needs:
    """What has to be built of a part of the project for the open candidate. Until `note_built` is called all of it is
    taken for unbuilt: whoever builds may be killed.

    Of marts that are carried over, views in schema ``candidate`` stand for what others read.

    Args:
        manifest: dbt's, of the whole project.
        part: `transform.PREPARE` or `transform.MARTS`.

    Raises:
        ReleaseError: there is no candidate.
    """
    with connect(application_name="simpul needs") as conn:
        release_id, is_whole, year = _candidate(conn)
        known = _sources(conn, release_id)
        prints = _Fingerprints(manifest, known, f"{code_hash()} {year}", f"release {release_id}")
        ours = {unique_id: node for unique_id, node in _models(manifest).items() if _is_of(node, part)}
        marts = {mart.name for mart in marts_of(manifest)}
        wanted = {node["name"]: prints.of(unique_id) for unique_id, node in ours.items()}
        stored = {} if is_whole else _stored(conn, wanted.keys() & marts, wanted)
        standing = set() if is_whole else _standing(conn, ours.values(), wanted)
        needed = {name for name in wanted if name not in stored and name not in standing}
        if part == MARTS:
            _carry(conn, release_id, {name: wanted[name] for name in wanted.keys() & marts}, stored)
        for name in needed - marts:
            conn.execute(
                """insert into audit.built_model (model, fingerprint) values (%s, %s)
                on conflict (model) do update set fingerprint = excluded.fingerprint, relation = null""",
                (name, wanted[name]),
            )
    needs = Needs(
        tuple(sorted(needed)),
        tuple(sorted(_tests(manifest, needed, part))),
        tuple(sorted(stored)),
        release_id,
    )
    log.info("%s of %s models have to be built", len(needs.models), len(wanted))
    return needs


def reads(manifest: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Published table → what it is made from in the end: datasets (``dinsos.dtks``), and schemas of our own
    (``identity``, ``quarantine``, ``audit``).
    """
    nodes = {**manifest["nodes"], **manifest["sources"]}
    found: dict[str, frozenset[str]] = {}

    def of(unique_id: str) -> frozenset[str]:
        if unique_id not in found:
            node = nodes[unique_id]
            if node["resource_type"] == "source":
                is_raw = node["schema"] == "raw"
                found[unique_id] = frozenset(
                    {f"{node['source_name']}.{node['name']}" if is_raw else node["schema"]}
                )
            else:
                parents = node.get("depends_on", {}).get("nodes", ())
                told = [
                    one for one in parents if not (_is_staging(node) and nodes[one].get("schema") == "audit")
                ]
                found[unique_id] = frozenset().union(*map(of, told))
        return found[unique_id]

    marts = {mart.name for mart in marts_of(manifest)}
    return {node["name"]: of(key) for key, node in _models(manifest).items() if node["name"] in marts}


def note_built(models: Sequence[str], owner_run: str) -> None:
    """A build went well, tests and all: the tables of these models are right until what they are made from changes.

    Nothing is noted for a run whose candidate was taken over: what it wrote may be of another release's files.
    """
    with connect(application_name="simpul needs") as conn:
        conn.execute(
            """with ours as (
                select from audit.release where status = 'candidate' and owner_run = %s for share)
            update audit.built_model as built set relation = c.oid, built_at = clock_timestamp()
            from pg_class as c
            where c.relnamespace in ('staging'::regnamespace, 'intermediate'::regnamespace) and c.relname = built.model
                and built.model = any(%s) and built.relation is null and exists (select from ours)""",
            (owner_run, list(models)),
        )


class _Fingerprints:
    """Of every node of the project.

    Args:
        manifest: dbt's.
        known: source → what is known of it; the others are of ``unknown``.
        code: hash of all code.
        unknown: stands for what has no fingerprint.
    """

    def __init__(
        self, manifest: Mapping[str, Any], known: Mapping[str, str], code: str, unknown: str
    ) -> None:
        self._nodes = {**manifest["nodes"], **manifest["sources"]}
        self._known, self._code, self._unknown = known, code, unknown
        self._found: dict[str, str] = {}

    def of(self, unique_id: str) -> str:
        """Of one node: of what it is and of all that it reads."""
        if unique_id not in self._found:
            node = self._nodes[unique_id]
            if node["resource_type"] == "source":
                told = [self._of_source(node)]
            else:
                parents = node.get("depends_on", {}).get("nodes", ())
                told = [
                    self._code,
                    *sorted(
                        self.of(parent)
                        for parent in parents
                        # which files there are staging learns from the register; they are known by the raw table
                        if not (_is_staging(node) and self._nodes[parent].get("schema") == "audit")
                    ),
                ]
            self._found[unique_id] = hashlib.sha256(json.dumps([unique_id, *told]).encode()).hexdigest()[:32]
        return self._found[unique_id]

    def _of_source(self, node: Mapping[str, Any]) -> str:
        if node["schema"] == "raw":
            return self._known.get(f"{node['source_name']}.{node['name']}", "no file")
        return self._known.get(node["schema"], self._unknown)


def _is_staging(node: Mapping[str, Any]) -> bool:
    return str(node.get("original_file_path", "")).startswith("models/staging/")


def _models(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def _is_of(node: Mapping[str, Any], part: Sequence[str]) -> bool:
    """Whether a model is built with a part of the project."""
    folders = tuple(f"{selector.removeprefix('path:')}/" for selector in part)
    return node["original_file_path"].startswith(folders) and node["name"] not in LISTS


def _candidate(conn: psycopg.Connection[Any]) -> tuple[int, bool, int]:
    row = conn.execute(
        """select release_id, is_whole, extract(year from created_at at time zone 'Asia/Jakarta')::int
        from audit.release where status = 'candidate'"""
    ).fetchone()
    if row is None:
        raise ReleaseError(
            "there is no candidate to build", code="not_candidate", hint="open a release first"
        )
    return row  # the year: two digits of a year mean none that is to come (macro `two_digit_year`)


def _sources(conn: psycopg.Connection[Any], release_id: int) -> dict[str, str]:
    """What is known of the sources: of each dataset, of ``identity`` and of ``quarantine``."""
    known: dict[str, str] = dict(conn.execute(_FILES, (release_id,)).fetchall())
    ((known["quarantine"],),) = conn.execute(_QUARANTINE, (release_id,)).fetchall()
    ((known["identity"],),) = conn.execute(_IDENTITY).fetchall()
    return known


def _standing(
    conn: psycopg.Connection[Any], nodes: Iterable[Mapping[str, Any]], wanted: Mapping[str, str]
) -> set[str]:
    """Models whose table is that of a tested build of the same fingerprint."""
    built = {
        model: (fingerprint, relation)
        for model, fingerprint, relation in conn.execute(
            "select model, fingerprint, relation from audit.built_model where relation is not null"
        )
    }
    return {
        node["name"]
        for node in nodes
        if built.get(node["name"]) == (wanted[node["name"]], catalog.oid(conn, node["schema"], node["name"]))
    }


def _stored(conn: psycopg.Connection[Any], marts: Iterable[str], wanted: Mapping[str, str]) -> dict[str, int]:
    """Marts that the published release shows with the same fingerprint → where their rows are."""
    rows = conn.execute(
        "select mart, fingerprint, stored_in from audit.release_table join audit.release_pointer using (release_id)"
    ).fetchall()
    shown = {mart: (fingerprint, stored_in) for mart, fingerprint, stored_in in rows}
    return {
        mart: shown[mart][1]
        for mart in marts
        if mart in shown
        and shown[mart][0] == wanted[mart]
        and catalog.parent_of(conn, RELEASE, partition(mart, shown[mart][1])) == mart
    }


def _carry(
    conn: psycopg.Connection[Any], release_id: int, marts: Mapping[str, str], stored: Mapping[str, int]
) -> None:
    """Write down where the rows of every mart will be, and let views stand for those that are not built."""
    conn.execute("delete from audit.release_table where release_id = %s", (release_id,))
    for mart, fingerprint in marts.items():
        conn.execute(
            "insert into audit.release_table values (%s, %s, %s, %s)",
            (release_id, mart, stored.get(mart, release_id), fingerprint),
        )
    for mart, stored_in in stored.items():
        catalog.drop(conn, CANDIDATE, mart)  # of a build that came to nothing
        conn.execute(
            sql.SQL("create view {} as select * from {}").format(
                catalog.name(CANDIDATE, mart), catalog.name(RELEASE, partition(mart, stored_in))
            )
        )


def _tests(manifest: Mapping[str, Any], needed: set[str], part: Sequence[str]) -> Iterable[str]:
    """Data tests on any of the models that have to be built, and on nothing that is built later."""
    later = {key for key, node in _models(manifest).items() if part != MARTS and _is_of(node, MARTS)}
    models = {key: node["name"] for key, node in _models(manifest).items()}
    for node in manifest["nodes"].values():
        parents = set(node.get("depends_on", {}).get("nodes", ()))
        is_on_needed = any(models.get(parent) in needed for parent in parents)
        if node["resource_type"] == "test" and is_on_needed and not parents & later:
            yield node["name"]
