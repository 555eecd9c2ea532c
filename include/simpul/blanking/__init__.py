"""Files written anew without the rows of a person: every other row keeps its place and its text (ADR 0049)."""

from simpul.blanking.files import Blanked, Unreadable, blank
from simpul.blanking.sought import Sought, letters

__all__ = ["Blanked", "Sought", "Unreadable", "blank", "letters"]
