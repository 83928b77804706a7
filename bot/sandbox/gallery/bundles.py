"""Bundles in the gallery: the form that names one, and the form for asking that starts from one."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.kinds import RequestKind
from bot.domain.limits import LONGEST_BUNDLE_NAME, MOST_ITEMS
from bot.domain.requests import ErrorCode, FieldError, RequestState
from bot.sandbox.gallery import records, sizes
from bot.sandbox.gallery.exhibit import Exhibits, Size
from bot.sandbox.gallery.form import ZONE, form_of, refused, sent_back
from bot.services.results import Invalid
from bot.services.views.requests import BundleView
from bot.slack import modals
from bot.slack.modals.inputs import Chosen, modal_errors, owner_label

_TITLE = "Save as a bundle"


def bundle(size: Size, number: int = 0) -> BundleView:
    """Return one of some bundles."""
    name = "N" * (LONGEST_BUNDLE_NAME - 3) if size is Size.LARGEST else "Launch kit"
    view = sizes.request(size, RequestState.APPROVED, id=f"50000000000{number:04}")
    return BundleView(name=f"{number} {name}" if number else name, request=view, saved_by="Ann Ames")


def bundles() -> Exhibits:
    """Return the form that names a bundle, and the one for asking as it starts from one."""
    one = records.me()
    for size in Size:
        kept = bundle(size)
        form = modals.bundle_modal(kept.request, name="" if size is Size.USUAL else kept.name)
        yield form_of(_TITLE, form, size=size)
        blank = modals.blank_request(one)
        offered = [bundle(size, number) for number in range(1 if size is Size.SMALLEST else 25)]
        asking = modals.request_modal(blank, me=one, preview=None, bundles=offered)
        yield form_of("Ask for access", asking, state="with bundles to start from", size=size)
    for code, got in ((ErrorCode.NO_NAME, ""), (ErrorCode.NAME_TAKEN, "Launch kit")):
        wrong = Invalid(field_errors=(FieldError(field="name", code=code, got=got),))
        yield refused(_TITLE, form, modal_errors(sent_back(form), wrong), state=code)
    for size, other in ((Size.USUAL, sizes.ASKS[Size.LARGEST]), (Size.LARGEST, sizes.ASKS[Size.USUAL])):
        items = sizes.ITEMS[Size.LARGEST][:MOST_ITEMS] if size is Size.LARGEST else sizes.ITEMS[size]
        view = sizes.request(size, RequestState.APPROVED, items=items)
        entered = replace(modals.blank_request(one), owner=Chosen(other.id, owner_label(other)))
        state = modals.bundle_state(replace(view, kind=RequestKind.ACCESS), entered, people={})
        shown = modals.request_modal(
            replace(state, zone=ZONE, requesting_id=entered.requesting_id),
            me=one,
            preview=records.preview(owner=other),
        )
        yield form_of("Ask for access", shown, state="from a bundle for somebody else", size=size)
