"""Numbers as Indonesia writes them: 1.234,56; in English sentences 1,234.56."""

from __future__ import annotations

from decimal import Decimal


def number(value: int | None) -> str:
    """Thousands with a dot; a dash where nothing is known."""
    return "–" if value is None else f"{value:,}".replace(",", ".")


def as_printed(value: Decimal | int) -> str:
    """With as many decimals as it has: ``83,32``, ``100``."""
    exact = Decimal(value)
    digits = max(0, -int(exact.as_tuple().exponent))
    whole, _, fraction = f"{abs(exact):.{digits}f}".partition(".")
    return ("−" if exact < 0 else "") + number(int(whole)) + (f",{fraction}" if fraction else "")


def decimal(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """With a comma and a real minus; what rounds to nothing has no sign."""
    rounded = round(value, digits)
    sign = "+" if signed and rounded > 0 else ""
    return f"{sign}{rounded or 0.0:.{digits}f}".replace(".", ",").replace("-", "−")


_SWAPPED = str.maketrans(".,", ",.")


def in_english(told: str) -> str:
    """A number told for Indonesia, as an English sentence writes it."""
    return told.translate(_SWAPPED)


def share(part: int, whole: int) -> float:
    """0 where there is nothing to share."""
    return part / whole if whole else 0.0


def percent(value: float, digits: int = 2) -> str:
    """Of a share from 0 to 1. What is there is never told as nothing, and what is not all never as all."""
    least = 10**-digits
    if 0 < value < least / 200:
        return f"< {decimal(least, digits)} %"
    if 1 - least / 200 < value < 1:
        return f"> {decimal(100 - least, digits)} %"
    return f"{decimal(100 * value, digits)} %"
