"""Who is the same person: every source record of a release gets a person and a family, with numbers kept for good.

`link` reads ``intermediate.int_person_record`` and what stewards decided, and writes schema ``identity``; marts read
``identity.link`` and ``identity.doubtful_pair``. Who is who is worked out by `simpul.identity.resolving` (ADR 0028).
"""

from simpul.identity.linking import Linked, link
from simpul.identity.suggesting import suggest_niks

__all__ = ["Linked", "link", "suggest_niks"]
