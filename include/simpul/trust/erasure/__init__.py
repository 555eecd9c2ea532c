"""Erasing a person from everywhere, and saying so without saying who it was (ADR 0049)."""

from simpul.trust.erasure.certificate import Check, after_rebuild, verify
from simpul.trust.erasure.erasing import Erasure, erase, lift, listed, preview

__all__ = ["Check", "Erasure", "after_rebuild", "erase", "lift", "listed", "preview", "verify"]
