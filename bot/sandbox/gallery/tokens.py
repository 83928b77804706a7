"""The tokens of programs in the gallery."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.actors import Role
from bot.domain.denials import DenialReason
from bot.domain.limits import MOST_TOKENS
from bot.domain.requests import ErrorCode, FieldError
from bot.domain.tokens import Scope
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibits, Size
from bot.sandbox.gallery.form import ZONE, form_of, refused, sent_back
from bot.sandbox.gallery.records import NOW
from bot.services.programs import TokenView
from bot.services.results import Invalid, Tokened
from bot.services.views.parties import OwnBusiness
from bot.slack import modals
from bot.slack.modals.inputs import modal_errors
from bot.slack.text.en.tokens import WHY_NOT

_ID = "900000000000001"


def tokens() -> Exhibits:
    """Return the modal with the tokens, and what is shown once one is made."""
    title = "Tokens for programs"
    for size, count in ((Size.SMALLEST, 0), (Size.USUAL, 3), (Size.LARGEST, MOST_TOKENS)):
        name = "N" * 120 if size is Size.LARGEST else "Nightly report"
        shown = [_token(number, name=name) for number in range(count)]
        yield form_of(title, modals.tokens_modal(_own(size), shown, zone=ZONE), size=size)
    nothing = [
        replace(_token(0), can=frozenset(), why=why)
        for why in (*WHY_NOT, None)
        if why not in {DenialReason.NOT_ADMIN, DenialReason.OWN_UNVERIFIED}
    ]
    less = [replace(_token(0), can=frozenset({Scope.READ, Scope.ASK}), why=DenialReason.NOT_ADMIN)]
    less += [replace(one, why=DenialReason.OWN_UNVERIFIED) for one in less]
    weak = modals.tokens_modal(_own(Size.USUAL), nothing + less, zone=ZONE)
    yield form_of(title, weak, state="who acts with them can do less now")
    employee = replace(_own(Size.USUAL), role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN)
    form = modals.tokens_modal(employee, [_token(0)], zone=ZONE)
    yield form_of(title, form, state="an employee's")
    wrong = Invalid(
        field_errors=(
            FieldError(field="name", code=ErrorCode.NO_NAME),
            FieldError(field="scopes", code=ErrorCode.NO_SCOPES),
            FieldError(field="days", code=ErrorCode.NUMBER, got="1 to 365"),
        )
    )
    yield refused(title, form, modal_errors(sent_back(form), wrong))
    made = Tokened(token_id=_ID, name="Nightly report", business="Acme Shoes", expires_at=NOW)
    secret = "csgn_" + "x" * 43
    for size in Size:
        one = replace(made, business=sizes.DECIDES[size].name)
        yield form_of("Your token", modals.secret_modal(one, secret), state="shown once", size=size)
    yield form_of("Your token", modals.secret_modal(made, None), state="sent again")


def _own(size: Size) -> OwnBusiness:
    return OwnBusiness(
        party=sizes.DECIDES[size], role=Role.ADMIN, may_administer=None, may_draft=False, channel_id=None
    )


def _token(number: int, *, name: str = "Nightly report") -> TokenView:
    scopes = [frozenset(Scope), frozenset({Scope.READ, Scope.ASK}), frozenset({Scope.READ})]
    return TokenView(
        id=f"90000000000{number:04}",
        name=f"{number} {name[:110]}",
        is_program=number % 2 == 0,
        person="Dana Diaz",
        business="Acme Shoes",
        scopes=scopes[number % 3],
        can=scopes[number % 3],
        created_at=NOW,
        expires_at=NOW + timedelta(days=30),
        revoked_at=None,
    )
