"""Airflow in the test process: its configuration as the stack has it, its metadata in the session's server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="session")
def airflow_configured(_server):
    """Set before Airflow is first imported; it reads its configuration once."""
    assert "airflow" not in sys.modules, "Airflow was imported before it was configured"
    from simpul.stack.environment import airflow_environment

    before = dict(os.environ)
    environment = airflow_environment()
    os.environ.update({name: value for name, value in environment.items() if not name.startswith("SIMPUL_")})
    home = Path(environment["AIRFLOW_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    (home / "airflow.cfg").touch()
    yield environment
    if "airflow.settings" in sys.modules:
        sys.modules["airflow.settings"].dispose_orm()  # its pool must not outlive the server
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def dagbag(airflow_configured):
    """Parsed once, as the DAG processor would."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(DAGS), bundle_name="dags-folder")


@pytest.fixture(scope="session")
def airflow_metadata(airflow_configured):
    """The metadata database, migrated."""
    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        env=dict(os.environ),
        check=True,
        capture_output=True,
    )
