"""Make Great Expectations' pages open with no internet: local styles and scripts, nothing fetched from outside.

Its templates load from seven public CDNs. Every such reference is known here by name: one that is not (a newer
version may add some) stops the build, and so does a page that is missing or was left empty, because Great
Expectations only logs when it cannot render one.
"""

from __future__ import annotations

import html
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from simpul.errors import SimpulError
from simpul.files import write_whole

SHIPPED = Path(__file__).parent / "static"

# part of the address → our file, or None: the pages do not need it (see static/NOTICE.md)
_REPLACED: dict[str, str | None] = {
    "/bootstrap/4.3.1/css/bootstrap.min.css": "bootstrap.min.css",
    "/bootstrap/4.3.1/js/bootstrap.min.js": "bootstrap.bundle.min.js",
    "//code.jquery.com/jquery-": "jquery.min.js",
    "/font-awesome/": "gx.css",
    "/popper.js/": None,  # in the bundle
    "/bootstrap-table@": None,
    "/bootstrap-datepicker/": None,
    "/bootstrap-dark@": None,
    "/npm/vega": None,
}

_TAG = re.compile(r"<script\b[^>]*\bsrc=[^>]*>\s*</script>|<link\b[^>]*>", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:src|href)\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_LOGO = re.compile(r"<img\b[^>]*logo-long\.png[^>]*/?>", re.IGNORECASE | re.DOTALL)
_FOOTER = re.compile(r"<footer\b.*?</footer>", re.IGNORECASE | re.DOTALL)
# scrolls where its table is wider than the window: also by the keyboard
_SCROLLS = re.compile(r"<div(?=[^>]*\bclass=[\"'][^\"']*\btable-responsive\b)", re.IGNORECASE)
_REMOTE_STYLE = re.compile(r"[a-z-]+\s*:\s*url\(\s*[\"']?(?:https?:)?//[^)]*\)[^;}]*;?", re.IGNORECASE)
# whatever a browser would fetch on its own; plain links are only followed when a person clicks
_FETCHES = re.compile(
    r"<(?:script|link|img|iframe|source|video|audio|embed|object|input)\b[^>]*\b(?:src|href|data|srcset)\s*=\s*"
    r"[\"']?\s*(?:https?:)?//[^>]*>|url\(\s*[\"']?(?:https?:)?//[^)]*\)|@import[^;]*",
    re.IGNORECASE,
)


def remote_fetches(page: str) -> list[str]:
    """What a browser would load from outside when it opens ``page`` (HTML text)."""
    return [match.group(0)[:120] for match in _FETCHES.finditer(page)]


def ship_static(reports: Path) -> Path:
    """Put the shared styles and scripts into ``reports/static`` where they are missing or of another version."""
    target = reports / "static"
    target.mkdir(parents=True, exist_ok=True)
    for source in SHIPPED.iterdir():
        copy = target / source.name
        content = source.read_bytes()
        if not copy.exists() or copy.read_bytes() != content:
            write_whole(copy, content)
    return target


def make_offline(
    folder: Path, static: Path, *, home: Path, expected: Mapping[str, Sequence[str]]
) -> list[Path]:
    """Rewrite every page under ``folder`` in place.

    Args:
        folder: a site just written by Great Expectations.
        static: where the shared styles and scripts will stand, seen from the pages' final place ``home``.
        home: the folder in which ``folder`` will stand in the end.
        expected: suite name → codes of its rules; each suite must have its page and its results page, and both must
            show every rule.

    Returns:
        The result pages, relative to ``folder``.

    Raises:
        SimpulError: a page is missing, empty, or would still fetch something.
    """
    shutil.rmtree(folder / "static", ignore_errors=True)  # 4 MB of fonts and pictures that no page shows
    for page in sorted(folder.rglob("*.html")):
        relative = os.path.relpath(static, home / page.relative_to(folder).parent)
        text = _rewrite(page.read_text(encoding="utf-8"), Path(relative).as_posix())
        if left := remote_fetches(text):
            raise SimpulError(
                f"report page {page.name} would still load from outside: {left[0]}",
                code="report",
                hint="name it in expectations/site/offline.py: ship the file or leave it out",
            )
        page.write_text(text, encoding="utf-8")
    results = []
    for suite, codes in expected.items():
        for pattern in (f"expectations/{suite}.html", f"validations/{suite}/*/*/*.html"):
            page = _page_of(folder, pattern)
            text = page.read_text(encoding="utf-8")
            if unseen := [code for code in codes if f"{code}:" not in text]:
                raise SimpulError(
                    f"the report page of suite '{suite}' does not show the rules {', '.join(unseen)}",
                    code="report",
                )
        results.append(page.relative_to(folder))
    return results


def _page_of(folder: Path, pattern: str) -> Path:
    page = next(iter(folder.glob(pattern)), None)
    if page is None or not page.stat().st_size:
        raise SimpulError(
            f"Great Expectations did not write the report page {pattern}",
            code="report",
            hint="its renderer failed; run the same suite with logging on to see why",
        )
    return page


def _rewrite(page: str, static: str) -> str:
    page = _TAG.sub(lambda match: _local_tag(match.group(0), static), page)
    page = _LOGO.sub("Simpul", page)
    page = _FOOTER.sub("", page)
    page = page.replace("<html>", '<html lang="en">', 1)  # their words are English; a screen reader must know
    page = _SCROLLS.sub(r'<div tabindex="0"', page)
    return _REMOTE_STYLE.sub("", page)


def _local_tag(tag: str, static: str) -> str:
    address = _ADDRESS.search(tag)
    if not address:
        return tag
    target = html.unescape(address.group(1))
    if "icon" in tag and "rel=" in tag:
        return '<link rel="icon" href="data:,"/>'
    if not re.match(r"(?:https?:)?//", target):
        return tag
    for part, local in _REPLACED.items():
        if part in target:
            if local is None:
                return ""
            if local.endswith(".js"):
                return f'<script src="{static}/{local}"></script>'
            return f'<link rel="stylesheet" href="{static}/{local}"/>'
    return tag  # unknown: the check after rewriting stops the build and names it


def swap_in(built: Path, final: Path) -> None:
    """Put the folder ``built`` in the place of ``final``; an older one is removed afterwards."""
    final.parent.mkdir(parents=True, exist_ok=True)
    old = final.with_name(f".{final.name}.old-{os.getpid()}")
    if final.exists():
        final.rename(old)
    built.rename(final)
    shutil.rmtree(old, ignore_errors=True)
