"""Charts as inline SVG: they open with no internet and take the colours of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10

from markupsafe import Markup, escape

_WIDTH, _LEFT, _RIGHT, _TOP = 760, 8, 24, 22
_PANEL, _AXIS = 120, 40


@dataclass(frozen=True)
class Panel:
    """One histogram over the common axis: how many fall into the bin that begins at each value."""

    title: str
    counts: Mapping[float, int]
    tone: str
    """A colour of the page's styles: ``accent`` or ``warn``."""


@dataclass(frozen=True)
class Axis:
    """Bins of one width from ``first``; ``ticks``: value → what stands below it; ``line``: a limit and its name."""

    first: float
    last: float
    step: float
    ticks: Mapping[float, Sequence[str]]
    line: tuple[float, str]

    def place(self, value: float) -> float:
        """How far to the right a value stands."""
        bins = (self.last - self.first) / self.step + 1
        return _LEFT + (value - self.first) / self.step * (_WIDTH - _LEFT - _RIGHT) / bins


def histograms(panels: Sequence[Panel], axis: Axis, label: str) -> Markup:
    """Histograms one below the other. Heights grow with the logarithm, so that a few are seen beside many."""
    height = len(panels) * (_PANEL + _TOP) + _AXIS
    parts = [_panel(panel, axis, place * (_PANEL + _TOP)) for place, panel in enumerate(panels)]
    parts.append(_limit(axis, height - _AXIS))
    parts.append(_ticks(axis, height - _AXIS))
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, height, label, Markup("").join(parts)
    )


def _panel(panel: Panel, axis: Axis, top: float) -> Markup:
    bottom = top + _TOP + _PANEL
    most = log10(1 + max(panel.counts.values(), default=0)) or 1.0
    width = axis.place(axis.first + axis.step) - axis.place(axis.first)
    bars = [
        _bar(axis.place(value), width, bottom, log10(1 + count) / most * (_PANEL - 14), count, panel.tone)
        for value, count in sorted(panel.counts.items())
        if count
    ]
    title = Markup('<text class="title" x="{}" y="{}">{}</text>').format(_LEFT, top + 12, panel.title)
    base = Markup('<line class="base" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
        _LEFT, _WIDTH - _RIGHT, bottom, bottom
    )
    return Markup("").join([title, *bars, base])


def _bar(left: float, width: float, bottom: float, height: float, count: int, tone: str) -> Markup:
    told = f"{count:,}".replace(",", ".")
    return Markup(
        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
        '<text class="count" x="{:.1f}" y="{:.1f}">{}</text>'
    ).format(
        tone, left + 1, bottom - height, width - 2, height, left + width / 2, bottom - height - 3, told
    )  # fmt: skip


def _limit(axis: Axis, bottom: float) -> Markup:
    value, name = axis.line
    left = axis.place(value)
    return Markup(
        '<line class="limit" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>'
        '<text class="limit" x="{3:.1f}" y="{4}">{5}</text>'
    ).format(left, _TOP, bottom, left - 4, _TOP + 8, name)


def _ticks(axis: Axis, bottom: float) -> Markup:
    lines = [
        Markup('<text class="tick" x="{:.1f}" y="{}">{}</text>').format(
            axis.place(value), bottom + 14 * (row + 1), escape(text)
        )
        for value, texts in axis.ticks.items()
        for row, text in enumerate(texts)
    ]
    return Markup("").join(lines)
