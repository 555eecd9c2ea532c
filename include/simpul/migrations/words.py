"""Short forms for migrations: columns and comments in both languages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = JSONB()
TEXT = sa.Text()
BIGINT = sa.BigInteger()
MOMENT = sa.TIMESTAMP(timezone=True)


def both(english: str, indonesian: str) -> str:
    """A comment as BI tools show it: English — Indonesian."""
    return f"{english} — {indonesian}"


def column(
    name: str, kind: Any, english: str, indonesian: str, *extra: Any, **options: Any
) -> sa.Column[Any]:
    """A column with its comment; options as of ``sa.Column``."""
    return sa.Column(name, kind, *extra, comment=both(english, indonesian), **options)


def one_of(name: str, *values: str) -> sa.CheckConstraint:
    """The closed list of values of a text column."""
    return sa.CheckConstraint(
        f"{name} in ({', '.join(repr(value) for value in values)})", name=f"{name}_is_known"
    )


def comment_on(kind: str, name: str, english: str, indonesian: str) -> None:
    """Comment on an object that SQLAlchemy has no word for."""
    text = both(english, indonesian).replace("'", "''")
    op.execute(f"comment on {kind} {name} is '{text}'")
