"""The errors a person may have to read: what went wrong, where, and what to do about it."""

import re

LONG_NUMBER = re.compile(r"\d{10,}")
"""What may be a NIK or the number of a card, wherever somebody wrote it; not a date."""


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
