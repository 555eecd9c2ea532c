"""All files that contracts are written out to, and whether they still say the same."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from simpul.contract import load_contracts, load_fields
from simpul.errors import ContractBreach
from simpul.render.dictionary import dictionary_pages
from simpul.render.marts import marts_page
from simpul.render.metrics import load_metrics, metrics_macro, metrics_page
from simpul.render.missing import missing_macro
from simpul.render.schema import contract_schema, fields_schema
from simpul.render.sources import NOTICE, sources_yaml
from simpul.render.superset import NOTICE as SUPERSET_NOTICE
from simpul.render.superset import is_declared, problems, superset_files
from simpul.settings import get_settings


def render_all() -> dict[Path, str]:
    """Path (absolute) → text of every derived file. The same contracts give the same bytes.

    Raises:
        ContractBreach: a declaration is not valid.
    """
    settings = get_settings()
    contracts, fields = load_contracts(), load_fields()
    files = {
        settings.contracts_dir / "contract.schema.json": contract_schema(),
        settings.contracts_dir / "fields.schema.json": fields_schema(),
        settings.dbt_dir / "macros" / "missing.sql": missing_macro(contracts.values()),
    }
    if (models := settings.dbt_dir / "models" / "marts").is_dir():
        files[settings.project_root / "docs" / "marts.md"] = marts_page(models)
        metrics = load_metrics(settings.dbt_dir / "metrics.yml")
        files[settings.dbt_dir / "macros" / "metrics.sql"] = metrics_macro(metrics)
        files[settings.project_root / "docs" / "metrics.md"] = metrics_page(metrics, models)
        files |= superset_files(_superset(), settings.dbt_dir)
    for agency in sorted({contract.agency for contract in contracts.values()}):
        own = [contract for contract in contracts.values() if contract.agency == agency]
        files[_sources(agency)] = sources_yaml(agency, own, fields)
    for name, page in dictionary_pages(contracts.values(), fields).items():
        files[_dictionary() / name] = page
    return files


def write_all() -> list[Path]:
    """Write what differs, remove what no contract stands behind any more. Returns the paths that changed.

    Raises:
        ContractBreach: a declaration is not valid, or a chart needs what is not published.
    """
    if wrong := chart_problems():
        raise ContractBreach("dashboards cannot be drawn:\n  " + "\n  ".join(wrong), hint="see bi/superset")
    files = render_all()
    changed = [path for path, text in files.items() if _read(path) != text]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8", newline="\n")
    orphans = _orphans(files)
    for path in orphans:
        path.unlink()
    return [*changed, *orphans]


def check() -> list[str]:
    """Where derived files say something else than the contracts: one line each; empty when all is well."""
    files = render_all()
    orphans = [f"{_shown(path)}: no contract stands behind it" for path in _orphans(files)]
    return [*chart_problems(), *_differences(files), *orphans]


def unwritten_assets() -> list[str]:
    """Assets of Superset that say something else than bi/superset and dbt, or that they say no more."""
    files = superset_files(_superset(), get_settings().dbt_dir)
    return [
        *_differences(files),
        *(f"{_shown(path)}: nothing declares it" for path in _unclaimed(_assets(), files)),
    ]


def _differences(files: dict[Path, str]) -> list[str]:
    lines = []
    for path, text in files.items():
        there = _read(path)
        if there is None:
            lines.append(f"{_shown(path)}: missing")
        elif there != text:
            lines.append(f"{_shown(path)}: differs from line {_first_difference(there, text)}")
    return lines


def _shown(path: Path) -> Path:
    return path.relative_to(get_settings().project_root)


def chart_problems() -> list[str]:
    """Charts of the dashboards that what is published cannot fill, one line each; none where none are declared."""
    return problems(_superset(), get_settings().dbt_dir)


def are_dashboards_declared() -> bool:
    """Whether there is anything that `chart_problems` could hold against what is published."""
    return is_declared(_superset())


def _superset() -> Path:
    return get_settings().project_root / "bi" / "superset"


def _assets() -> list[Path]:
    return sorted(_superset().glob("assets/**/*.yaml"))


def _dictionary() -> Path:
    return get_settings().project_root / "docs" / "data-dictionary"


def _sources(agency: str) -> Path:
    return get_settings().dbt_dir / "models" / "staging" / agency / f"_{agency}__sources.yml"


def _orphans(files: dict[Path, str]) -> list[Path]:
    """Files that a contract wrote once, told by their first line, and that none writes now."""
    candidates = [*_dictionary().glob("*.md"), *_sources("*").parent.parent.glob("*/_*__sources.yml")]
    if not chart_problems():  # else none of them is written
        candidates += _assets()
    return _unclaimed(candidates, files)


def _unclaimed(candidates: Iterable[Path], files: dict[Path, str]) -> list[Path]:
    """Of these those that were written from a declaration, which nothing writes now."""
    return sorted(
        path
        for path in candidates
        if path not in files
        and any(one in (_read(path) or "").split("\n")[0] for one in (NOTICE, SUPERSET_NOTICE))
    )


def _read(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8") if path.is_file() else None


def _first_difference(there: str, wanted: str) -> int:
    old, new = there.splitlines(), wanted.splitlines()
    pairs = enumerate(zip(old, new, strict=False), start=1)
    return next((number for number, (a, b) in pairs if a != b), min(len(old), len(new)) + 1)
