"""What landing a file came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from simpul.errors import SimpulError
from simpul.readers.reasons import printable


class Unsettled(SimpulError):
    """The file is still changing. Nothing was kept of it; try again later."""

    code = "unsettled"


@dataclass(frozen=True)
class LandResult:
    """The state of one received file. ``reason`` never holds a value of a personal column, ``file_name`` is made safe
    to print: it comes from outside, and goes into logs and XCom.
    """

    file_id: str
    file_name: str
    dataset: str | None
    status: str
    rows_read: int | None = None
    rows_loaded: int | None = None
    rows_quarantined: int | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "file_name", printable(self.file_name, 255))

    def as_dict(self) -> dict[str, Any]:
        """For JSON and XCom."""
        return asdict(self)
