"""The forms in which an asset is created, and an account's payment set: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.assets import Kind, is_business_id, spoken
from bot.domain.creating import CREATABLE, UNSETTLED, NewAsset, Payment, read_advertiser, read_helper
from bot.domain.currencies import CURRENCIES
from bot.domain.limits import LONGEST_NAME
from bot.domain.timezones import timezones, timezones_called
from bot.services.results import Denied
from bot.services.views.parties import OwnBusiness
from bot.services.views.requests import CreationView, FundingChoices
from bot.slack import kit
from bot.slack.ids import ActionId, Callback, Json
from bot.slack.kit import Block, View
from bot.slack.lines import plain, short, short_named
from bot.slack.modals.inputs import (
    NOTHING,
    Chosen,
    FieldErrors,
    asset_label,
    asset_value,
    choice,
    entered,
    errors_at,
    held_in,
    named,
    read_asset_value,
    typed,
)
from bot.slack.text import en as texts
from bot.slack.values import (
    Ref,
    Unreadable,
    asset_fields,
    metadata,
    read_asset_id,
    read_metadata,
    read_ref,
    ref_fields,
)

_NAME = 60
_LONGEST_PARTY = 100
_LATER, _INVOICE, _SOURCE = "later", "invoice", "source:"
_MOST_SOURCES = kit.MOST_OPTIONS - 2
DEFAULT_CREATED = Kind.AD_ACCOUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateState:
    """Everything that was entered so far, of every kind; `prepared` is what is changed, if it is not new."""

    business_id: str
    kind: Kind = DEFAULT_CREATED
    name: str = ""
    currency: str = ""
    timezone_id: int | None = None
    end_advertiser: str = ""
    media_agency: str = ""
    partner: str = ""
    payment: Payment = UNSETTLED
    account: Chosen | None = None
    prepared: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCreate:
    """An asset to create, or what is to stand in the place of what was `prepared`."""

    new: NewAsset
    prepared: Ref | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPayment:
    """How an ad account is to be paid."""

    asset_id: str
    payment: Payment


def blank_creation(business_id: str, *, zone: str, kind: Kind = DEFAULT_CREATED) -> CreateState:
    """Return the empty form, with the time zone of whom it is for, where Meta has it."""
    return CreateState(business_id=business_id, kind=kind, timezone_id=timezones_called().get(spoken(zone)))


def creation_state(new: NewAsset, *, account: str = "", prepared: Ref | None = None) -> CreateState:
    """Return the form filled with an asset; `account` is the name of the ad account that a pixel is for."""
    return CreateState(
        business_id=new.business_id,
        kind=new.kind,
        name=new.name,
        currency=new.currency or "",
        timezone_id=new.timezone_id,
        end_advertiser=new.end_advertiser or "",
        media_agency=new.media_agency or "",
        partner=new.partner or "",
        payment=new.payment,
        account=account_chosen(new.ad_account_id, account) if new.ad_account_id else None,
        prepared=prepared,
    )


def account_chosen(asset_id: str, name: str) -> Chosen:
    """Return an ad account as the form has it."""
    return Chosen(asset_value(Kind.AD_ACCOUNT, asset_id), asset_label(asset_id, name))


def prepared_state(view: CreationView) -> CreateState:
    """Return the form filled with what was prepared."""
    return creation_state(view.new, account=view.names.ad_account, prepared=Ref(view.id, view.version))


# --- creating ---------------------------------------------------------------------------------------


def create_modal(
    state: CreateState,
    *,
    choices: Sequence[OwnBusiness],
    sources: Sequence[str],
    no: Denied | None,
    is_at_meta: bool = False,
) -> View:
    """Return the form. `no` is why the chosen business can create nothing now.

    `is_at_meta`: what it creates is created at Meta.
    """
    own = next(one for one in choices if one.party.id == state.business_id)
    business = short(own.party.name, _NAME)
    prepares = own.may_administer is not None
    blocks = _business(state, choices, own)
    if no is not None:
        blocks.append(kit.section(plain(texts.errors.denial(no)), block_id="whether"))
    if prepares:
        blocks.append(kit.context(texts.creating.PREPARES.format(business=business)))
    where = texts.creating.AT_META if is_at_meta else texts.creating.NOT_AT_META
    blocks.append(kit.context(where))
    kinds = [kit.option(texts.basics.kind_name(kind), kind) for kind in CREATABLE]
    menu = kit.select(ActionId.CREATED_KIND, kinds, chosen=state.kind)
    name = kit.typing(ActionId.NAME, most=LONGEST_NAME, start=state.name)
    blocks += [
        kit.entry(texts.creating.KIND, menu, block_id="kind", dispatch=True),
        kit.entry(texts.creating.NAME, name, block_id="name"),
        *(_account_inputs(state, sources) if "currency" in CREATABLE[state.kind] else _pixel_inputs(state)),
    ]
    submit = texts.creating.PREPARE if prepares else texts.creating.SUBMIT
    return kit.modal(
        texts.creating.EDIT_TITLE if state.prepared else texts.creating.TITLE,
        blocks,
        callback=Callback.CREATE,
        submit=texts.creating.SAVE if state.prepared else submit,
        close=texts.buttons.CLOSE,
        private=metadata(
            {"b": state.business_id, "away": _away(state)}
            | (ref_fields(state.prepared) if state.prepared is not None else {})
        ),
    )


def _away(state: CreateState) -> Json:
    """Return what was entered for another kind than the one that is chosen, which comes back with that."""
    if "currency" not in CREATABLE[state.kind]:
        entered_so_far = {
            "currency": state.currency,
            "timezone_id": str(state.timezone_id or ""),
            "end_advertiser": state.end_advertiser,
            "media_agency": state.media_agency,
            "partner": state.partner,
            "payment": _payment_value(state.payment),
        }
    else:
        account = state.account
        entered_so_far = {"ad_account_id": account.value, "ad_account": account.label} if account else {}
    return {name: value for name, value in entered_so_far.items() if value}


def _read_away(kept: Json) -> dict[str, str]:
    away = kept.get("away", {})
    if not isinstance(away, Mapping) or not all(isinstance(one, str) for one in away.values()):
        raise Unreadable("not this form")
    return dict(away)


def _business(state: CreateState, choices: Sequence[OwnBusiness], own: OwnBusiness) -> list[Block]:
    if len(choices) == 1 or state.prepared is not None:
        name = short(own.party.name, _NAME)
        return [kit.context(texts.creating.FOR_ONE.format(business=name, id=own.party.id))]
    options = [
        kit.option(short_named(one.party.name, one.party.id, kit.LONGEST_OPTION), one.party.id)
        for one in choices[: kit.MOST_OPTIONS]
    ]
    menu = kit.select(ActionId.OWNER_TO_BE, options, chosen=state.business_id)
    blocks = [kit.entry(texts.creating.FOR, menu, block_id="business", dispatch=True)]
    if len(choices) > kit.MOST_OPTIONS:
        left = len(choices) - kit.MOST_OPTIONS
        blocks.append(kit.context(texts.modals.REQUESTING_MORE.format(count=left)))
    return blocks


def _account_inputs(state: CreateState, sources: Sequence[str]) -> list[Block]:
    currency = kit.select(
        ActionId.CURRENCY,
        [kit.option(texts.creating.currency(code), code) for code in CURRENCIES],
        chosen=state.currency,
        placeholder=texts.creating.CURRENCY_PLACEHOLDER,
    )
    zone = timezones().get(state.timezone_id or 0)
    menu = kit.search(
        ActionId.TIMEZONE,
        placeholder=texts.creating.TIMEZONE_PLACEHOLDER,
        chosen=kit.option(zone, str(state.timezone_id)) if zone else None,
    )
    parties = (
        ("end_advertiser", ActionId.ADVERTISER, texts.creating.ADVERTISER, texts.creating.ADVERTISER_HINT),
        ("media_agency", ActionId.AGENCY, texts.creating.AGENCY, texts.creating.HELPER_HINT),
        ("partner", ActionId.HELPER, texts.creating.PARTNER, texts.creating.HELPER_HINT),
    )
    blocks = [
        kit.entry(texts.creating.CURRENCY, currency, block_id="currency", hint=texts.creating.CURRENCY_HINT),
        kit.entry(texts.creating.TIMEZONE, menu, block_id="timezone_id", hint=texts.creating.TIMEZONE_HINT),
    ]
    for field, action, label, hint in parties:
        start = getattr(state, field) or (state.business_id if field == "end_advertiser" else "NONE")
        box = kit.typing(action, most=_LONGEST_PARTY, start=start)
        # Slack keeps what stands in a block: for another business it is another block.
        block_id = f"{field}:{state.business_id}" if field == "end_advertiser" else field
        blocks.append(kit.entry(label, box, block_id=block_id, hint=hint, optional=True))
    return [
        *blocks,
        *_payment_inputs(
            state.payment, sources, block_id=f"payment:{state.business_id}", hint=texts.creating.PAYMENT_HINT
        ),
    ]


def _payment_inputs(
    payment: Payment, sources: Sequence[str], *, block_id: str, hint: str | None = None
) -> list[Block]:
    options = [
        kit.option(texts.creating.PAY_LATER, _LATER),
        kit.option(texts.creating.PAY_INVOICE, _INVOICE),
        *(
            kit.option(texts.creating.PAY_SOURCE.format(source=source), f"{_SOURCE}{source}")
            for source in sources[:_MOST_SOURCES]
        ),
    ]
    menu = kit.select(ActionId.PAYMENT, options, chosen=_payment_value(payment))
    blocks = [kit.entry(texts.creating.PAYMENT, menu, block_id=block_id, hint=hint)]
    return [*blocks, kit.context(texts.creating.PAY_MORE)] if len(sources) > _MOST_SOURCES else blocks


def _payment_value(payment: Payment) -> str:
    if payment.invoice:
        return _INVOICE
    return f"{_SOURCE}{payment.funding_source}" if payment.funding_source else _LATER


def _read_payment(value: str) -> Payment:
    if value in {_LATER, _INVOICE}:
        return Payment(invoice=value == _INVOICE)
    if not value.startswith(_SOURCE):
        raise Unreadable("not a way to pay")
    return Payment(funding_source=value.removeprefix(_SOURCE))


def _pixel_inputs(state: CreateState) -> list[Block]:
    menu = kit.search(
        ActionId.ACCOUNT,
        placeholder=texts.creating.AD_ACCOUNT_PLACEHOLDER,
        chosen=state.account.option if state.account else None,
    )
    block_id = f"ad_account_id:{state.business_id}"
    return [kit.entry(texts.creating.AD_ACCOUNT, menu, block_id=block_id, optional=True)]


def read_create_state(view: Mapping[str, Any]) -> CreateState:
    """Return everything that was entered so far."""
    kept, fields = read_metadata(view), entered(view)
    business, kind = choice(fields.get("business")), choice(fields.get("kind"))
    business_id = business.value if business else kept.get("b")
    if not isinstance(business_id, str) or not is_business_id(business_id):
        raise Unreadable("for no business")
    if kind is None or kind.value not in set(CREATABLE):
        raise Unreadable("not a kind that is created")
    away = _read_away(kept)
    zone, currency = choice(fields.get("timezone_id")), choice(fields.get("currency"))
    payment = choice(fields.get(named(fields, "payment") or ""))
    account = choice(fields.get(named(fields, "ad_account_id") or ""))
    if account is None and "ad_account_id" in away:
        account = Chosen(away["ad_account_id"], away.get("ad_account", ""))
    zone_id = zone.value if zone else away.get("timezone_id", NOTHING)
    if zone_id != NOTHING and not zone_id.isdecimal():
        raise Unreadable("not a time zone")
    advertiser = typed(held_in(fields, "end_advertiser")) or away.get("end_advertiser", "")
    return CreateState(
        business_id=business_id,
        kind=Kind(kind.value),
        name=" ".join(typed(fields.get("name")).split()),
        currency=currency.value if currency else away.get("currency", ""),
        timezone_id=int(zone_id) if zone_id.isdecimal() else None,
        # The form began with the business for which it was; for another one that is no choice.
        end_advertiser="" if advertiser == kept.get("b") != business_id else advertiser,
        media_agency=typed(fields.get("media_agency")) or away.get("media_agency", ""),
        partner=typed(fields.get("partner")) or away.get("partner", ""),
        payment=_read_payment(payment.value if payment else away.get("payment", _LATER)),
        account=account,
        prepared=read_ref(kept) if "r" in kept else None,
    )


def read_create(view: Mapping[str, Any]) -> ReadCreate | FieldErrors:
    """Return what is to be created, or what is missing."""
    state = read_create_state(view)
    new = new_asset(state)
    missing: list[tuple[str, str]] = []
    if "currency" in CREATABLE[state.kind]:
        missing += [] if new.currency else [("currency", texts.creating.CHOOSE_CURRENCY)]
        missing += [] if new.timezone_id else [("timezone_id", texts.creating.CHOOSE_TIMEZONE)]
    elif state.account is not None and new.ad_account_id is None:
        missing.append(("ad_account_id", texts.modals.NOT_A_CHOICE))
    if missing:
        return errors_at(view, missing)
    return ReadCreate(new=new, prepared=state.prepared)


def new_asset(state: CreateState) -> NewAsset:
    """Return what was entered as an asset to create: only what its kind has."""
    account = read_asset_value(state.account.value) if state.account else None
    fields: dict[str, Any] = {
        "currency": state.currency or None,
        "timezone_id": state.timezone_id,
        "end_advertiser": read_advertiser(state.end_advertiser, own_id=state.business_id),
        "media_agency": read_helper(state.media_agency),
        "partner": read_helper(state.partner),
        "ad_account_id": account[1] if account else None,
    }
    asked = CREATABLE[state.kind]
    return NewAsset(
        business_id=state.business_id,
        kind=state.kind,
        name=state.name,
        payment=state.payment if "invoice" in asked else UNSETTLED,
        **{field: value for field, value in fields.items() if field in asked},
    )


# --- how an account is paid -------------------------------------------------------------------------


def fund_modal(found: FundingChoices) -> View:
    """Return the form for how an ad account is paid."""
    account = short_named(found.name, found.asset_id, 2 * _NAME)
    return kit.modal(
        texts.creating.PAY_TITLE,
        [
            kit.section(texts.creating.PAY_INTRO.format(account=account)),
            *_payment_inputs(found.payment, found.sources, block_id="payment"),
        ],
        callback=Callback.FUND,
        submit=texts.creating.PAY_SAVE,
        close=texts.buttons.CLOSE,
        private=metadata(asset_fields(found.asset_id)),
    )


def read_fund(view: Mapping[str, Any]) -> ReadPayment:
    """Return how an ad account is to be paid."""
    chosen = choice(entered(view).get("payment"))
    if chosen is None:
        raise Unreadable("not this form")
    return ReadPayment(asset_id=read_asset_id(read_metadata(view)), payment=_read_payment(chosen.value))
