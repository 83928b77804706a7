"""The forms in which admins change their business's settings and members: built and read side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.actors import ApiSharing, Role, WhoMayAsk
from bot.domain.limits import MOST_DAYS_OFF, MOST_EXPIRES_DAYS, MOST_QUORUM, MOST_UNDO_MINUTES
from bot.domain.reviews import CADENCES, Silence
from bot.services.results import Invalid
from bot.services.settings import Policy
from bot.services.views.businesses import MemberView, SettingsView
from bot.services.views.parties import Rows
from bot.slack import kit
from bot.slack.ids import ActionId, Callback, Json
from bot.slack.kit import Block, Element, View, rich
from bot.slack.lines import line, short
from bot.slack.modals.inputs import FieldErrors, choice, entered, errors_at, modal_errors, read_days, typed
from bot.slack.modals.pages import page_rows
from bot.slack.text import en as texts
from bot.slack.values import (
    Page,
    Ref,
    Unreadable,
    button_value,
    metadata,
    read_metadata,
    read_ref,
    ref_fields,
)

MEMBERS_A_PAGE = 20
_MOST_PAGES = 10**6
_NAME = 60
_LONGEST_HOURS = 40
_LONGEST_DAYS_OFF = 3_000
_PLACE = re.compile(r"[A-Z][A-Z0-9]{1,30}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """A policy that was sent, for the business and the version of its policy that were shown."""

    ref: Ref
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMember:
    """A Slack user to be made a member of the business that was shown."""

    ref: Ref
    user_id: str
    role: Role


def read_business(view: Mapping[str, Any]) -> Ref:
    """Return which business a form is about, and the version of its policy that was shown."""
    return read_ref(read_metadata(view))


# --- settings ---------------------------------------------------------------------------------------


def settings_modal(settings: SettingsView) -> View:
    """Return the form; its blocks are named as the fields of a `Policy`."""
    party = settings.party
    intro = texts.settings.INTRO.format(business=short(party.name, _NAME), id=party.id)
    place = kit.channel(
        ActionId.CHANNEL, placeholder=texts.settings.CHANNEL_PLACEHOLDER, start=settings.channel_id or None
    )
    who = kit.select(
        ActionId.WHO_MAY_ASK,
        [kit.option(text, value) for value, text in texts.settings.WHO_MAY_ASK_CHOICES.items()],
        chosen=settings.who_may_ask,
    )
    by_api = kit.select(
        ActionId.API_SHARING,
        [kit.option(text, value) for value, text in texts.settings.API_SHARING_CHOICES.items()],
        chosen=settings.api_sharing,
    )
    off = kit.typing(
        ActionId.DAYS_OFF,
        most=_LONGEST_DAYS_OFF,
        multiline=True,
        start=", ".join(day.isoformat() for day in settings.days_off),
    )
    weekly = kit.select(
        ActionId.WEEKLY,
        [kit.option(text, value) for value, text in texts.settings.WEEKLY_CHOICES.items()],
        chosen=_WEEKLY if settings.weekly else _NEVER,
    )
    cadence = kit.select(
        ActionId.REVIEW_DAYS,
        [kit.option(text, str(days)) for days, text in texts.reviews.CADENCES.items()],
        chosen=str(settings.review_days),
    )
    silence = kit.select(
        ActionId.REVIEW_SILENCE,
        [kit.option(text, value) for value, text in texts.reviews.SILENCE_CHOICES.items()],
        chosen=settings.review_silence,
    )
    hours = kit.typing(ActionId.HOURS, most=_LONGEST_HOURS, start=settings.hours)
    return kit.modal(
        texts.settings.TITLE,
        [
            kit.section(intro),
            kit.entry(
                texts.settings.CHANNEL,
                place,
                block_id="channel_id",
                hint=texts.settings.CHANNEL_HINT,
                optional=True,
            ),
            kit.entry(
                texts.settings.WHO_MAY_ASK,
                who,
                block_id="who_may_ask",
                hint=texts.settings.LISTED_HINT.format(businesses=texts.settings.listed(settings.listed)),
            ),
            kit.entry(
                texts.settings.API_SHARING,
                by_api,
                block_id="api_sharing",
                hint=texts.settings.API_SHARING_HINT,
            ),
            _number("quorum", settings.quorum),
            _number("expires_days", settings.expires_days),
            _number("undo_minutes", settings.undo_minutes),
            kit.entry(texts.settings.HOURS, hours, block_id="hours", hint=texts.settings.HOURS_HINT),
            kit.entry(
                texts.settings.DAYS_OFF,
                off,
                block_id="days_off",
                hint=texts.settings.DAYS_OFF_HINT.format(most=MOST_DAYS_OFF),
                optional=True,
            ),
            kit.entry(texts.settings.WEEKLY, weekly, block_id="weekly", hint=texts.settings.WEEKLY_HINT),
            kit.entry(
                texts.reviews.CADENCE, cadence, block_id="review_days", hint=texts.reviews.CADENCE_HINT
            ),
            kit.entry(texts.reviews.SILENCE, silence, block_id="review_silence"),
        ],
        callback=Callback.SETTINGS,
        submit=texts.settings.SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(party.id, settings.policy_version))),
    )


_WEEKLY, _NEVER = texts.settings.WEEKLY_CHOICES

_NUMBERS = {
    "quorum": (ActionId.QUORUM, texts.settings.QUORUM, texts.settings.QUORUM_HINT, 1, MOST_QUORUM),
    "expires_days": (
        ActionId.EXPIRES,
        texts.settings.EXPIRES_DAYS,
        texts.settings.EXPIRES_DAYS_HINT,
        1,
        MOST_EXPIRES_DAYS,
    ),
    "undo_minutes": (
        ActionId.UNDO_FOR,
        texts.settings.UNDO_MINUTES,
        texts.settings.UNDO_MINUTES_HINT,
        0,
        MOST_UNDO_MINUTES,
    ),
}


def _number(name: str, value: int) -> Block:
    action, label, hint, least, most = _NUMBERS[name]
    box = kit.number(action, least=least, most=most, start=str(value))
    return kit.entry(label, box, block_id=name, hint=hint.format(least=least, most=most))


def read_settings(view: Mapping[str, Any]) -> ReadSettings | FieldErrors:
    """Return the policy that was sent, or what is wrong with it, by block."""
    ref = read_business(view)
    fields = entered(view)
    who = choice(fields.get("who_may_ask"))
    by_api = choice(fields.get("api_sharing"))
    if who is None or who.value not in set(WhoMayAsk):
        raise Unreadable("not this form")
    if by_api is None or by_api.value not in set(ApiSharing):
        raise Unreadable("not this form")
    weekly = choice(fields.get("weekly"))
    if weekly is None or weekly.value not in texts.settings.WEEKLY_CHOICES:
        raise Unreadable("not this form")
    cadence, silence = choice(fields.get("review_days")), choice(fields.get("review_silence"))
    if cadence is None or cadence.value not in {str(days) for days in CADENCES}:
        raise Unreadable("not this form")
    if silence is None or silence.value not in set(Silence):
        raise Unreadable("not this form")
    found: list[tuple[str, str]] = []
    channel_id = read_channel(fields.get("channel_id"))
    if channel_id is not None and channel_id[0] not in "CG":
        found.append(("channel_id", texts.settings.NOT_A_CHANNEL))
    numbers = {name: read_days(typed(fields.get(name))) for name in _NUMBERS}
    found += [(name, texts.settings.NOT_A_NUMBER) for name, term in numbers.items() if term is None]
    days_off, wrong = _read_days_off(typed(fields.get("days_off")))
    found += [("days_off", text) for text in wrong]
    policy = Policy(
        channel_id=channel_id,
        who_may_ask=WhoMayAsk(who.value),
        api_sharing=ApiSharing(by_api.value),
        hours=_tidy_hours(typed(fields.get("hours"))),
        days_off=days_off,
        weekly=weekly.value == _WEEKLY,
        review_days=int(cadence.value),
        review_silence=Silence(silence.value),
        **{name: term.days or 0 if term else 1 for name, term in numbers.items()},
    )
    unread = {name for name, _ in found}
    judged = modal_errors(view, Invalid(field_errors=policy.field_errors())) if policy.field_errors() else {}
    found += [(name, text) for name, text in judged.items() if name not in unread]
    return errors_at(view, found) if found else ReadSettings(ref=ref, policy=policy)


def read_channel(held: Json | None) -> str | None:
    """Return the channel that was chosen, also one that is none: a direct message."""
    return _place(held, "selected_conversation")


def _place(held: Json | None, name: str) -> str | None:
    """Return the id that stands in one of the menus that Slack fills."""
    found = (held or {}).get(name)
    if found is None:
        return None
    if not isinstance(found, str) or not _PLACE.fullmatch(found):
        raise Unreadable("not an id of Slack's")
    return found


def _tidy_hours(text: str) -> str:
    return " ".join(text.replace("\N{EN DASH}", "-").title().split())


def _read_days_off(text: str) -> tuple[tuple[date, ...], list[str]]:
    days: set[date] = set()
    for word in re.split(r"[\s,;]+", text):
        try:
            if word:
                days.add(date.fromisoformat(word))
        except ValueError:
            return (), [texts.settings.NOT_A_DAY.format(text=short(word, _LONGEST_HOURS))]
    if len(days) > MOST_DAYS_OFF:
        return (), [texts.settings.TOO_MANY_DAYS_OFF.format(count=len(days), most=MOST_DAYS_OFF)]
    return tuple(sorted(days)), []


# --- members ----------------------------------------------------------------------------------------


def members_modal(settings: SettingsView, members: Rows[MemberView], *, page: int = 0) -> View:
    """Return one page of the business's members, each with buttons, and the inputs to add one."""
    party = settings.party
    pages = max(1, -(-members.total // MEMBERS_A_PAGE))
    first = page * MEMBERS_A_PAGE
    last = first + len(members.rows)
    business = short(party.name, _NAME)
    blocks = [
        kit.section(texts.settings.MEMBERS_INTRO.format(business=business)),
        kit.context(texts.settings.MEMBERS_HEAD.format(first=first + 1, last=last, total=members.total)),
    ]
    for member in members.rows:
        blocks += _member(member, settings.policy_version, business=business)
    blocks += page_rows(Page(Callback.MEMBERS, party.id, page), pages)
    roles = [kit.option(text, role) for role, text in texts.settings.ROLES.items()]
    blocks += [
        kit.divider(),
        kit.header(texts.settings.ADD_HEAD),
        kit.entry(
            texts.settings.ADD_USER,
            kit.person(ActionId.USER, placeholder=texts.settings.ADD_USER_PLACEHOLDER),
            block_id="user",
            hint=texts.settings.ADD_USER_HINT,
        ),
        kit.entry(
            texts.settings.ADD_ROLE, kit.select(ActionId.ROLE, roles, chosen=Role.EMPLOYEE), block_id="role"
        ),
    ]
    return kit.modal(
        texts.settings.MEMBERS_TITLE,
        blocks,
        callback=Callback.MEMBERS,
        submit=texts.settings.MEMBERS_SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(party.id, settings.policy_version)) | {"o": page}),
    )


def read_members_page(view: Mapping[str, Any]) -> int:
    """Return which page of a business's members a form shows."""
    page = read_metadata(view).get("o", 0)  # 0: it is open since before an upgrade
    if not isinstance(page, int) or isinstance(page, bool) or not 0 <= page <= _MOST_PAGES:
        raise Unreadable("not a page")
    return page


def _member(member: MemberView, version: int, *, business: str) -> list[Block]:
    name = short(member.name, _NAME)
    is_admin = member.role is Role.ADMIN
    why = member.may_administer if is_admin else None
    row = line(
        texts.settings.MEMBER_ROW_BUT if why else texts.settings.MEMBER_ROW,
        name=name,
        role=texts.settings.ROLES[member.role],
        why=texts.settings.MEMBER_WHY.get(why, texts.settings.MEMBER_WHY_ELSE) if why else "",
    )
    value = button_value(Ref(member.person_id, version))
    make = texts.settings.CONFIRM_MAKE_EMPLOYEE if is_admin else texts.settings.CONFIRM_MAKE_ADMIN
    role = kit.button(
        texts.buttons.MAKE_EMPLOYEE if is_admin else texts.buttons.MAKE_ADMIN,
        ActionId.MAKE_EMPLOYEE if is_admin else ActionId.MAKE_ADMIN,
        value=value,
        confirm=_sure(texts.settings.CONFIRM_ROLE, make.format(name=name, business=business)),
        label=texts.buttons.ABOUT.format(
            button=texts.buttons.MAKE_EMPLOYEE if is_admin else texts.buttons.MAKE_ADMIN, what=name
        ),
    )
    remove = kit.button(
        texts.buttons.REMOVE_MEMBER,
        ActionId.REMOVE_MEMBER,
        value=value,
        confirm=_sure(
            texts.settings.CONFIRM_REMOVE,
            texts.settings.CONFIRM_REMOVE_TEXT.format(name=name, business=business),
            style="danger",
        ),
        label=texts.buttons.ABOUT.format(button=texts.buttons.REMOVE_MEMBER, what=name),
    )
    return [
        rich((row,), block_id=f"member:{member.person_id}"),
        kit.actions(role, remove, block_id=f"change:{member.person_id}"),
    ]


def _sure(title: str, text: str, *, style: str | None = None) -> Element:
    return kit.confirm(
        title=title, text=text, confirm=texts.settings.CONFIRM_DO_IT, deny=texts.buttons.KEEP, style=style
    )


def read_member(view: Mapping[str, Any]) -> ReadMember | FieldErrors:
    """Return who is to be added and as what."""
    fields = entered(view)
    role = choice(fields.get("role"))
    if role is None or role.value not in set(Role):
        raise Unreadable("not this form")
    user_id = _place(fields.get("user"), "selected_user")
    if user_id is None:
        return errors_at(view, [("user", texts.settings.ADD_USER_MISSING)])
    return ReadMember(ref=read_business(view), user_id=user_id, role=Role(role.value))
