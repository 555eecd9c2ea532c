"""Superset's configuration in the container ``bi``: only what its own defaults cannot know.

Its metadata is the SQLite file under SUPERSET_HOME (a volume).
"""

from pathlib import Path

SECRET_KEY = Path("/run/simpul/superset_secret_key").read_text(encoding="utf-8").strip()
