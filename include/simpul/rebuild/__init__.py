"""The warehouse made anew from its archive: what happened is done once more, event by event (ADR 0050).

`checking` reads the journal and looks whether every byte is there, `fates` says which events still matter, `doing` does
them, `comparing` holds what came of it against what the ledger tells.
"""

from simpul.rebuild.checking import Checked, check, take_over
from simpul.rebuild.comparing import Difference
from simpul.rebuild.running import Rebuilt, rebuild

__all__ = ["Checked", "Difference", "Rebuilt", "check", "rebuild", "take_over"]
