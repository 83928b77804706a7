"""What a business has at Meta, as it is shown before and after it is imported, in the gallery."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.assets import Kind
from bot.domain.connections import Known, LeftAlone, Listed, Obstacle
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibits, Size, words_of
from bot.sandbox.gallery.form import form_of
from bot.services.directory_file import (
    AssetAtMeta,
    Directory,
    DirectoryFile,
    ImportPlan,
    Left,
    NamedAtMeta,
    Person,
    Renamed,
)
from bot.services.results import Connected, Imported
from bot.slack import modals, replies
from bot.slack.text import en as texts

_TITLE = "Import from Meta"
_SMALL = ImportPlan(
    own=sizes.DECIDES[Size.USUAL],
    file=DirectoryFile(Directory()),
    new=(AssetAtMeta(Kind.AD_ACCOUNT, "act_4310977", "Acme DE"),),
    renamed=(),
    here=4,
    left=(),
    people=(),
    partners=(),
    unread={},
)


def importing() -> Exhibits:
    """Return the preview in each state and size, what stands in its place, and what came of it."""
    for size in Size:
        plan = _plan(size)
        pages = -(-_rows(plan) // modals.IMPORT_ROWS)
        for page in range(pages):
            shown = modals.import_modal(plan, page=page)
            yield form_of(_TITLE, shown, state=f"page {page + 1} of {pages}", size=size)
        own = sizes.DECIDES[size]
        yield form_of(_TITLE, modals.reading_modal(own.name), state="Meta is slow", size=size)
        done = Imported(business=own.name, new=12, renamed=1, people=3)
        yield form_of(_TITLE, modals.imported_modal(done), state="imported", size=size)
        connected = replies.answer(Connected(business=own.name, name="Countersign"))
        yield form_of("Connect to Meta", modals.connected_modal(connected, own.id), state="done", size=size)
    yield form_of(_TITLE, modals.import_modal(_SMALL, has_changed=True), state="it has changed meanwhile")
    nothing = replace(_SMALL, new=())
    yield form_of(_TITLE, modals.import_modal(nothing), state="nothing to import")
    again = Imported(business="Acme Shoes", new=0, renamed=0, people=0)
    yield form_of(_TITLE, modals.imported_modal(again), state="done before")
    for why in (*texts.importing.WHY, Obstacle.NOT_THERE):
        shown = modals.not_read_modal(_SMALL.own, why)
        yield form_of(_TITLE, shown, state=f"not read: {words_of(why)}")
        one_list = replace(_SMALL, unread={Kind.PIXEL: why, Listed.PARTNERS: why})
        yield form_of(_TITLE, modals.import_modal(one_list), state=f"some not read: {words_of(why)}")


def _plan(size: Size) -> ImportPlan:
    """Return what there is to import: of the usual size some of everything, of the largest many of each."""
    count = {Size.SMALLEST: 0, Size.USUAL: 2, Size.LARGEST: 12}[size]
    name = sizes.LONGEST["asset"] if size is Size.LARGEST else "Acme DE"
    assets = tuple(
        AssetAtMeta([*Kind][number % len(Kind)], f"9{number:019}", name) for number in range(max(1, count))
    )
    named = tuple(NamedAtMeta(one.id, one.name) for one in assets[:count])
    return ImportPlan(
        own=sizes.DECIDES[size],
        file=DirectoryFile(Directory()),
        new=assets,
        renamed=tuple(Renamed(one, f"{one.name[1:]}.") for one in assets[:count]),
        here=count * 7,
        left=tuple(Left(one, why, "Somebody") for why in LeftAlone for one in assets[:count]),
        people=tuple(Person(one, known, one.id) for known in Known for one in named),
        partners=named,
        unread=dict.fromkeys(texts.importing.LISTS, Obstacle.LIMITED) if count else {},
    )


def _rows(plan: ImportPlan) -> int:
    parts = (plan.new, plan.renamed, plan.left, plan.people, plan.partners, plan.unread)
    return sum(len(part) for part in parts)
