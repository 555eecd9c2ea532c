"""Open data: what may be published of a release, small groups suppressed so that nobody can work them out (ADR 0046).

``opened`` is the order of the steps; ``declared`` reads what the models' YAML says may be opened, ``reading`` takes it
from the release, ``relations`` says what adds up to what, ``protecting`` and ``system`` decide what is left out,
``history`` keeps what was opened, ``package`` and its neighbours write it down.
"""

from simpul.trust.opendata.opened import K, Opened, open_cut

__all__ = ["K", "Opened", "open_cut"]
