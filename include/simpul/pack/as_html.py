"""The pack for the screen: one page with everything in it, no script, nothing fetched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from simpul.pack.model import Document

_FOLDER = Path(__file__).parent
_PERIOD = re.compile(r"\b[12]\d{3}-[01]\d\b")
_SVG = ("<svg ", '<svg role="img" aria-label="{}" ')


def written(view: dict[str, Any], document: Document) -> bytes:
    """HTML."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["picture"] = _picture
    environment.filters["kept"] = _kept
    css = Markup((_FOLDER / "page.css").read_text(encoding="utf-8"))  # noqa: S704 - our own style sheet
    return environment.get_template("page.html.j2").render(view=view, css=css).encode()


def _kept(text: str) -> Markup:
    """Escaped; a period is not broken at its dash."""
    # a plain string: Python 3.11 puts the replacement together with its own `join`, which would escape it
    return Markup(_PERIOD.sub(r'<span class="kept">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped just now


def _picture(svg: str, alt: str, name: str) -> Markup:
    """The drawing, with its ids made its own: several stand on one page."""
    mark = name.replace(" ", "-").replace(".", "-").lower() + "-"
    for before in (' id="', "url(#", 'xlink:href="#'):
        svg = svg.replace(before, before + mark)
    return Markup(svg.replace(_SVG[0], Markup(_SVG[1]).format(alt), 1))  # noqa: S704 - drawn by ourselves from escaped texts
