"""What the gallery shows of creating: cards, notices, the forms, and what their menus offer."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.assets import Kind
from bot.domain.connections import EnforcementState, Obstacle
from bot.domain.creating import NONE, UNFOUND, UNSETTLED, CreationState, NewAsset, Payment
from bot.domain.denials import DenialReason
from bot.domain.messages import Audience, Notice
from bot.domain.requests import ErrorCode
from bot.sandbox.gallery import records, sizes
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Exhibits, Part, Size, words_of
from bot.sandbox.gallery.form import form_of, refused, sent_back, wrong_at
from bot.sandbox.gallery.records import NOW
from bot.services.results import Denied
from bot.services.views.access import AtMeta
from bot.services.views.requests import AccountView, CreationView, FundingChoices
from bot.slack import modals
from bot.slack.cards import creation_card, creation_notice
from bot.slack.modals.inputs import NOTHING

_CREATED = "Something created"
_FORM, _PAID = "Create an asset", "How an account is paid"
_ID = "act_90000000000000000001"
_PASSING = {Obstacle.SETTLING, Obstacle.UNREACHED}
_PAYMENTS = {"by invoice": Payment(invoice=True), "incomplete": UNSETTLED}


def creating() -> Exhibits:
    """Return all that is shown of creating."""
    for size in Size:
        yield from _cards(size)
        yield from _forms(size)
    yield from _refused()
    yield from _menus()


def _new(size: Size) -> NewAsset:
    long = size is Size.LARGEST
    return NewAsset(
        business_id=sizes.DECIDES[size].id,
        kind=Kind.AD_ACCOUNT,
        name={Size.SMALLEST: "A", Size.USUAL: "Acme DE", Size.LARGEST: sizes.LONGEST["asset"]}[size],
        currency="EUR",
        timezone_id=47,
        end_advertiser=sizes.DECIDES[size].id,
        media_agency="a" * 50 if long else UNFOUND,
        partner=sizes.LONGEST_ID if long else NONE,
        payment=Payment(funding_source="v" * 64 if long else "visa-1234"),
    )


def _pixel(size: Size) -> NewAsset:
    given = _new(size)
    return NewAsset(
        business_id=given.business_id, kind=Kind.PIXEL, name=given.name, ad_account_id="act_4815162342"
    )


def creation(size: Size, state: CreationState = CreationState.CREATED) -> CreationView:
    """Return an asset that was created, or was prepared."""
    is_over = state is not CreationState.WAITING
    person = sizes.LONGEST["person"] if size is Size.LARGEST else "Dana Diaz"
    return CreationView(
        id="600000000000007",
        version=2,
        state=state,
        business=sizes.DECIDES[size],
        new=_new(size),
        names=AccountView(
            end_advertiser=sizes.DECIDES[size].name,
            ad_account=sizes.LONGEST["asset"] if size is Size.LARGEST else "Acme Main",
        ),
        author=person if size is Size.LARGEST else "Emil Ekholm",
        author_id="400000000000009",
        over_by=person if is_over else None,
        over_at=NOW if is_over else None,
        expires_at=NOW,
        asset_id=_ID if state is CreationState.CREATED else None,
        is_owned=state is CreationState.CREATED,
    )


def _cards(size: Size) -> Exhibits:
    readers = (Audience.SUBMITTERS, Audience.AUTHOR)
    for state in CreationState:
        for audience in readers:
            yield _card(words_of(state), creation(size, state), audience=audience, size=size)
    created = creation(size)
    for state in (CreationState.WAITING, CreationState.CREATED):
        by_program = creation(size, state)
        program = sizes.LONGEST["person"] if size is Size.LARGEST else "Nightly media sync"
        made = replace(by_program, new=replace(by_program.new, program=program))
        yield _card(f"{words_of(state)} by a program", made, size=size)
    for paid, payment in _PAYMENTS.items():
        yield _card(paid, replace(created, new=replace(created.new, payment=payment)), size=size)
    yield _card("a pixel", replace(created, new=_pixel(size), asset_id=_ID.removeprefix("act_")), size=size)
    yield _card("no longer theirs", replace(created, is_owned=False), size=size)
    yield _card("made at Meta", replace(created, asset_id="act_4815162342"), size=size)
    for notice, became in (
        (Notice.CREATED, CreationState.CREATED),
        (Notice.CREATED, CreationState.CREATING),
        (Notice.MADE, CreationState.CREATED),
        (Notice.DROPPED, CreationState.DROPPED),
        (Notice.DROPPED, CreationState.GIVEN_UP),
        (Notice.EXPIRED, CreationState.EXPIRED),
    ):
        is_usual = words_of(notice) == words_of(became) or notice is Notice.MADE
        said = words_of(notice) if is_usual else f"{words_of(notice)}, {words_of(became)}"
        yield _notice(said, notice, creation(size, became), size=size)
    yield _notice(
        words_of(Notice.NOT_MADE), Notice.NOT_MADE, creating_at_meta(size, Obstacle.REFUSED), size=size
    )
    for obstacle in Obstacle:
        view = creating_at_meta(size, obstacle)
        yield _card(f"at Meta: {words_of(obstacle)}", view, size=size)


def creating_at_meta(size: Size, obstacle: Obstacle) -> CreationView:
    """Return what is being created at Meta, and is held up there, or could not be."""
    state = EnforcementState.PENDING if obstacle in _PASSING else EnforcementState.FAILED
    return replace(creation(size, CreationState.CREATING), at_meta=AtMeta(state=state, obstacle=obstacle))


def _notice(state: str, notice: Notice, view: CreationView, *, size: Size) -> Exhibit:
    return Exhibit(
        part=Part.NOTICE,
        title=_CREATED,
        state=state,
        audience=READERS[Audience.AUTHOR],
        size=size,
        shown=creation_notice(notice, view),
    )


def _card(state: str, view: CreationView, *, audience: Audience = Audience.SUBMITTERS, size: Size) -> Exhibit:
    return Exhibit(
        part=Part.CARD,
        title=_CREATED,
        state=state,
        audience=READERS[audience],
        size=size,
        shown=creation_card(view, audience=audience),
    )


def _forms(size: Size) -> Exhibits:
    own = records.own(party=sizes.DECIDES[size])
    employee = replace(own, may_administer=DenialReason.NOT_ADMIN, may_draft=True)
    several = [own, records.own(party=sizes.ASKS[size])]
    blank = modals.blank_creation(own.party.id, zone="Europe/Berlin")
    filled, pixel = modals.prepared_state(creation(size, CreationState.WAITING)), _pixel(size)
    no_page = Denied(reason=DenialReason.NO_PAGE)
    sources = [f"visa-{number}" for number in range(150 if size is Size.LARGEST else 2)]
    sources.append(filled.payment.funding_source or "")
    for state, form in (
        ("empty", modals.create_modal(blank, choices=[own], sources=sources, no=None)),
        ("for an employee", modals.create_modal(blank, choices=[employee], sources=[], no=None)),
        ("one of several", modals.create_modal(blank, choices=several, sources=sources, no=None)),
        ("one that can't", modals.create_modal(blank, choices=several, sources=sources, no=no_page)),
        ("at Meta", modals.create_modal(blank, choices=[own], sources=sources, no=None, is_at_meta=True)),
        ("changed", modals.create_modal(filled, choices=[own], sources=sources, no=None)),
        (
            "a pixel",
            modals.create_modal(
                modals.creation_state(pixel, account="Acme Main"), choices=[own], sources=[], no=None
            ),
        ),
    ):
        yield form_of(_FORM, form, state=state, size=size)
    for state, payment in {"by a funding source": filled.payment, **_PAYMENTS}.items():
        found = FundingChoices(asset_id=_ID, name=_new(size).name, payment=payment, sources=tuple(sources))
        yield form_of(_PAID, modals.fund_modal(found), state=state, size=size)


def _refused() -> Exhibits:
    own = records.own(party=sizes.DECIDES[Size.USUAL])
    many = [records.own(party=replace(own.party, id=f"{10_000 + n}")) for n in range(101)]
    crowd = modals.create_modal(modals.blank_creation("10000", zone=""), choices=many, sources=[], no=None)
    yield form_of(_FORM, crowd, state="one of a hundred", size=Size.LARGEST)
    blank = modals.create_modal(
        modals.blank_creation(own.party.id, zone="Mars"), choices=[own], sources=[], no=None
    )
    yield refused(_FORM, blank, modals.read_create(sent_back(blank)), state="sent blank")
    pixel = modals.create_modal(
        modals.blank_creation(own.party.id, zone="", kind=Kind.PIXEL), choices=[own], sources=[], no=None
    )
    sent = sent_back(pixel)
    (held,) = sent["state"]["values"][f"ad_account_id:{own.party.id}"].values()
    held["selected_option"] = {"text": {"type": "plain_text", "text": "None"}, "value": NOTHING}
    yield refused(_FORM, pixel, modals.read_create(sent), state="a note chosen")
    filled = modals.create_modal(
        modals.creation_state(_new(Size.USUAL)), choices=[own], sources=["visa-1234"], no=None
    )
    for field, code in (("end_advertiser", ErrorCode.ADVERTISER), ("partner", ErrorCode.HELPER)):
        errors = modals.modal_errors(filled, wrong_at(field, code, "Acme"))
        yield refused(_FORM, filled, errors, state=f"wrong {words_of(code)}")
    for reason in (DenialReason.NO_CREDIT_LINE, DenialReason.UNKNOWN_FUNDING):
        errors = modals.modal_errors(filled, Denied(reason=reason, field="payment", name="Acme Shoes"))
        yield refused(_FORM, filled, errors, state=words_of(reason))


def _menus() -> Exhibits:
    for state, query, size in (
        ("all", "", Size.LARGEST),
        ("found", "ber", Size.USUAL),
        ("one found", "Europe/Berlin", Size.SMALLEST),
        ("nothing found", "Atlantis", Size.USUAL),
    ):
        shown = modals.timezone_options(query)
        yield Exhibit(part=Part.MENU, title="Time zones", state=state, size=size, shown=shown)
