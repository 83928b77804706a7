"""The forms in the gallery in which admins name whom requests are asked of, and who stands in for them."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.domain.limits import MOST_PEOPLE
from bot.domain.requests import ErrorCode, FieldError
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibits, Size
from bot.sandbox.gallery.form import ZONE, form_of, refused, sent_back, wrong_at
from bot.services.results import Invalid
from bot.services.settings import Asked
from bot.services.views.businesses import AwayView, StandingInFor
from bot.services.views.parties import PersonChoice
from bot.slack import modals
from bot.slack.modals.inputs import NOTHING, modal_errors
from bot.slack.text import en as texts


def asked() -> Exhibits:
    """Return the form, empty and full, and what may be wrong in it."""
    for size, count in ((Size.SMALLEST, 0), (Size.USUAL, 2), (Size.LARGEST, MOST_PEOPLE)):
        yield form_of(texts.asked.TITLE, modals.asked_modal(_asked(size, count)), size=size)
    form = modals.asked_modal(_asked(Size.USUAL, 2))
    sent = sent_back(form)
    wrong = Invalid(
        field_errors=(
            FieldError(field="first", code=ErrorCode.NOT_AN_ADMIN, got="Eva Ekholm"),
            FieldError(field="backups", code=ErrorCode.NAMED_TWICE, got="Dana Diaz"),
        )
    )
    yield refused(texts.asked.TITLE, form, modal_errors(sent, wrong))
    (held,) = sent["state"]["values"]["backups"].values()
    held["selected_options"][0]["value"] = NOTHING
    yield refused(texts.asked.TITLE, form, modals.read_asked(sent), state="a note was chosen")


def away() -> Exhibits:
    """Return the form, empty, with who stands in, and with one who cannot; and what may be wrong in it."""
    title = texts.away.TITLE
    for size in Size:
        yield form_of(title, modals.away_modal(away_view(size)), size=size)
    form = modals.away_modal(away_view(Size.USUAL, stand_in=None))
    yield form_of(title, form, state="nobody stands in")
    yield form_of(title, modals.away_modal(away_view(Size.USUAL, can_act=False)), state="is no admin now")
    for field, code in (
        ("stand_in", ErrorCode.NOT_YOURSELF),
        ("until_day", ErrorCode.DATE_PAST),
        ("until_day", ErrorCode.ENDS_FIRST),
    ):
        errors = modal_errors(form, wrong_at(field, code))
        yield refused(title, form, errors, state=f"sent with errors: {code}")
    sent = sent_back(form)
    yield refused(title, form, modals.read_away(sent), state="sent empty")
    (held,) = sent["state"]["values"]["stand_in"].values()
    held["selected_option"] = {"text": {"type": "plain_text", "text": "Dana Diaz"}, "value": "4"}
    yield refused(title, form, modals.read_away(sent), state="without days")


def away_view(size: Size, **more: Any) -> AwayView:
    """Return who stands in for somebody, and for whom they do."""
    (name,) = sizes.people(1) if size is Size.LARGEST else ("Dana Diaz",)
    first = date(2026, 12, 21)
    usual: dict[str, Any] = {
        "stand_in": PersonChoice(id="400000000000001", name=name),
        "can_act": True,
        "from_day": first,
        "until_day": first if size is Size.SMALLEST else date(2027, 1, 4),
        "stands_in_for": (StandingInFor(name=name, from_day=first, until_day=first),)
        * (9 if size is Size.LARGEST else 1),
    }
    nobody = {"from_day": None, "until_day": None} if more.get("stand_in", usual) is None else {}
    return AwayView(party=sizes.DECIDES[size], policy_version=1, zone=ZONE, **{**usual, **nobody, **more})


def _asked(size: Size, count: int) -> Asked:
    first, backups = (
        tuple(PersonChoice(id=f"4{line}{number:013}", name=name) for number, name in enumerate(names))
        for line, names in enumerate((sizes.people(count), sizes.people(2 * count)[count:]))
    )
    return Asked(party=sizes.DECIDES[size], policy_version=1, first=first, backups=backups)
