"""``bi/superset/*.yml``, dbt's own words and the metrics → ``bi/superset/assets``, in Superset's export format."""

from simpul.render.superset.bundle import NOTICE, superset_files
from simpul.render.superset.checking import is_declared, problems

__all__ = ["NOTICE", "is_declared", "problems", "superset_files"]
