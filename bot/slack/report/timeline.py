"""The timeline of grants: bars on an axis of time, as SVG that grows and shrinks with the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.slack.lines import short
from bot.slack.report.markup import text

_MOST_TICKS = 5
_LONGEST = 44
"""How much of a bar's words fits on a telephone; the table has all of it."""
_AHEAD = timedelta(days=366)
"""So far ahead of the report's moment the axis goes at most: what ends later goes on beyond the edge."""
_ROW, _HEAD, _BAR = 30, 22, 9
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What one bar says, over which time (`ends` None: it goes on), and how it is drawn."""

    label: str
    begins: datetime
    ends: datetime | None
    drawn: str


class Axis:
    """From when to when all timelines of a report go, so that they can be compared."""

    def __init__(self, first: datetime, last: datetime | None, *, moment: datetime, zone: ZoneInfo) -> None:
        ends = max(moment, min(last or moment, moment + _AHEAD))
        margin = max((ends - first) / 25, timedelta(hours=1))
        self.begins, self.ends = first, ends + margin
        self._moment = moment
        self._zone = zone
        self._ticks = self._find_ticks()

    def timeline(self, bars: Sequence[Bar], *, id_: str, title: str, description: str) -> str:
        """Return the SVG with these bars, each under its words."""
        height = _HEAD + _ROW * len(bars)
        drawn = [
            f'<svg role="img" aria-labelledby="{id_}-t {id_}-d" width="100%" height="{height}">',
            f'<title id="{id_}-t">{text(title)}</title>',
            f'<desc id="{id_}-d">{text(description)}</desc>',
        ]
        for at, words in self._ticks:
            x = self._x(at)
            drawn.append(f'<line class="grid" x1="{x}" x2="{x}" y1="16" y2="{height}"/>')
            drawn.append(f'<text class="tick" x="{x}" y="11" text-anchor="middle">{words}</text>')
        x = self._x(self._moment)
        drawn.append(f'<line class="mark" x1="{x}" x2="{x}" y1="16" y2="{height}"/>')
        for number, bar in enumerate(bars):
            drawn.append(self._bar(bar, _HEAD + _ROW * number))
        drawn.append("</svg>")
        return "".join(drawn)

    def _bar(self, bar: Bar, top: int) -> str:
        ends = self.ends if bar.ends is None else min(bar.ends, self.ends)
        width = max(self._share(ends) - self._share(bar.begins), 0.4)
        goes_on = bar.ends is None or bar.ends > self.ends
        y = top + 16
        arrow = (
            f'<svg x="100%" y="{y}"><path class="cut" d="M-10 -2 H1 V11 H-10 Z"/>'
            f'<path class="{bar.drawn}" d="M-10 -3 L-1 4.5 L-10 12 Z"/></svg>'
            if goes_on
            else ""
        )
        return (
            f'<text x="0" y="{top + 12}">{text(short(bar.label, _LONGEST))}</text>'
            f'<rect class="{bar.drawn}" x="{self._x(bar.begins)}" y="{y}" width="{width:.2f}%"'
            f' height="{_BAR}" rx="2"/>{arrow}'
        )

    def _share(self, at: datetime) -> float:
        return 100 * max(at - self.begins, timedelta()) / (self.ends - self.begins)

    def _x(self, at: datetime) -> str:
        return f"{self._share(at):.2f}%"

    def _find_ticks(self) -> list[tuple[datetime, str]]:
        """Return the marks of the axis: as many days, months or years apart as leave few enough of them."""
        found: list[datetime] = []
        for days in _DAYS:
            found = self._days(days)
            if len(found) <= _MOST_TICKS:
                return [(at, f"{at.day} {at:%b %Y}") for at in found if self._fits(at)]
        for months in _MONTHS:
            found = self._months(months)
            if len(found) <= _MOST_TICKS:
                break
        return [(at, f"{at:%Y}" if months >= 12 else f"{at:%b %Y}") for at in found if self._fits(at)]  # noqa: PLR2004  # a year

    def _fits(self, at: datetime) -> bool:
        """Say whether a mark's words, which are centred on it, stay on the page."""
        return 8 <= self._share(at) <= 92  # noqa: PLR2004  # of the width

    def _days(self, step: int) -> list[datetime]:
        at = self._midnight(self.begins.astimezone(self._zone))
        found: list[datetime] = []
        while (at := at + timedelta(days=step)) < self.ends and len(found) <= _MOST_TICKS:
            found.append(at)
        return found

    def _months(self, step: int) -> list[datetime]:
        start = self.begins.astimezone(self._zone)
        month = (start.year * 12 + start.month - 1) // step * step
        found: list[datetime] = []
        while len(found) <= _MOST_TICKS:
            month += step
            at = datetime(month // 12, month % 12 + 1, 1, tzinfo=self._zone)
            if at >= self.ends:
                break
            found.append(at)
        return found

    @staticmethod
    def _midnight(at: datetime) -> datetime:
        return at.replace(hour=0, minute=0, second=0, microsecond=0)
