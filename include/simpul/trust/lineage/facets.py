"""Facets of our own, beside OpenLineage's: the anchors that `simpul evidence` names (docs/lineage.md)."""

from __future__ import annotations

import attr
from openlineage.client.facet_v2 import DatasetFacet, RunFacet

_SCHEMA = "urn:simpul:lineage:1:{}"


@attr.define
class DeliveredFile(DatasetFacet):  # type: ignore[misc]
    """The file as it was delivered: what tells it for good, whatever it is called and wherever it lies."""

    fileId: str  # noqa: N815 - names of the events
    sha256: str
    name: str
    """Without long numbers, which may be a person's."""
    agency: str | None = None
    dataset: str | None = None
    edition: str | None = None
    period: str | None = None
    regionCode: str | None = None  # noqa: N815
    sheet: str | None = None
    status: str | None = None
    supersededBy: str | None = None  # noqa: N815

    @staticmethod
    def _get_schema() -> str:
        return _SCHEMA.format("DeliveredFileDatasetFacet")


@attr.define
class RowAnchor(DatasetFacet):  # type: ignore[misc]
    """Every row of the table names the row of the file that it is, in these columns."""

    fileId: str  # noqa: N815
    columns: dict[str, str]
    """Column of the table → what of the address it holds."""
    sheet: str | None = None

    @staticmethod
    def _get_schema() -> str:
        return _SCHEMA.format("RowAnchorDatasetFacet")


@attr.define
class ReleaseOf(RunFacet):  # type: ignore[misc]
    """The release that the run belongs to, and the event of the ledger that published it."""

    releaseId: int  # noqa: N815
    inputsHash: str | None = None  # noqa: N815
    contentHash: str | None = None  # noqa: N815
    ledgerEvent: int | None = None  # noqa: N815
    ledgerHash: str | None = None  # noqa: N815

    @staticmethod
    def _get_schema() -> str:
        return _SCHEMA.format("ReleaseRunFacet")
