"""Landing: files that agencies drop → archived, registered, loaded; the end of it, landed or held; and back out."""

from simpul.landing.finish import hold, settle_file
from simpul.landing.inbox import Watch, discover
from simpul.landing.receive import land, land_file, members, reland
from simpul.landing.result import LandResult, Unsettled
from simpul.landing.tidy import drop_unpacked
from simpul.landing.withdrawal import Withdrawal, withdraw

__all__ = [
    "LandResult",
    "Unsettled",
    "Watch",
    "Withdrawal",
    "discover",
    "drop_unpacked",
    "hold",
    "land",
    "land_file",
    "members",
    "reland",
    "settle_file",
    "withdraw",
]
