"""Landing: files that agencies drop → archived, registered, loaded; and the end of it, landed or held."""

from simpul.landing.finish import hold, settle_file
from simpul.landing.inbox import discover
from simpul.landing.receive import land, land_file, reland
from simpul.landing.result import LandResult, Unsettled

__all__ = ["LandResult", "Unsettled", "discover", "hold", "land", "land_file", "reland", "settle_file"]
