"""Import the heavy libraries once in the scheduler, before it forks the workers that run the tasks.

Airflow imports a module of this name in every component. A task is a fork of a worker, a worker a fork of the
scheduler: what is in memory here costs a task nothing, while importing Great Expectations costs 3 s of CPU in each task
that judges a file, and dbt 1 s in each that builds. The pages are shared: memory does not grow with the workers.
"""

import contextlib
import importlib
import sys
import warnings

_HEAVY = (
    "great_expectations", "dbt.cli.main", "dbt.adapters.postgres", "cosmos.operators.watcher", "pandas", "psycopg"
)  # fmt: skip

if "scheduler" in sys.argv[1:2]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _name in _HEAVY:
            with contextlib.suppress(ImportError):  # a lighter environment works too, just slower
                importlib.import_module(_name)
