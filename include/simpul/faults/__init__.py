"""A mutation kit for the gates: known faults, put into sound deliveries one at a time, and who notices.

`plant` writes a faulty copy of a folder of deliveries; `attempt` lands faulty files in a warehouse of its own and says
which of them a door has caught.
"""

from simpul.faults import (  # noqa: F401 - they register their kinds
    cells,
    columns,
    earlier,
    figures,
    files,
    forms,
    parts,
    persons,
    plausible,
)
from simpul.faults.kinds import KINDS, Kind
from simpul.faults.plant import Planted, plant
from simpul.faults.trial import Outcome, attempt

__all__ = ["KINDS", "Kind", "Outcome", "Planted", "attempt", "plant"]
