"""The provinces as tiles, arranged as they lie: what no map of Superset's own can show since new ones were made.

Superset has no picture of named cells, but a table's cell may hold HTML. It is made here, of figures and of the labels
of the packs' own tiles; nothing that somebody delivered goes into it.
"""

from __future__ import annotations

import csv
from pathlib import Path

import simpul

_TILES = Path(simpul.__file__).parent / "pack" / "tiles.csv"
"""Region code, column, row and short name of every province: the packs' picture and this one are the same."""
_COLOUR = "217,72,1"  # the darkest of the scale that maps have
_LIGHTEST, _DARKEST = 0.06, 0.66  # how much of it: black letters stand on it at a contrast of 6 and more


def tiles_sql(column: str, survey: str) -> str:
    """SQL of one cell with all provinces, over rows of any regions: name, and ``column`` with two decimals.

    All figures are of the last ``survey`` that any province is told of; whom it does not tell of has a dash on a
    white tile. Colours go from nought to the highest figure.

    Args:
        column: a figure of the region.
        survey: SQL that orders surveys by its text.
    """
    with _TILES.open(encoding="utf-8", newline="") as file:
        tiles = list(csv.DictReader(file))
    columns = 1 + max(int(tile["column"]) for tile in tiles)
    places = ", ".join(
        f"('{tile['region_code']}', {int(tile['column']) + 1}, {int(tile['row']) + 1}, '{tile['label']}')"
        for tile in tiles
    )
    codes = ", ".join(f"'{tile['region_code']}'" for tile in tiles)
    of_provinces = f"region_code in ({codes}) and {column} is not null"
    depth = f"round({_LIGHTEST} + {_DARKEST - _LIGHTEST:.2f} * told.share, 2)"
    style = (
        "'<div style=\"grid-column:' || tile.place || ';grid-row:' || tile.line || ';padding:4px 0;background:'"
        f" || coalesce('rgba({_COLOUR},' || {depth} || ')', '#fff')"
        " || ';border:1px solid #ccc;text-align:center;font-size:11px;line-height:1.4;color:#111\">'"
    )
    figure = "coalesce(replace(to_char(told.figure, 'FM990.00'), '.', ','), '–')"
    grid = f"display:grid;grid-template-columns:repeat({columns},1fr);gap:2px;background:#fff"
    return (
        f"(select '<div style=\"{grid}\">'"  # noqa: S608 - names and labels of our own
        f" || string_agg({style} || tile.label || '<br>' || {figure} || '</div>', '' order by tile.code)"
        f" || '</div>' from (values {places}) as tile (code, place, line, label)"
        " left join (select code, figure, figure / nullif(max(figure) over (), 0) as share"
        f" from unnest(array_agg(region_code), array_agg({survey}), array_agg({column}))"
        " as given (code, told_by, figure)"
        f" where figure is not null and code in ({codes}) and told_by = max({survey}) filter (where {of_provinces})"
        ") as told on tile.code = told.code)"
    )
