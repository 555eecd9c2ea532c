"""Erasing a person from everywhere, and saying so without saying who it was (ADR 0049)."""

from simpul.trust.erasure.certificate import Check, verify
from simpul.trust.erasure.erasing import Erasure, erase, lift, listed, preview

__all__ = ["Check", "Erasure", "erase", "lift", "listed", "preview", "verify"]
