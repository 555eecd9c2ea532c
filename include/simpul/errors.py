"""The errors a person may have to read: what went wrong, where, and what to do about it."""

import re

PARTED = " \t\n\r\u00a0\u200b\ufeff'`’./-"
"""What may stand before, within and behind a number: all that the macro `nik_digits` takes out, and the slash."""
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_TOLD = "|".join(
    (
        rf"{_YEAR}[-/. ]{_MONTH}[-/. ]{_DAY}",
        rf"{_DAY}[-/. ]{_MONTH}[-/. ]{_YEAR}",
        rf"{_YEAR}(?:-{_MONTH})?",
        r"20\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?",  # written together: no province has the number 20
        r"\d{1,3}(?:\.\d{3}){1,4}",  # an amount
        r"[1-9]\d\.\d\d(?:\.\d\d(?:\.\d{4})?)?",  # a region
        r"08\d{1,2}[ -]\d{3,4}[ -]\d{3,5}",  # a telephone
    )
)
LONG_NUMBER = re.compile(
    rf"(?<!\d)(?<!\d[{PARTED}])(?!(?:\d{{1,3}}[\s/-]+)?(?:(?:{_TOLD})(?!\d)[\s/-]*)+(?![{PARTED}]*\d))"
    rf"\d(?:[{PARTED}]*\d){{15,}}|\d{{10,}}"
)
"""What may be a NIK or the number of a card, wherever somebody wrote it: ten digits in a row, or sixteen parted however
a NIK may be. Not dates, years, months, amounts below a quadrillion, codes of regions, telephones: one or several of
them, behind one small number or none."""

_DIGEST = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[a-f])[0-9a-f]{12,64}(?![0-9A-Za-z])")


def unnumbered(text: str) -> str:
    """Without what may be a NIK. Digests stay: by them files are named."""
    told, done = [], 0
    for digest in _DIGEST.finditer(text):
        told += [LONG_NUMBER.sub("…", text[done : digest.start()]), digest[0]]
        done = digest.end()
    return "".join([*told, LONG_NUMBER.sub("…", text[done:])])


class SimpulError(Exception):
    """An error with a stable code and a hint.

    ``message`` says what was found and what was expected, ``hint`` says what to do. Neither may hold a value of a
    personal column: name the address (file, sheet, row, column) instead.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} — {self.hint}" if self.hint else self.message


class StackError(SimpulError):
    """The local services cannot be started, reached or stopped."""

    code = "stack"


class DatabaseTransient(SimpulError):
    """The database was busy, restarting or out of reach in the middle of work. Trying again can help."""

    code = "database_transient"


class ContractBreach(SimpulError):
    """Data or a declaration breaks a contract. Retrying cannot help: it fails at once."""

    code = "contract"


class HeldFile(ContractBreach):
    """A whole file is held: unknown, ambiguous, broken in structure, or contradicted by its cover letter."""

    code = "held"


class ReleaseError(SimpulError):
    """A release cannot be opened, attached, published or rolled back."""

    code = "release"
