"""What a workbook keeps of its rows beside them: comments, caches of pivot tables and other books, filters, labels."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import replace

from simpul.blanking.sought import MASK, Sought

_COMMENT = re.compile(
    rb"(<(\w+:)?(comment|threadedComment)\b[^>]*?\bref\s*=\s*['\"][A-Z]+(\d+)['\"][^>]*>)(.*?)(</(?:\w+:)?\3>)",
    re.S,
)
_TARGET = re.compile(rb"\bTarget\s*=\s*(?:\"([^\"]+)\"|'([^']+)')")
_TEXT = re.compile(rb"<(/?)(?:\w+:)?([\w.-]+)([^<>]*)>([^<>]+)(?=<)")
_TAG = re.compile(rb"<[^>]*>")
_CACHE = re.compile(r"xl/pivotCache/pivotCache(Definition|Records)\d*\.xml")
_SHARED = re.compile(rb"<(\w+:)?sharedItems\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?sharedItems>)", re.S)
_ITEM = re.compile(rb"<(?:\w+:)?[smndbe](?=[\s/>])")
_ROOT = re.compile(rb"<((?:\w+:)?pivotCache(?:Definition|Records))\b([^>]*?)(/?)>")
_TOLD = re.compile(rb"\s(?:count|recordCount|refreshOnLoad|refreshedBy)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_FOREIGN = re.compile(r"xl/externalLinks/[^/]*\.xml")
_FOREIGN_ROW = re.compile(rb"<((?:\w+:)?)row\b[^>]*?(?<!/)>.*?</\1row>", re.S)
_FORMULA = re.compile(rb"f|definedName|\w*[fF]ormula\d?")
_LITERAL = re.compile(rb'(&quot;|")(.*?)\1', re.S)
_SAID: dict[bytes, tuple[bytes, ...]] = {
    b"filter": (b"val", b"stringValue1", b"stringValue2"),  # of a table, of a pivot table
    b"customFilter": (b"val",),
    b"dataValidation": (b"prompt", b"promptTitle", b"error", b"errorTitle"),
    b"cfRule": (b"text",),
    b"hyperlink": (b"display", b"tooltip"),
    b"inputCells": (b"val",),
    b"definedName": (b"comment", b"description"),
    b"dbPr": (b"command",),
    b"Relationship": (b"Target",),  # to another file
    b"cNvPr": (b"name", b"descr", b"title"),
    b"item": (b"n",),  # of a pivot table
    b"i": (b"n", b"c"),  # of a slicer
}
"""Elements beside the cells → their attributes that repeat what stands in one, or what somebody typed."""
_SAYING = re.compile(rb"<(?:\w+:)?(%s)\s[^>]*>" % b"|".join(sorted(_SAID, key=len, reverse=True)))
_ATTRIBUTE = re.compile(rb"([\w:]+)(\s*=\s*)(?:\"([^\"]*)\"|'([^']*)')")


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
        elif _FOREIGN.fullmatch(name):
            less = _FOREIGN_ROW.sub(lambda row: b"" if _tells(_spaced(row[0]), sought) else row[0], content)
        elif name.endswith((".xml", ".vml", ".rels")) and has_person:
            less = around_cells(content, sought)
        else:
            less = content
        if (less := sought.masked(less)) != content:
            altered[name] = less
    return altered


def _related(contents: Mapping[str, bytes], sheet: str) -> list[str]:
    folder, name = posixpath.split(sheet)
    told = contents.get(f"{folder}/_rels/{name}.rels", b"")
    return [(double or single).decode() for double, single in _TARGET.findall(told)]


def around_cells(content: bytes, sought: Sought) -> bytes:
    """A part, of a sheet all but its cells, without the texts that tell of the person: of filters, lists to choose
    from, rules, headings of pages, labels. What the person's rows said is theirs there, too, be it the name alone.
    """
    start, end = content.find(b"sheetData"), content.rfind(b"sheetData")
    if start < 0:
        return _unsaid(content, sought)
    return _unsaid(content[:start], sought) + content[start:end] + _unsaid(content[end:], sought)


def _unsaid(content: bytes, sought: Sought) -> bytes:
    said = _SAYING.sub(lambda tag: _unsaid_in(tag, sought), content)
    return _TEXT.sub(lambda found: _unnamed(found, sought), said)


def _unsaid_in(tag: re.Match[bytes], sought: Sought) -> bytes:
    if tag[1] == b"Relationship" and b"External" not in tag[0]:
        return tag[0]

    def told(found: re.Match[bytes]) -> bytes:
        name, equals, double, single = found.groups()
        if name not in _SAID[tag[1]] or not _tells(single if double is None else double, sought):
            return found[0]
        return b'%s%s"%s"' % (name, equals, MASK.encode())

    return _ATTRIBUTE.sub(told, tag[0])


def _unnamed(found: re.Match[bytes], sought: Sought) -> bytes:
    """Of a formula what stands in quotes, entry by entry; the rest are names of sheets and functions."""
    before, text = found[0][: -len(found[4])], found[4]
    if not found[1] and _FORMULA.fullmatch(found[2]):

        def told(literal: re.Match[bytes]) -> bytes:
            entries = (MASK.encode() if _tells(one, sought) else one for one in literal[2].split(b","))
            return literal[1] + b",".join(entries) + literal[1]

        return before + _LITERAL.sub(told, text)
    return before + (MASK.encode() if _tells(text, sought) else text)


def _tells(text: bytes, sought: Sought) -> bool:
    told = html.unescape(text.decode("utf-8", "replace")).encode("utf-8", "replace")
    return bool(sought.own_pattern and sought.own_pattern.search(told)) or sought.is_named(told)


def _spaced(element: bytes) -> bytes:
    return _TAG.sub(b" ", element)


def _uncommented(content: bytes, rows: set[int], sought: Sought) -> bytes:
    """Comments on rows that went, and those that tell of the person, say nothing."""

    def told(found: re.Match[bytes]) -> bytes:
        start, prefix, kind, row, inside, end = found.groups()
        if int(row) not in rows and not _tells(_spaced(inside), sought):
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
