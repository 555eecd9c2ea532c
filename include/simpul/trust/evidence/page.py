"""The answer as one page that needs no network and can be printed, in both languages."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from expectations.site.offline import SHIPPED
from expectations.site.pages import render
from simpul.trust.evidence.declared import words
from simpul.trust.evidence.figure import HIDDEN


def page(found: dict[str, Any]) -> str:
    """HTML of what `asking.evidence_of` found."""
    figure = found["figure"]
    for rules in (
        *(file["gates"] for file in found["files"]),
        found["release"]["gates"],
    ):
        for rule in rules:
            rule |= {"anchor": "", "is_set_aside": False, "addresses": [], "address_count": 0}
    files = [
        {**file, "told_gates": [rule for rule in file["gates"] if rule["waiver"] or not rule["passed"]]}
        for file in found["files"]
    ]
    return render(
        "evidence.html.j2",
        root="",
        **{name: value for name, value in found.items() if name not in ("figure", "files")},
        files=files,
        told=figure,
        comment=words(figure["comments"].get(figure["column"] or "", "")),
        names={file["file_id"]: file["name"] for file in found["files"]},
        hidden=HIDDEN,
        css=Markup((SHIPPED / "simpul.css").read_text(encoding="utf-8")),  # noqa: S704 - our own style sheet
    )
