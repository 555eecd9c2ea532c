"""Write docs/data-dictionary/layouts.md: dataset × layout × fixture × rows, from the fixtures' expectations.

Run ``make render`` after a change of tests/fixtures: ``tests/landing/test_fixtures.py`` refuses a page
that differs.
"""

from __future__ import annotations

from pathlib import Path

from simpul.contract import load_contracts
from tests.fixtures.expectations import ROOT, load_expectations

PAGE = Path(__file__).parents[1] / "docs" / "data-dictionary" / "layouts.md"


def page() -> str:
    """The page as it should be."""
    lines = [
        "# Every layout, shown by a file",
        "",
        "Written by `make render`: do not edit by hand. Each fixture is landed and staged by",
        "`tests/landing/test_fixtures.py`; what it says here is what was seen there.",
        "",
        "| dataset | layout | fixture | period | region | read | quarantined | staged | |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    titles = {name: contract.title for name, contract in load_contracts().items()}
    for one in load_expectations():
        name = f"[{one.dataset}]({one.dataset}.md)" if one.dataset in titles else one.dataset
        fixture = one.path.relative_to(ROOT).as_posix()
        cells = (
            one.period or "",
            one.region or "",
            f"{one.read:,}",
            f"{one.quarantined:,}",
            f"{one.staged:,}",
        )
        lines.append(f"| {name} | `{one.edition}` | `{fixture}` | {' | '.join(cells)} | {one.note} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
