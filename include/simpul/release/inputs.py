"""What a release is made from: the landed files, the contracts, the dbt project, the rules of door 2, this package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from simpul.errors import ReleaseError
from simpul.settings import get_settings

_CODE = {  # folder (relative to the project) → names that decide what a release says
    "include/contracts": ("*.yml",),
    "dbt_project": ("*.sql", "*.yml", "*.csv", "*.md"),
    "expectations/publication": ("*.py",),
    "include/simpul/identity": ("*.py", "model.json"),
}
# they build and link: another version may do otherwise
_LIBRARIES = ("dbt-core", "dbt-postgres", "duckdb", "splink")
_MADE = {"target", "logs", "dbt_packages", "__pycache__"}


@dataclass(frozen=True)
class InputFile:
    """A file of the release; enough to tell it from any other."""

    file_id: str
    dataset: str
    period: str | None
    sha256: str


def choose(conn: psycopg.Connection[Any], file_ids: Sequence[str] | None = None) -> list[InputFile]:
    """The files of the next release: all landed ones, or exactly the chosen ones.

    A superseded file may be chosen: "as it was before the correction" is a fair question.

    Raises:
        ReleaseError: a chosen file is unknown or never landed.
    """
    wanted = None if file_ids is None else sorted(set(file_ids))
    rows = conn.execute(
        """select file_id, dataset, period, sha256,
            case
                when status = 'superseded'
                    and to_regclass(format('raw.%%I', replace(dataset, '.', '__') || '__' || file_id)) is null
                    then 'superseded, and its rows are gone'
                else status end
        from audit.file
        where case when %(wanted)s::text[] is null then status = 'landed' else file_id = any(%(wanted)s) end
        order by file_id""",
        {"wanted": wanted},
    ).fetchall()
    status = {row[0]: row[4] for row in rows}
    unfit = [
        f"{name} ({status.get(name, 'unknown')})"
        for name in wanted or ()
        if status.get(name) not in ("landed", "superseded")
    ]
    if unfit:
        raise ReleaseError(
            f"a release cannot be built from {', '.join(unfit)}",
            code="inputs",
            hint="choose files that have landed, or land one again; `audit.file` lists them",
        )
    return [InputFile(file_id, dataset, period, sha256) for file_id, dataset, period, sha256, _ in rows]


def inputs_hash(files: Iterable[InputFile], *, code: str | None = None) -> str:
    """Hash over files and code. The same hash means: building again would say the same.

    Args:
        files: in any order.
        code: hash of the code (default: `code_hash` of this project).
    """
    told = sorted([file.dataset, file.period or "", file.sha256, file.file_id] for file in files)
    return _digest(json.dumps({"files": told, "code": code or code_hash()}, sort_keys=True).encode())


def hash_by_code_of_today(
    conn: psycopg.Connection[Any], release_id: int, contents: Mapping[str, str] | None = None
) -> str:
    """What `inputs_hash` of a release would be if its files were built from now: the same says by the same code.

    ``contents``: file → hash that its content had then, where that may have been another.
    """
    rows = conn.execute(
        "select file_id, dataset, period, sha256 from audit.file join audit.release_input using (file_id)"
        " where release_id = %s",
        (release_id,),
    ).fetchall()
    then = contents or {}
    return inputs_hash(
        [
            InputFile(file_id, dataset, period, then.get(file_id, sha))
            for file_id, dataset, period, sha in rows
        ]
    )


def landed_hash(files: Iterable[InputFile]) -> str:
    """Hash over all landed files: what somebody who chose some of them could have chosen from."""
    return inputs_hash(files, code="-")


def code_hash(root: Path | None = None) -> str:
    """Hash over everything that decides what a release says: project, versions, a model of one's own."""
    root = root or get_settings().project_root
    told: dict[str, str] = {"version": _version(), **{name: version(name) for name in _LIBRARIES}}
    told["link backend"] = get_settings().link_backend
    model = get_settings().link_model
    if model and model.is_file():  # where it is not, linking says so
        told["link model"] = _digest(model.read_bytes())
    for folder, patterns in _CODE.items():
        for pattern in patterns:
            for path in (root / folder).rglob(pattern):
                relative = path.relative_to(root)
                if not _MADE.intersection(relative.parts):
                    told[relative.as_posix()] = _digest(path.read_bytes())
    return _digest(json.dumps(told, sort_keys=True).encode())


def _version() -> str:
    import simpul

    return str(getattr(simpul, "__version__", "0"))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
