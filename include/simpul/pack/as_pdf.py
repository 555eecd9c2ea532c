"""The pack for the printer: Typst sets the texts of the view by ``page.typ``; they are data there, never markup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simpul.errors import SimpulError
from simpul.pack.model import Document

_TEMPLATE = Path(__file__).with_name("page.typ")


def written(view: dict[str, Any], document: Document) -> bytes:
    """PDF, A4, tagged for screen readers.

    Raises:
        SimpulError: Typst refuses a page.
    """
    import matplotlib
    import typst

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    pages = {name: value for name, value in view.items() if name != "sources"}  # pages have those of `listed`
    told = json.dumps(
        pages, ensure_ascii=False, default=lambda _: None
    )  # pictures as SVG: their PNG is for sheets
    try:
        pdf: bytes = typst.compile(
            _TEMPLATE,
            root=_TEMPLATE.parent,
            font_paths=[fonts],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"view": told},
            timestamp=int(document.made_at.timestamp()),
        )
    except typst.TypstError as error:
        raise SimpulError(
            f"the pages cannot be set: {error.message}",
            code="pack",
            hint="report it; XLSX and HTML are whole",
        ) from None
    return pdf
