"""All files of ``bi/superset/assets``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from simpul.render.marts import published_models
from simpul.render.metrics import load_metrics
from simpul.render.superset.charts import chart_yaml
from simpul.render.superset.checking import find_problems, is_declared
from simpul.render.superset.dashboards import dashboard_yaml
from simpul.render.superset.datasets import Dataset, build_datasets, dataset_yaml
from simpul.render.superset.declaration import DatabaseSpec, Declared, stable_uuid

NOTICE = "written by `simpul contracts render` from bi/superset and dbt's words; do not edit"


def built_datasets(declared: Declared, dbt: Path) -> dict[str, Dataset]:
    """The declared datasets over the published models below ``dbt``."""
    models = {model["name"]: model for _, model in published_models(dbt / "models" / "marts")}
    for name, function in declared.datasets.functions.items():
        columns = [
            {"name": column, "data_type": kind, "description": meaning}
            for column, (kind, meaning) in function.columns.items()
        ]
        models[name] = {"name": name, "description": function.description, "columns": columns}
    return build_datasets(declared.datasets, models, load_metrics(dbt / "metrics.yml"))


def superset_files(folder: Path, dbt: Path) -> dict[Path, str]:
    """Path → text of every asset; those of a chart that cannot be are left out (`problems` names it).

    Raises:
        ContractBreach: a declaration is not valid.
    """
    if not is_declared(folder):
        return {}
    declared = Declared(folder)
    datasets = built_datasets(declared, dbt)
    if find_problems(declared, datasets):
        return {}
    files: dict[str, Any] = {"metadata.yaml": _METADATA}
    for name, database in declared.datasets.databases.items():
        files[f"databases/{name}.yaml"] = _database(name, database)
    for name, dataset in datasets.items():
        files[f"datasets/{dataset.spec.database}/{name}.yaml"] = dataset_yaml(dataset, declared.datasets)
    for dashboard in declared.dashboards:
        files[f"dashboards/{dashboard.slug}.yaml"] = dashboard_yaml(dashboard, datasets)
        for name, chart in dashboard.charts.items():
            path = dashboard.path_of(name)
            files[f"charts/{dashboard.slug}/{name}.yaml"] = chart_yaml(path, chart, datasets[chart.dataset])
    return {folder / "assets" / path: _text(content) for path, content in files.items()}


_METADATA = {"version": "1.0.0", "type": "assets", "timestamp": "2024-01-01T00:00:00+00:00"}


def _database(name: str, spec: DatabaseSpec) -> dict[str, Any]:
    """No password and no address: `superset_config.py` says both at every connection."""
    return {
        "database_name": spec.title,
        "sqlalchemy_uri": f"postgresql+psycopg2://{'nobody' if spec.is_personal else 'bi_reader'}@simpul/warehouse",
        "cache_timeout": None,
        "expose_in_sqllab": not spec.is_personal,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "impersonate_user": spec.is_personal,
        "extra": {
            "allows_virtual_table_explore": not spec.is_personal,
            "cancel_query_on_windows_unload": True,
            "per_user_caching": spec.is_personal,
        },
        "uuid": stable_uuid("database", name),
        "version": "1.0.0",
        "is_managed_externally": True,
    }


class _Dumper(yaml.SafeDumper):
    """Texts of several lines are written as such."""


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _string)


def _text(content: dict[str, Any]) -> str:
    body = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return f"# {NOTICE}\n{body}"
