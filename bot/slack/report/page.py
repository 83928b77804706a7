"""The page: who shares what, the matrix, each partner's table and timeline, and what the levels mean.

It is yielded in pieces as it is read, so that thousands of grants take no more memory than ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice
from zoneinfo import ZoneInfo

from bot.domain.assets import CAPABILITIES, LEVELS, TASKS, Kind, Tasks
from bot.domain.calendar import zone_of
from bot.domain.grants import LEAVING, GrantState
from bot.domain.kinds import Gives, gives_of
from bot.services.reports import HOLDERS_AT_ONCE, Shared
from bot.services.views.parties import Party
from bot.services.views.reports import Extent, Holding, Reported, ReportedPartner
from bot.slack.cards.items import grant_line
from bot.slack.lines import Line, line, plain
from bot.slack.report.markup import STYLE, name, said, text
from bot.slack.report.timeline import Axis, Bar
from bot.slack.text import en as texts

ROWS_A_TIMELINE = 20
"""How many rows and bars belong together: about a printed page of either."""


def report_page(shared: Shared) -> Iterator[str]:
    """Yield the page of what a business shares, as HTML."""
    extent = shared.extent()
    page = _Page(shared, extent)
    yield from page.head()
    if extent.partners:
        yield from page.partners()
        yield from page.matrix()
        yield from page.holdings()
        yield from page.each_partner()
        yield from page.levels()
    else:
        yield f"<p>{text(texts.report.NOTHING)}</p>"
    yield "</main></body></html>\n"


class _Page:
    """One report while it is written."""

    def __init__(self, shared: Shared, extent: Extent) -> None:
        self._shared = shared
        self._extent = extent
        self._own = shared.own
        self._zone: ZoneInfo = zone_of(shared.zone)
        self._axis = (
            Axis(extent.first, extent.last, moment=shared.moment, zone=self._zone)
            if extent.first is not None
            else None
        )
        self._timelines = 0

    def head(self) -> Iterator[str]:
        """Yield who it is of, and as of when."""
        then = texts.report.NOW if self._shared.at is None else texts.report.THEN
        extent = texts.report.EXTENT.format(
            partners=texts.basics.counted(self._extent.partners, "partner"),
            grants=texts.basics.counted(self._extent.grants, "grant"),
        )
        title = texts.report.TITLE.format(own=self._own.name)
        yield (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta http-equiv="Content-Security-Policy"'
            " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            f"<title>{text(title)}</title><style>{STYLE}</style></head><body><main>\n"
            f"<h1>{self._said(line(texts.report.HEAD, own=self._own.name))}</h1>"
            f"<p>{text(texts.basics.id_and_status(self._own))}. {text(extent)}</p>"
            f"<p>{self._said(line(then, at=self._shared.moment))}</p>"
            f'<p class="quiet">{text(texts.report.ZONE.format(zone=self._zone.key))}</p>\n'
        )

    def partners(self) -> Iterator[str]:
        """Yield the list of partners, each leading to its own part."""
        columns = (
            texts.report.PARTNER,
            texts.report.SINCE,
            texts.report.GIVEN,
            texts.report.HELD,
        )
        yield f"<h2>{text(texts.report.PARTNERS)}</h2>"
        yield from _table(columns, (self._partner(one) for one in self._shared.partners()), style="cards")

    def _partner(self, one: ReportedPartner) -> str:
        since = self._said(line("{since}", since=one.since)) if one.since else text(texts.report.NEVER)
        first = (
            f'<a href="#p{one.party.id}">{name(one.party.name)}</a>'
            f"<small>{text(texts.basics.id_and_status(one.party))}</small>"
        )
        return _row(
            first,
            (texts.report.SINCE, since),
            (texts.report.GIVEN, str(one.given)),
            (texts.report.HELD, str(one.held)),
        )

    def matrix(self) -> Iterator[str]:
        """Yield what each partner holds of the business's own assets, a few partners a table."""
        own = self._own.name
        yield f"<h2>{text(texts.report.MATRIX.format(own=own))}</h2>"
        parts = -(-self._extent.holders // HOLDERS_AT_ONCE)
        first = 1
        for number, holders in enumerate(_some(self._shared.holders()), start=1):
            last = first + len(holders) - 1
            which = {"first": first, "last": last, "own": own}
            if parts > 1:
                split = texts.report.MATRIX_PART.format(
                    number=number, of=parts, total=self._extent.holders, **which
                )
                yield f'<p class="quiet">{text(split)}</p>'
            ids = [one.party.id for one in holders]
            columns = (texts.report.ASSET, *(one.party.name for one in holders))
            by_asset = groupby(self._shared.given(ids), key=lambda one: one.asset_id)
            rows = (self._matrix_row(list(held), ids) for _, held in by_asset)
            caption = texts.report.MATRIX_CAPTION.format(**which) if parts > 1 else ""
            yield from _table(columns, rows, style="matrix", caption=caption)
            first = last + 1
        if not parts:
            yield f"<p>{text(texts.report.GIVES_NOTHING.format(own=own))}</p>"

    def holdings(self) -> Iterator[str]:
        """Yield what the business holds of its partners' assets."""
        own = self._own.name
        yield f"<h2>{text(texts.report.HOLDINGS.format(own=own))}</h2>"
        columns = (texts.report.ASSET, texts.report.OWNER, texts.report.LEVEL)
        by_asset = groupby(self._shared.held(), key=lambda one: (one.partner_id, one.asset_id))
        rows = (self._holdings_row(list(held)) for _, held in by_asset)
        row = next(rows, None)
        if row is None:
            yield f"<p>{text(texts.report.HOLDS_NOTHING.format(own=own))}</p>"
        else:
            yield from _table(columns, chain((row,), rows), style="cards")

    def _matrix_row(self, held: Sequence[Holding], partner_ids: Sequence[str]) -> str:
        cells = []
        for partner_id in partner_ids:
            theirs = self._held([one for one in held if one.partner_id == partner_id])
            cells.append(f"<td>{theirs}</td>" if theirs else f'<td class="none">{texts.report.NONE}</td>')
        asset = held[0]
        name_ = _asset(asset.asset_name, asset.asset_id, asset.kind)
        return f'<tr><th scope="row">{name_}</th>{"".join(cells)}</tr>\n'

    def _holdings_row(self, held: Sequence[Holding]) -> str:
        one = held[0]
        return _row(
            _asset(one.asset_name, one.asset_id, one.kind),
            (texts.report.OWNER, name(one.partner_name)),
            (texts.report.LEVEL, self._held(held)),
        )

    def _held(self, held: Sequence[Holding]) -> str:
        """Return what one partner can do with one asset: what is in force together, then the rest."""
        together: dict[tuple[GrantState, Gives], Tasks] = {}
        for one in held:
            state = one.state if self._shared.at is None else GrantState.ACTIVE
            key = (state, gives_of(one.tasks))
            together[key] = together.get(key, frozenset()) | one.tasks
        return "".join(
            _level(held[0].kind, tasks, standing=texts.report.STANDING.get(state, ""))
            for (state, _), tasks in together.items()
        )

    def each_partner(self) -> Iterator[str]:
        """Yield each partner with what is shared in either direction, as tables and timelines."""
        for one in self._shared.partners():
            yield f'<h2 id="p{one.party.id}">{name(one.party.name)}</h2>'
            yield f'<p class="quiet">{text(texts.basics.id_and_status(one.party))}</p>'
            for owner, holder in ((self._own, one.party), (one.party, self._own)):
                yield from self._one_way(owner, holder)

    def _one_way(self, owner: Party, holder: Party) -> Iterator[str]:
        names = {"owner": owner.name, "holder": holder.name}
        columns = (
            texts.report.ASSET,
            texts.report.LEVEL,
            texts.report.SINCE,
            texts.report.UNTIL,
            texts.report.WHY,
            texts.report.DECIDED,
        )
        last = 0
        for grants in self._shared.between(owner.id, holder.id, limit=ROWS_A_TIMELINE):
            if not last:
                yield f"<h3>{text(texts.report.ONE_GIVES.format(**names))}</h3>"
            first, last = last + 1, last + len(grants)
            which = {"first": first, "last": last, **names}
            caption = texts.report.ROWS.format(**which)
            yield from _table(
                columns, (self._grant_row(one) for one in grants), style="cards grants", caption=caption
            )
            yield self._timeline(grants, texts.report.TIMELINE.format(**which))

    def _grant_row(self, one: Reported) -> str:
        grant = one.grant
        until = [grant_line(grant, for_owner=grant.owner.id == self._own.id, now=self._shared.ctx.now)]
        if self._shared.at is not None:
            until.insert(0, line(texts.report.IN_FORCE_THEN if one.is_shown else texts.report.OVER_THEN))
        since = grant.starts_at
        decided = texts.basics.signers(grant.decided_by, most=len(grant.decided_by)) or texts.basics.SOMEBODY
        return _row(
            _asset(grant.asset_name, grant.asset_id, grant.kind),
            (texts.report.LEVEL, _level(grant.kind, grant.tasks)),
            (
                texts.report.SINCE,
                self._said(line("{since}", since=since)) if since else text(texts.report.NEVER),
            ),
            (texts.report.UNTIL, " ".join(map(self._said, until))),
            (
                texts.report.WHY,
                name(grant.reason or texts.basics.no_reason(is_over=grant.ended_at is not None)),
            ),
            (texts.report.DECIDED, f"{name(decided)}<small>{text(grant.ref)}</small>"),
            style="" if one.is_shown else "over",
        )

    def _timeline(self, grants: Sequence[Reported], title: str) -> str:
        if self._axis is None:
            return ""
        self._timelines += 1
        says = plain(line(texts.report.TIMELINE_SAYS, at=self._shared.moment), self._zone)
        legend = self._said(line(texts.report.LEGEND, at=self._shared.moment))
        bars = [self._bar(one) for one in grants]
        drawn = self._axis.timeline(bars, id_=f"t{self._timelines}", title=title, description=says)
        return f"<figure><figcaption>{text(title)}. {legend}</figcaption>{drawn}</figure>\n"

    def _bar(self, one: Reported) -> Bar:
        grant, moment = one.grant, self._shared.moment
        level = texts.basics.level_row(grant.kind, grant.tasks)
        is_leaving = grant.state in LEAVING and one.is_shown
        ends = max(grant.ends_at or moment, moment) if is_leaving else grant.ended_at or grant.until
        drawn = "waits" if grant.starts_at is None else "on" if one.is_shown else "over"
        return Bar(
            label=texts.report.BAR.format(asset=grant.asset_name or grant.asset_id, level=level),
            begins=grant.starts_at or moment,
            ends=ends,
            drawn=drawn,
        )

    def levels(self) -> Iterator[str]:
        """Yield what each level lets its holder do."""
        yield f"<h2>{text(texts.report.LEVELS)}</h2>"
        columns = (texts.report.LEVEL, texts.report.MEANS, texts.report.TASKS)
        rows = (
            _row(
                f"{text(level.name)}<small>{text(texts.basics.kind_name(kind))}</small>",
                (texts.report.MEANS, text(level.means)),
                (texts.report.TASKS, text(_task_names(kind, level.tasks))),
            )
            for kind in Kind
            for level in (*LEVELS[kind], *(CAPABILITIES[one] for one in (kind,) if one in CAPABILITIES))
        )
        yield from _table(columns, rows, style="cards")

    def _said(self, one: Line) -> str:
        return said(one, self._zone)


# --- rows and tables ---------------------------------------------------------------------------------


def _some(holders: Iterator[ReportedPartner]) -> Iterator[list[ReportedPartner]]:
    while some := list(islice(holders, HOLDERS_AT_ONCE)):
        yield some


def _table(columns: Sequence[str], rows: Iterable[str], *, style: str, caption: str = "") -> Iterator[str]:
    """Yield a table; what is wider than the page is scrolled within it, also with the keyboard."""
    heads = "".join(f'<th scope="col" role="columnheader">{name(one)}</th>' for one in columns)
    titled = f"<caption>{text(caption)}</caption>" if caption else ""
    about = text(caption or columns[0])
    yield (
        f'<div class="wide {style}" style="--partners:{len(columns) - 1}" role="region" tabindex="0"'
        f' aria-label="{about}">'
        f'<table role="table">{titled}'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">\n'
    )
    yield from rows
    yield "</tbody></table></div>\n"


def _row(head: str, *cells: tuple[str, str], style: str = "") -> str:
    """Return a row; on a narrow page it is a card, in which each cell says what it is."""
    drawn = "".join(f'<td role="cell" data-is="{text(title)}">{cell}</td>' for title, cell in cells)
    classed = f' class="{style}"' if style else ""
    return f'<tr role="row"{classed}><th scope="row" role="rowheader">{head}</th>{drawn}</tr>\n'


def _asset(asset_name: str, asset_id: str, kind: Kind) -> str:
    shown = name(asset_name or asset_id)
    return f"{shown}<small>{text(texts.basics.kind_name(kind))}, {text(asset_id)}</small>"


def _task_names(kind: Kind, tasks: Tasks) -> str:
    """Return the tasks as Meta calls them; empty for a capability, which is none."""
    return texts.basics.task_names(tasks) if tasks <= TASKS[kind] else ""


def _level(kind: Kind, tasks: Tasks, *, standing: str = "") -> str:
    aside = " ".join(filter(None, [_task_names(kind, tasks), f"({standing})" if standing else ""]))
    return f"<span>{text(texts.basics.level_row(kind, tasks))}</span><small>{text(aside)}</small>"
