"""The card of an asset that was created, or prepared for the admins, and the line about what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bot.domain.connections import EnforcementState, Obstacle
from bot.domain.creating import CREATABLE, CreationState, is_only_here
from bot.domain.messages import Audience, Notice
from bot.domain.timezones import timezones
from bot.services.views.parties import Me
from bot.services.views.requests import CreationView
from bot.slack.cards.headline import or_program
from bot.slack.cards.row import Row
from bot.slack.ids import ActionId
from bot.slack.kit import Block, Element, Message, actions, button, card, confirm, rich
from bot.slack.lines import Line, Passage, Small, day, joined, line, plain, short, short_named, spoken
from bot.slack.text import en as texts
from bot.slack.values import Ref, Unreadable, asset_button_value, button_value

_SHORT = 30
_NAME = 60
_FIRST: Mapping[CreationState, str] = {
    CreationState.WAITING: texts.creating.PREPARED,
    CreationState.CREATING: texts.creating.CREATING,
    CreationState.CREATED: texts.creating.CREATED,
    CreationState.DROPPED: texts.creating.DROPPED,
    CreationState.EXPIRED: texts.creating.EXPIRED,
    CreationState.GIVEN_UP: texts.creating.GIVEN_UP,
}
_NOTICES: Mapping[Notice, str] = {
    Notice.CREATED: texts.creating.NOTICE_CREATED,
    Notice.MADE: texts.creating.NOTICE_MADE,
    Notice.NOT_MADE: texts.creating.NOTICE_NOT_MADE,
    Notice.DROPPED: texts.creating.NOTICE_DROPPED,
    Notice.EXPIRED: texts.creating.NOTICE_EXPIRED,
}
_NOTICES_IN: Mapping[tuple[Notice, CreationState], str] = {
    (Notice.CREATED, CreationState.CREATING): texts.creating.NOTICE_CREATING,
    (Notice.CREATED, CreationState.GIVEN_UP): texts.creating.NOTICE_CREATING,
    (Notice.NOT_MADE, CreationState.CREATED): texts.creating.NOTICE_MADE,
    (Notice.DROPPED, CreationState.GIVEN_UP): texts.creating.NOTICE_GIVEN_UP,
}
"""What is said instead, in a state in which the above would not be true."""


def creation_card(view: CreationView, *, audience: Audience) -> Message:
    """Return what is created or was: for the admins with buttons, for who prepared it without."""
    passages = _passages(view)
    controls = _controls(view) if audience is Audience.SUBMITTERS else []
    return card(lambda _: passages, controls, rest=texts.cards.THE_REST)


def creation_notice(notice: Notice, view: CreationView) -> Message:
    """Return the line about what became of what somebody prepared.

    Raise `Unreadable` if it is no notice about that.
    """
    if notice not in _NOTICES:
        raise Unreadable(f"no notice about what was prepared: {notice}")
    template = _NOTICES_IN.get((notice, view.state), _NOTICES[notice])
    passage: Passage = (
        (_said(template, view), *_so_far(view)) if notice is Notice.NOT_MADE else (_said(template, view),)
    )
    return Message(spoken([passage]), [rich(passage)])


def creation_row(view: CreationView, *, me: Me, zone: ZoneInfo) -> Row:
    """Return the row of what waits to be created: its admins can create it, its author can change it.

    Its card has all buttons, and what it says of the asset.
    """
    if view.state is CreationState.CREATING:
        again = _of_failed(view)[0] if _has_failed(view) and view.business.id in me.acts_for else None
        return Row(waiting_line(view), zone=zone, main=again)
    create, change, _ = _buttons(view)
    own = change if me.person_id == view.author_id else None
    return Row(waiting_line(view), zone=zone, main=create if view.business.id in me.acts_for else own)


def waiting_line(view: CreationView) -> Line:
    """Return what waits to be created, and until when; or how far it is at Meta."""
    if view.state is CreationState.CREATING:
        return joined([_said(texts.creating.CREATING, view), *_so_far(view)])
    return line(
        texts.creating.PREPARED_ROW,
        author=or_program(short(view.author or texts.basics.SOMEBODY, _SHORT), view.new.program),
        what=texts.creating.what(view.new.kind, view.new.name),
        business=short(view.business.name, _SHORT),
        end=day(view.expires_at),
    )


def fund_button(asset_id: str, *, name: str, is_settled: bool) -> Element:
    """Return the button that sets how an ad account is paid."""
    text = texts.creating.CHANGE_BUTTON if is_settled else texts.creating.PAY_BUTTON
    label = texts.buttons.ABOUT.format(button=text, what=short(name, _NAME) or asset_id)
    return button(text, ActionId.FUND, value=asset_button_value(asset_id), label=label)


def _said(template: str, view: CreationView) -> Line:
    # What a program has prepared, a person creates: then it is no program's any more.
    creator = view.new.program if view.state in {CreationState.CREATING, CreationState.CREATED} else None
    return line(
        template,
        what=texts.creating.what(view.new.kind, view.new.name),
        business=short(view.business.name, _NAME),
        author=or_program(short(view.author or texts.basics.SOMEBODY, _NAME), view.new.program),
        name=or_program(short(view.over_by or texts.basics.SOMEBODY, _NAME), creator),
        id=view.asset_id or "",
        at=view.over_at or view.expires_at,
    )


def _passages(view: CreationView) -> list[Passage]:
    first = _said(_FIRST[view.state], view)
    if view.state in {CreationState.DROPPED, CreationState.EXPIRED, CreationState.GIVEN_UP}:
        return [(first,)]
    if view.state is CreationState.CREATING:
        return [(first, *_so_far(view)), (Small(_facts(view)),)]
    if view.state is CreationState.WAITING:
        return [(first,), (Small(_facts(view)),)]
    return [(first, *_standing(view)), (Small(_facts(view)),)]


def _so_far(view: CreationView) -> list[Line]:
    """Return how far it is created at Meta, or why it could not be."""
    if view.state is not CreationState.CREATING:
        return []
    owner, at_meta = short(view.business.name, _NAME), view.at_meta
    obstacle = at_meta.obstacle if at_meta is not None else None
    if not _has_failed(view):
        said = texts.meta.CREATION_SO_FAR.get(obstacle) if obstacle else None
        return [line(said or texts.meta.CREATION_WAITS, owner=owner)]
    why = texts.meta.WHY_CREATION[obstacle or Obstacle.UNREACHED]
    return [line(texts.meta.NOT_CREATED, why=plain(line(why, owner=owner, holder=owner)))]


def _standing(view: CreationView) -> list[Line]:
    """Return how what was created stands: whose it is, whether it is at Meta, and whether it can be used."""
    business = short(view.business.name, _NAME)
    said = [line(texts.creating.OWNED if view.is_owned else texts.creating.NOT_OWNED, business=business)]
    if view.asset_id and is_only_here(view.asset_id):
        said.append(line(texts.creating.ONLY_HERE))
    if view.new.is_incomplete and view.is_owned:
        said.append(line(texts.creating.INCOMPLETE))
    return said


def _facts(view: CreationView) -> tuple[Line, ...]:
    new, names = view.new, view.names
    parties = (
        (texts.creating.FACT_ADVERTISER, "advertiser", new.end_advertiser, names.end_advertiser),
        (texts.creating.FACT_AGENCY, "agency", new.media_agency, ""),
        (texts.creating.FACT_PARTNER, "partner", new.partner, ""),
    )
    facts = [line("{kind}", kind=texts.basics.kind_name(new.kind))]
    if new.currency and new.timezone_id is not None:
        zone = timezones().get(new.timezone_id, str(new.timezone_id))
        facts.append(line(texts.creating.FACT_MONEY, currency=new.currency, zone=zone))
    facts += [
        line(template, **{name: texts.creating.party(held, known)})
        for template, name, held, known in parties
        if held is not None
    ]
    if new.payment.is_settled:
        facts.append(line(texts.creating.FACT_PAID, how=texts.creating.paid(new.payment)))
    if new.ad_account_id is not None:
        account = short_named(names.ad_account, new.ad_account_id, _NAME)
        facts.append(line(texts.creating.FACT_ACCOUNT, account=account))
    return tuple(facts)


def _controls(view: CreationView) -> list[Block]:
    if view.state is CreationState.WAITING:
        return [actions(*_buttons(view))]
    if _has_failed(view):
        return [actions(*_of_failed(view))]
    can_be_paid = "invoice" in CREATABLE[view.new.kind]
    if view.asset_id is None or not view.is_owned or not can_be_paid:
        return []
    is_settled = view.new.payment.is_settled
    return [actions(fund_button(view.asset_id, name=view.new.name, is_settled=is_settled))]


def _has_failed(view: CreationView) -> bool:
    return view.at_meta is not None and view.at_meta.state is EnforcementState.FAILED


def _of_failed(view: CreationView) -> list[Element]:
    value = button_value(Ref(view.id, view.version))
    what = texts.creating.what(view.new.kind, view.new.name)
    again, give_up = texts.meta.TRY_AGAIN, texts.creating.GIVE_UP
    sure = confirm(
        title=texts.creating.CONFIRM_GIVE_UP,
        text=texts.creating.CONFIRM_GIVE_UP_TEXT.format(what=what),
        confirm=give_up,
        deny=texts.buttons.KEEP,
        style="danger",
    )
    about = texts.buttons.ABOUT
    return [
        button(again, ActionId.TRY_MAKING_AGAIN, value=value, label=about.format(button=again, what=what)),
        button(
            give_up,
            ActionId.DISCARD,
            value=value,
            confirm=sure,
            label=about.format(button=give_up, what=what),
        ),
    ]


def _buttons(view: CreationView) -> list[Element]:
    value = button_value(Ref(view.id, view.version))
    what = texts.creating.what(view.new.kind, view.new.name)
    sure = confirm(
        title=texts.creating.CONFIRM_CREATE,
        text=texts.creating.CONFIRM_CREATE_TEXT.format(business=short(view.business.name, _NAME), what=what),
        confirm=texts.creating.CREATE,
        deny=texts.buttons.CONFIRM_NOT_YET,
    )
    drop = confirm(
        title=texts.creating.CONFIRM_DROP,
        text=texts.creating.CONFIRM_DROP_TEXT.format(author=short(view.author, _NAME)),
        confirm=texts.creating.DROP,
        deny=texts.buttons.KEEP,
        style="danger",
    )

    def about(text: str) -> str:
        return texts.buttons.ABOUT.format(button=text, what=what)

    return [
        button(
            texts.creating.CREATE,
            ActionId.MAKE,
            value=value,
            style="primary",
            confirm=sure,
            label=about(texts.creating.CREATE),
        ),
        button(texts.creating.EDIT, ActionId.REWORK, value=value, label=about(texts.creating.EDIT)),
        button(
            texts.creating.DROP,
            ActionId.DISCARD,
            value=value,
            confirm=drop,
            label=about(texts.creating.DROP),
        ),
    ]
