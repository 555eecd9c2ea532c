"""Import the heavy libraries once in the components that fork, before they do.

Airflow imports a module of this name in every component. A task is a fork of a worker, a worker a fork of the
scheduler: what is in memory here costs a task nothing, while importing Great Expectations costs 3 s of CPU in each task
that judges a file, and dbt 1 s in each that builds. So is each reading of a DAG file a fork of the DAG processor, and
what runs the triggers one of the triggerer. The pages are shared: memory does not grow with the workers. Our own
modules are imported too, and contracts and regions read; a fork that finds one of the modules' files changed forgets
them all and imports them anew, so that no task runs older code than lies there.
"""

import contextlib
import gc
import importlib
import os
import sys
import warnings
from pathlib import Path

_OURS = ("simpul", "expectations")
_DAGS = ("cosmos", "cosmos.operators.watcher", "psycopg", "pydantic_settings", "airflow.triggers.base")
_TASKS = (
    *_DAGS,
    "great_expectations",
    "dbt.cli.main",
    "dbt.adapters.postgres",
    "pandas",
    "duckdb",
    "simpul.pipeline",
)
# what its first fifty triggers would import while a build begins, 3 s
_TRIGGERS = ("simpul.orchestration_triggerer", "simpul.orchestration_dbt")
_HEAVY = {"scheduler": _TASKS, "dag-processor": _DAGS, "triggerer": _TRIGGERS}.get("".join(sys.argv[1:2]), ())

if _HEAVY:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _name in _HEAVY:
            with contextlib.suppress(ImportError):  # a lighter environment works too, just slower
                importlib.import_module(_name)
    if _ours := sys.modules.get("simpul.pipeline"):
        with contextlib.suppress(Exception):  # whoever needs what cannot be read says so
            _ours.remember_declarations()
        sys.modules["simpul.settings"].get_settings.cache_clear()  # each task's own
    _READ = {
        Path(file): Path(file).stat().st_mtime_ns
        for name, module in sys.modules.items()
        if name.partition(".")[0] in _OURS and (file := getattr(module, "__file__", None))
    }

    def _forget_what_changed() -> None:
        """In a fork: are our modules still those of their files?"""
        try:
            is_old = any(file.stat().st_mtime_ns != read for file, read in _READ.items())
        except OSError:  # one is gone
            is_old = True
        if is_old:
            _READ.clear()
            for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
                del sys.modules[name]

    os.register_at_fork(after_in_child=_forget_what_changed)
    # what a fork inherits lives as long as the fork: to look through two million objects for garbage, again and again,
    # took half of the time of a dbt build
    os.register_at_fork(after_in_child=gc.freeze)
