"""What a business has at Meta, shown before it is imported: page by page, and nothing left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bot.domain.connections import Known, LeftAlone, Obstacle
from bot.services.directory_file import AssetAtMeta, ImportPlan, NamedAtMeta
from bot.services.results import Imported
from bot.services.views.parties import Party
from bot.slack import kit
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, Message, View, rich
from bot.slack.lines import Bullets, Line, line, short
from bot.slack.modals.pages import page_rows
from bot.slack.text import en as texts
from bot.slack.values import Page, Ref, Unreadable, button_value, is_value, metadata, read_metadata

IMPORT_ROWS = 30
_NAME = 60
_Row = tuple[str, int, Line]  # below which heading, with how many, it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadImport:
    """The business whose preview was sent, and the mark of what it showed."""

    business_id: str
    mark: str


def import_modal(plan: ImportPlan, *, page: int = 0, has_changed: bool = False) -> View:
    """Return one page of what an import would do, with the button that does all of it."""
    rows = [*_rows(plan)]
    pages = max(1, -(-len(rows) // IMPORT_ROWS))
    page = min(max(page, 0), pages - 1)
    intro = line(
        texts.importing.INTRO,
        business=short(plan.own.name, _NAME),
        new=len(plan.new),
        renamed=len(plan.renamed),
        here=plan.here,
        left=len(plan.left),
        people=texts.basics.counted(len(plan.recognized), "person", "people"),
    )
    said = [line(texts.importing.CHANGED)] if has_changed else []
    said += [intro] if plan.changes else [intro, line(texts.importing.NOTHING)]
    blocks = [rich(tuple(said)), *_shown(rows[page * IMPORT_ROWS : (page + 1) * IMPORT_ROWS])]
    at = Page(Callback.IMPORT, plan.own.id, page)
    blocks += page_rows(at, pages, action=ActionId.IMPORT_PAGE)
    return kit.modal(
        texts.importing.TITLE,
        [*blocks, kit.context(texts.importing.SCOPE)],
        callback=Callback.IMPORT,
        submit=texts.importing.SUBMIT if plan.changes else None,
        close=texts.buttons.CLOSE,
        private=metadata({"own": plan.own.id, "mark": plan.mark}),
    )


def _shown(rows: Iterable[_Row]) -> Iterator[Block]:
    for (heading, count), some in groupby(rows, key=lambda row: row[:2]):
        yield rich((line(heading, count=count), Bullets(tuple(said for _, _, said in some))))


def _rows(plan: ImportPlan) -> Iterator[_Row]:
    yield from _below(texts.importing.NEW, [_asset(one) for one in plan.new])
    renamed = [
        _asset(one.asset, texts.importing.RENAMED_ROW, before=short(one.name_here, _NAME))
        for one in plan.renamed
    ]
    yield from _below(texts.importing.RENAMED, renamed)
    people = {
        known: [_named(one.at_meta) for one in plan.people if one.known is known]
        for known in texts.importing.MEMBERS
    }
    yield from _below(texts.importing.MEMBERS[Known.NAMESAKE], people.pop(Known.NAMESAKE))
    unread = [
        line(texts.importing.UNREAD_ROW, what=texts.importing.LISTS[what], why=line(_why(obstacle)))
        for what, obstacle in plan.unread.items()
    ]
    yield from _below(texts.importing.UNREAD, unread)
    for why in LeftAlone:
        left = [_asset(one.asset) for one in plan.left if one.why is why]
        yield from _below(texts.importing.LEFT[why], left)
    yield from _below(texts.importing.HOLDERS, [_named(one) for one in plan.partners])
    for known, some in people.items():
        yield from _below(texts.importing.MEMBERS[known], some)


def _below(heading: str, rows: Sequence[Line]) -> list[_Row]:
    return [(heading, len(rows), said) for said in rows]


def _asset(asset: AssetAtMeta, template: str = texts.importing.ROW, **more: str) -> Line:
    kind = texts.basics.KINDS[asset.kind][1]
    return line(template, name=short(asset.name, _NAME), kind=kind, id=short(asset.id, _NAME), **more)


def _named(one: NamedAtMeta) -> Line:
    return line(texts.importing.NAMED_ROW, name=short(one.name, _NAME), id=short(one.id, _NAME))


def _why(obstacle: Obstacle) -> str:
    return texts.importing.WHY.get(obstacle, texts.importing.WHY[Obstacle.REFUSED])


def reading_modal(business: str) -> View:
    """Return what stands in the preview's place while it is read at Meta."""
    return _only_said(line(texts.importing.READING, business=short(business, _NAME)))


def not_read_modal(own: Party, obstacle: Obstacle) -> View:
    """Return why nothing could be read, with a button that tries it again."""
    said = line(texts.importing.NOT_READ, business=short(own.name, _NAME), why=line(_why(obstacle)))
    return _only_said(said, import_button(own.id, texts.importing.LOOK_AGAIN))


def imported_modal(done: Imported) -> View:
    """Return what came of an import, and what comes next."""
    what = texts.importing.amount(done.new, done.renamed, done.people)
    said = [line(texts.importing.DONE, business=short(done.business, _NAME), what=what)]
    return _only_said(*said, line(texts.importing.NEXT), line(texts.importing.REMOVAL))


def connected_modal(said: Message, business_id: str) -> View:
    """Return that a business is connected, with the button that imports what it has at Meta."""
    return kit.modal(
        texts.meta.TITLE,
        [*said.blocks, kit.actions(import_button(business_id))],
        callback=Callback.MESSAGE,
        close=texts.buttons.CLOSE,
    )


def import_button(business_id: str, text: str = texts.importing.BUTTON) -> kit.Element:
    """Return the button that shows what a business has at Meta."""
    return kit.button(text, ActionId.IMPORT, value=button_value(Ref(business_id, 0)))


def read_import(view: Mapping[str, Any]) -> ReadImport:
    """Return which preview a modal shows."""
    kept = read_metadata(view)
    own_id, mark = kept.get("own"), kept.get("mark")
    values = [one for one in (own_id, mark) if isinstance(one, str) and is_value(one)]
    if set(kept) != {"own", "mark"} or len(values) != len(kept):
        raise Unreadable("not this form")
    return ReadImport(business_id=values[0], mark=values[1])


def _only_said(*said: Line | kit.Element) -> View:
    lines = tuple(one for one in said if isinstance(one, tuple))
    buttons = [one for one in said if not isinstance(one, tuple)]
    rows = [kit.actions(*buttons)] if buttons else []
    return kit.modal(
        texts.importing.TITLE,
        [rich(lines), *rows],
        callback=Callback.MESSAGE,
        close=texts.buttons.CLOSE,
    )
