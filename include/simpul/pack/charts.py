"""Charts and maps as SVG for pages and PNG for sheets, by Matplotlib: the same bytes for the same figures."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from simpul.pack import tiles
from simpul.pack.model import Bars, Map, Trend
from simpul.pack.tiles import WIDTH
from simpul.pack.words import decimal

DPI = 130
_HIGHEST = 8.0  # inches: leaves room on a page for headings, caption and the first line of what stands below
_COLOURS = ("#0b5394", "#b45309", "#4d4d4d", "#38761d")
_MARKS = ("o", "s", "^", "D")
_NONE = "#e5e5e5"
_SPACE = "\u2007"  # as wide as a digit, and no program leaves one out of two
_FEW_YEARS = 12  # of more there is no room for the words of both surveys of a year
_STYLE = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib: charts look alike on every machine
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "simpul",
    "path.simplify": False,
}


def drawn(chart: Trend | Bars | Map) -> tuple[str, bytes]:
    """SVG and PNG of a chart."""
    import matplotlib
    from matplotlib.figure import Figure

    draw: dict[type, Callable[[Figure, Any], None]] = {Trend: _trend, Bars: _bars, Map: _map}
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        figure = Figure(layout="constrained")
        draw[type(chart)](figure, chart)
        svg, png = io.StringIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None})
        figure.savefig(png, format="png", dpi=DPI, metadata={"Software": None})
    text = svg.getvalue()
    return text[text.index("<svg") :], png.getvalue()


def _trend(figure: Any, chart: Trend) -> None:
    figure.set_size_inches(WIDTH, 3.0)
    axes = figure.add_subplot()
    told = {period for values in chart.series.values() for period in values}
    told |= {period for period, _, _ in chart.targets}
    places = {period: _years(period) for period in sorted(told)}  # as far apart as they are in time
    for number, (name, values) in enumerate(chart.series.items()):
        points = [float("nan") if value is None else value for value in values.values()]
        axes.plot(
            [places[period] for period in values], points, label=name, color=_COLOURS[number % 4],
            marker=_MARKS[number % 4], markersize=4, linewidth=1.6 if number == 0 else 1.1,
        )  # fmt: skip
        quoted = {
            places[period]: value
            for period, value in values.items()
            if value is not None and period in chart.quoted.get(name, ())
        }
        axes.plot(
            list(quoted), list(quoted.values()), color=_COLOURS[number % 4], marker=_MARKS[number % 4],
            markersize=5, linestyle="none", markerfacecolor="white", zorder=3,
        )  # fmt: skip
        if number == 0:
            for period, value in values.items():
                if value is not None:
                    axes.annotate(_starred(value, places[period] in quoted), (places[period], value),
                                  textcoords="offset points", xytext=(0, 6), ha="center", fontsize=7,
                                  color=_COLOURS[0])  # fmt: skip
    if any(chart.quoted.values()):
        axes.plot([], [], color=_COLOURS[2], marker="o", markersize=5, linestyle="none", markerfacecolor="white",
                  label="Kutipan, bukan tabel BPS")  # fmt: skip
    for number, (period, low, high) in enumerate(chart.targets):
        place = places[period]
        axes.plot([place, place], [low, high], color="#b00020", linewidth=5, solid_capstyle="butt",
                  label="Target" if number == 0 else None)  # fmt: skip
        axes.plot(place, high, color="#b00020", marker="_", markersize=9)
        axes.annotate(decimal(high), (place, high), textcoords="offset points", xytext=(0, 6), ha="center",
                      fontsize=7, color="#b00020")  # fmt: skip
    span = max(places.values()) - min(places.values())
    axes.set_xticks(list(places.values()), [_short(period, span) for period in places], fontsize=7)
    axes.set_xlim(min(places.values()) - 0.4, max(places.values()) + 0.4)
    _finish(axes, chart.unit)
    axes.legend(frameon=False, fontsize=7, ncols=4, loc="lower left", bbox_to_anchor=(0, 1.0))


def _starred(value: float, is_quoted: bool) -> str:
    return decimal(value) + ("*" if is_quoted else "")


def _years(period: str) -> float:
    """``2024-09`` → 2024.5 from March on: a place on an axis of time."""
    year, _, number = period.partition("-")
    return int(year) + (int(number) - 3) / 12


def _short(period: str, span: float) -> str:
    """The year stands below its March; over many years a September is a mark without a word."""
    year, _, number = period.partition("-")
    if number == "03":
        return f"Mar\n{year}"
    return "Sep" if span <= _FEW_YEARS else ""


def _finish(axes: Any, unit: str) -> None:
    from matplotlib.ticker import FuncFormatter

    axes.set_ylim(0, 1.15 * axes.dataLim.y1)
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: decimal(value, 0 if value == int(value) else 1))
    )
    axes.set_ylabel(unit)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _bars(figure: Any, chart: Bars) -> None:
    names = list(chart.values)[::-1]
    figure.set_size_inches(WIDTH, min(_HIGHEST, 0.9 + 0.21 * len(names)))
    axes = figure.add_subplot()
    values = [chart.values[name] for name in names]
    colours = [_COLOURS[1] if name == chart.own else _COLOURS[0] for name in names]
    axes.barh(range(len(names)), values, color=colours, height=0.7)
    # the figure stands beside its name: at the end of its bar the lines of province and nation would run through it
    told = [_starred(value, name in chart.quoted) for name, value in zip(names, values, strict=True)]
    widest = max(map(len, told), default=0)
    axes.set_yticks(
        range(len(names)),
        [f"{name}{_SPACE * 2}{text.rjust(widest, _SPACE)}" for name, text in zip(names, told, strict=True)],
    )
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(0, max([*values, *chart.lines.values()], default=1) * 1.02 or 1)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    for style, (name, value) in zip(("--", ":"), chart.lines.items(), strict=False):
        axes.axvline(value, color="white", linewidth=2.8)  # seen on a bar, too
        axes.axvline(
            value,
            color="#333333",
            linestyle=style,
            linewidth=1.2,
            label=f"{name} {_starred(value, name in chart.quoted)}",
        )
    if chart.lines:
        axes.legend(frameon=False, fontsize=7, ncols=2, loc="lower left", bbox_to_anchor=(0, 1.0))


def _map(figure: Any, chart: Map) -> None:
    from matplotlib import colormaps
    from matplotlib.colors import Normalize
    from matplotlib.patches import Patch, PathPatch

    shapes = tiles.shapes(chart.regions)
    figure.set_size_inches(WIDTH, shapes.height_for(WIDTH))
    axes = figure.add_subplot()
    known = [value for _, value in chart.regions.values() if value is not None]
    scale = Normalize(min(known, default=0), max(max(known, default=1), min(known, default=0) + 1e-9))
    colours = colormaps["YlOrBr"]
    for code, shape in shapes.paths.items():
        name, value = chart.regions[code]
        fill = _NONE if value is None else colours(0.08 + 0.72 * scale(value))
        hatch = "///" if value is None else None
        axes.add_patch(PathPatch(shape, facecolor=fill, edgecolor="white", linewidth=1, hatch=hatch))
        if code == chart.own:
            axes.add_patch(PathPatch(shape, fill=False, edgecolor="#111111", linewidth=2, zorder=3))
        x, y, room = shapes.labels[code]
        dark = value is not None and scale(value) > 0.72
        lines = [*tiles.short(code, name), "–" if value is None else _starred(value, code in chart.quoted)]
        axes.text(x, y, "\n".join(shapes.fitting(lines, room, WIDTH)), ha="center", va="center",
                  fontsize=shapes.font_size, color="white" if dark else "#111111",
                  zorder=4, linespacing=1.05)  # fmt: skip
    axes.set_xlim(*shapes.x)
    axes.set_ylim(*shapes.y)
    axes.set_aspect("equal" if shapes.are_borders else "auto")
    axes.axis("off")
    keys = [Patch(facecolor=colours(0.08 + 0.72 * part), label=decimal(scale.vmin + part * (scale.vmax - scale.vmin)))
            for part in ((0, 0.5, 1) if len(set(known)) > 1 else (0,) if known else ())]  # fmt: skip
    if len(known) < len(chart.regions):
        keys.append(Patch(facecolor=_NONE, hatch="///", edgecolor="white", label="belum ada angka"))
    axes.legend(handles=keys, frameon=False, fontsize=7, ncols=4, loc="lower left", bbox_to_anchor=(0, 1.0),
                title=chart.unit, title_fontsize=7, alignment="left")  # fmt: skip
