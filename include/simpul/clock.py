"""The clock of those who read: moments are kept in UTC and told in western Indonesian time, always with the zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")
"""UTC+7, without summer time."""


def told(moment: datetime | None) -> str:
    """``2026-03-01 14:05 WIB``, for people; a dash where there is none. Every time that is printed goes this way."""
    return "–" if moment is None else f"{moment.astimezone(WIB):%Y-%m-%d %H:%M} WIB"
