"""From a published figure to the rows behind it, in the files as they were delivered (docs/adr/0044-evidence.md)."""

from simpul.trust.evidence.asking import Asked, asked_of, evidence_of, opened
from simpul.trust.evidence.declared import Part, declared

__all__ = ["Asked", "Part", "asked_of", "declared", "evidence_of", "opened"]
