"""A rule of a door as plain data, before Great Expectations knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from simpul.contract import Severity, Standing, Text

Dimension = Literal["structural", "logical", "analytical"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A query that returns the addresses of what breaks a rule; no row means the rule holds.

    ``query`` selects keys only: of aggregate rows, of audit rows (file, sheet, row), or a ``person_id``. It never
    selects a figure or a name, so nothing personal can reach a result or a page. In ``query`` and ``checked``,
    ``{batch}`` is the table of the suite, ``{previous}`` the same table in the release that is published now, and any
    other name in braces is a table of this release (mart, intermediate or staging model), ``{release_id}`` its number.
    """

    code: str
    severity: Severity
    dimension: Dimension
    text: Text
    query: str
    checked: str = "select count(*) from {batch}"
    column: str | None = None
    standing: Standing | None = None
    """Who answers for it; default: of its module."""
    bounds: Mapping[str, float] = field(default_factory=dict)
    """Of a rule that is no query: the numbers that decide. A change of one is another version of the rule."""

    @property
    def needs_previous(self) -> bool:
        """It compares with the published release, so a first release has nothing to check."""
        return "{previous}" in self.query


def check(
    code: str,
    severity: Severity,
    dimension: Dimension,
    *,
    en: str,
    id: str,
    query: str,
    checked: str = "select count(*) from {batch}",
    column: str | None = None,
    standing: Standing | None = None,
    bounds: Mapping[str, float] | None = None,
) -> Check:
    """Write a `Check` with its sentence in both languages."""
    return Check(
        code=code,
        severity=severity,
        dimension=dimension,
        text=Text(en=en, id=id),
        query=query,
        checked=checked,
        column=column,
        standing=standing,
        bounds=bounds or {},
    )
