"""The two doors: `gate_file` lets a loaded file into ``raw`` or holds it, `gate_release` says whether to publish.

What they ask is told in the package ``expectations``; what they answer stands in ``audit`` and in the reports.
"""

from simpul.gate.landing import gate_file, gate_files, update_file_page, update_index
from simpul.gate.publication import GateOutcome, gate_release
from simpul.gate.upkeep import sweep
from simpul.gate.verdict import Verdict, judge

__all__ = [
    "GateOutcome",
    "Verdict",
    "gate_file",
    "gate_files",
    "gate_release",
    "judge",
    "sweep",
    "update_file_page",
    "update_index",
]
