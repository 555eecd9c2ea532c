"""The package → its record for a catalogue: DCAT as JSON-LD, places by their Kemendagri codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from simpul.contract import Text
from simpul.settings import get_settings
from simpul.trust.opendata.declared import REGION
from simpul.trust.opendata.reading import Rows, level_of

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "spdx": "http://spdx.org/rdf/terms#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_THEME = "http://publications.europa.eu/resource/authority/data-theme/SOCI"
_PERIOD = re.compile(r"^(\d{4})(?:-(?:Q([1-4])|(\d{2})))?$")


def record(descriptor: Mapping[str, Any], tables: Mapping[str, Rows]) -> dict[str, Any]:
    """The dataset and one distribution per file."""
    settings = get_settings()
    base = f"{settings.open_data_url.rstrip('/')}/{descriptor['id']}"
    first, last = extent(tables)
    licence = descriptor["licenses"][0]
    return {
        "@context": _CONTEXT,
        "@type": "dcat:Dataset",
        "@id": base,
        "dct:identifier": descriptor["id"],
        "dct:title": _both(descriptor["title"]),
        "dct:description": _both(descriptor["description"]),
        "dct:issued": {"@type": "xsd:date", "@value": descriptor["created"][:10]},
        "dcat:version": descriptor["version"],
        "dct:language": ["id", "en"],
        "dcat:keyword": descriptor["keywords"],
        "dcat:theme": {"@id": _THEME},
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": settings.open_data_publisher},
        "dcat:contactPoint": {
            "@type": "vcard:Organization",
            "vcard:fn": settings.open_data_publisher,
            "vcard:hasEmail" if settings.open_data_contact.startswith("mailto:") else "vcard:hasURL": {
                "@id": settings.open_data_contact
            },
        },
        "dct:license": {"@id": licence.get("path") or licence["name"]},
        **({"dct:temporal": _time(first, last)} if first and last else {}),
        "dct:spatial": [
            {
                "@type": "dct:Location",
                "dct:identifier": code,
                "skos:prefLabel": name,
                "skos:note": "Kode Kemendagri",
            }
            for code, name in places(tables)
        ],
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "@id": f"{base}/{resource['path']}",
                "dct:title": _both(resource["title"]),
                "dct:description": _both(resource["description"]),
                "dcat:downloadURL": {"@id": f"{base}/{resource['path']}"},
                "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/text/csv"},
                "dcat:byteSize": resource["bytes"],
                "spdx:checksum": {
                    "@type": "spdx:Checksum",
                    "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                    "spdx:checksumValue": resource["hash"].removeprefix("sha256:"),
                },
            }
            for resource in descriptor["resources"]
        ],
    }


def extent(tables: Mapping[str, Rows]) -> tuple[str | None, str | None]:
    """First and last year that a row speaks of."""
    years = sorted(set(_years(tables)))
    return (years[0], years[-1]) if years else (None, None)


def _years(tables: Mapping[str, Rows]) -> Iterator[str]:
    for rows in tables.values():
        for column in {"period", "year"} & set(rows.table.open.key):
            at = rows.table.open.key.index(column)
            yield from (match[1] for key in rows.rows if (match := _PERIOD.match(key[at])))


def places(tables: Mapping[str, Rows]) -> list[tuple[str, str]]:
    """Regencies and cities of which people are counted, the nation where there are none: code and name."""
    names = {
        key[0]: str(row["name"])
        for key, row in sorted(tables["dim_region"].rows.items())
        if row.get("is_current")
    }
    codes = {
        key[rows.table.open.key.index(REGION)]
        for rows in tables.values()
        if rows.table.open.counts and REGION in rows.table.open.key
        for key in rows.rows
    }
    regencies = sorted(code for code in codes if level_of(code) == "regency" and code in names)
    return [(code, names[code]) for code in regencies] or [("00", names.get("00", "Indonesia"))]


def _time(first: str, last: str) -> dict[str, Any]:
    return {
        "@type": "dct:PeriodOfTime",
        "dcat:startDate": {"@type": "xsd:gYear", "@value": first},
        "dcat:endDate": {"@type": "xsd:gYear", "@value": last},
    }


def _both(text: str) -> list[dict[str, str]]:
    both = Text.of(text)
    return [{"@language": "en", "@value": both.en}, {"@language": "id", "@value": both.id}]
