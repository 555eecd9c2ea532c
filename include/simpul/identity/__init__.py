"""Who is the same person: every source record of a release gets a person and a family, with numbers kept for good.

In this issue by NIK alone, behind the interface that stays: `link` reads ``intermediate.int_person_record`` and writes
schema ``identity``; marts read ``identity.link``.
"""

from simpul.identity.linking import Linked, link
from simpul.identity.suggesting import suggest_niks

__all__ = ["Linked", "link", "suggest_niks"]
