"""The form in the gallery in which admins name whom requests are asked of."""

from __future__ import annotations

from bot.domain.limits import MOST_PEOPLE
from bot.domain.requests import ErrorCode, FieldError
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibits, Size
from bot.sandbox.gallery.form import form_of, refused, sent_back
from bot.services.results import Invalid
from bot.services.settings import Asked
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


def _asked(size: Size, count: int) -> Asked:
    first, backups = (
        tuple(PersonChoice(id=f"4{line}{number:013}", name=name) for number, name in enumerate(names))
        for line, names in enumerate((sizes.people(count), sizes.people(2 * count)[count:]))
    )
    return Asked(party=sizes.DECIDES[size], policy_version=1, first=first, backups=backups)
