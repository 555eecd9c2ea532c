"""``python -m simpul.cli``: the same without the installed script."""

from simpul.cli import app

app(prog_name="simpul")
