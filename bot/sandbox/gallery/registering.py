"""The form in which a business registers itself, in the gallery."""

from __future__ import annotations

from bot.domain.denials import DenialReason
from bot.domain.requests import ErrorCode
from bot.sandbox.gallery.exhibit import Exhibits
from bot.sandbox.gallery.form import form_of, refused, sent_back, wrong_at
from bot.services.results import Denied
from bot.slack import modals

_TITLE = "Set up your business"


def registering() -> Exhibits:
    """Return the form, and what is said at its fields."""
    form = modals.register_modal()
    yield form_of(_TITLE, form, state="new")
    yield refused(_TITLE, form, modals.read_register(sent_back(form)), state="sent blank")
    for code in (ErrorCode.BUSINESS_ID,):
        yield refused(_TITLE, form, modals.modal_errors(form, wrong_at("id", code, "12 34")))
    for reason in (DenialReason.ID_NOT_FREE, DenialReason.REGISTERED_HERE):
        no = Denied(reason=reason, field="id", name="Acme Shoes")
        yield refused(_TITLE, form, modals.modal_errors(form, no), state=str(reason).replace("_", " "))
