"""What a workbook keeps of its rows beside them: comments, caches of pivot tables, labels of charts."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import replace

from simpul.blanking.sought import MASK, Sought

_COMMENT = re.compile(
    rb'(<(\w+:)?(comment|threadedComment)\b[^>]*?\bref="[A-Z]+(\d+)"[^>]*>)(.*?)(</(?:\w+:)?\3>)', re.S
)
_TARGET = re.compile(rb'\bTarget="([^"]+)"')
_TEXT = re.compile(rb">([^<>]+)<")
_TAG = re.compile(rb"<[^>]*>")
_CACHE = re.compile(r"xl/pivotCache/pivotCache(Definition|Records)\d*\.xml")
_SHARED = re.compile(rb"<(\w+:)?sharedItems\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?sharedItems>)", re.S)
_ITEM = re.compile(rb"<(?:\w+:)?[smndbe](?=[\s/>])")
_ROOT = re.compile(rb"<((?:\w+:)?pivotCache(?:Definition|Records))\b([^>]*?)(/?)>")
_TOLD = re.compile(rb'\s(?:count|recordCount|refreshOnLoad|refreshedBy)="[^"]*"')
_LABELS = ("xl/charts/", "xl/drawings/", "docProps/", "customXml/")


def parts(
    book: zipfile.ZipFile, known: Collection[str], gone: Mapping[str, Collection[int]], sought: Sought
) -> dict[str, bytes]:
    """Parts that are no sheet, without what they tell of the person: part → new content.

    Args:
        book: an .xlsx file.
        known: parts that are dealt with elsewhere: sheets and their texts.
        gone: part of a sheet → rows that were blanked in it.
        sought: whom to look for.
    """
    has_person = any(gone.values())
    contents = {name: book.read(name) for name in book.namelist() if name not in known}
    rows = {
        posixpath.normpath(posixpath.join(posixpath.dirname(sheet), target)).lstrip("/"): set(numbers)
        for sheet, numbers in gone.items()
        for target in _related(contents, sheet)
    }
    caches = {name: content for name, content in contents.items() if _CACHE.fullmatch(name)}
    own = sought.own_pattern
    is_cached = has_person or any(own and own.search(content) for content in caches.values())
    # a name alone tells nobody, but beside rows of the person it is theirs
    sought = sought if has_person else replace(sought, names=frozenset())
    altered = {}
    for name, content in contents.items():
        if name in caches:
            less = _forgotten(content) if is_cached else content
        elif b"omment" in content and _COMMENT.search(content):
            less = _uncommented(content, rows.get(name, set()), sought)
        elif name.startswith(_LABELS):
            less = _TEXT.sub(lambda found: _unnamed(found, sought), content)
        else:
            less = content
        if (less := sought.masked(less)) != content:
            altered[name] = less
    return altered


def _related(contents: Mapping[str, bytes], sheet: str) -> list[str]:
    folder, name = posixpath.split(sheet)
    return [target.decode() for target in _TARGET.findall(contents.get(f"{folder}/_rels/{name}.rels", b""))]


def _tells(text: bytes, sought: Sought) -> bool:
    told = html.unescape(text.decode("utf-8", "replace")).encode("utf-8", "replace")
    return bool(sought.own_pattern and sought.own_pattern.search(told)) or sought.is_named(told)


def _uncommented(content: bytes, rows: set[int], sought: Sought) -> bytes:
    """Comments on rows that went, and those that tell of the person, say nothing."""

    def told(found: re.Match[bytes]) -> bytes:
        start, prefix, kind, row, inside, end = found.groups()
        if int(row) not in rows and not _tells(_TAG.sub(b" ", inside), sought):
            return found[0]
        p = prefix or b""
        nothing = b"<%st/>" % p if kind == b"comment" else b""
        return b"%s<%stext>%s</%stext>%s" % (start, p, nothing, p, end)

    return _COMMENT.sub(told, content)


def _forgotten(content: bytes) -> bytes:
    """A cache without records, whose values are numbers of their places: the table is computed anew when opened."""

    def numbered(found: re.Match[bytes]) -> bytes:
        p, count = found[1] or b"", len(_ITEM.findall(found[2] or b""))
        items = b"".join(b'<%ss v="%d"/>' % (p, number) for number in range(1, count + 1))
        told = b' count="%d"' % count if count else b""
        return b"<%ssharedItems%s>%s</%ssharedItems>" % (p, told, items, p)

    root = _ROOT.search(content)
    if root is None:
        return content
    attributes = _TOLD.sub(b"", root[2])
    if root[1].endswith(b"Records"):
        return content[: root.start()] + b'<%s%s count="0"/>' % (root[1], attributes)
    head = b'<%s%s refreshOnLoad="1" recordCount="0"%s>' % (root[1], attributes, root[3])
    return content[: root.start()] + head + _SHARED.sub(numbered, content[root.end() :])


def _unnamed(found: re.Match[bytes], sought: Sought) -> bytes:
    return b">%s<" % MASK.encode() if _tells(found[1], sought) else found[0]
