"""The settings of one's businesses, as lists and the home show them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actors import WhoMayAsk
from bot.domain.denials import DenialReason
from bot.services.results import Denied
from bot.services.views.businesses import SettingsView
from bot.services.views.parties import Me, Rows
from bot.slack import replies
from bot.slack.cards.asked import away_line
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, Message, actions, button, header, rich
from bot.slack.lines import (
    Channel,
    Line,
    Passage,
    line,
    short,
)
from bot.slack.lists.paging import more, text_of
from bot.slack.lists.reader import who_you_are
from bot.slack.text import en as texts
from bot.slack.values import Page, Ref, button_value

_NAME = 60
SETTINGS_ROWS = 6
"""How many businesses fit into one message with their buttons."""
_MOST_STOOD_FOR = 2
_MOST_NAMED = 2
_SHORT = 30


def settings_list(me: Me, settings: Rows[SettingsView], *, offset: int = 0) -> Message:
    """Return one's own Business IDs, and for admins a page of the settings of their businesses.

    Read it with `SETTINGS_ROWS`.
    """
    if not me.businesses:
        return replies.answer(Denied(reason=DenialReason.NO_BUSINESS))
    last = offset + len(settings.rows)
    passages: list[Passage] = [] if offset else [who_you_are(me)]
    if not settings.total:
        passages.append((line(texts.settings.ADMIN_OF_NONE),))
    elif offset or settings.more:
        first = offset + 1
        passages.append((line(texts.lists.ROWS_OF, first=first, last=last, total=settings.total),))
    blocks = [header(texts.settings.TITLE), *(rich(passage) for passage in passages)]
    for one in settings.rows:
        passages.append(settings_words(one))
        blocks += [rich(passages[-1]), settings_row(one)]
    if settings.more:
        blocks.append(actions(more(Page(Callback.SETTINGS, "", last), texts.settings.TITLE)))
    return Message(text_of(texts.settings.TITLE, passages), blocks)


def settings_words(settings: SettingsView) -> Passage:
    """Return a business's settings in a few lines."""
    days = texts.basics.listed(day.isoformat() for day in settings.days_off) or texts.settings.NO_DAYS_OFF
    minutes = texts.basics.counted(settings.undo_minutes, "minute")
    return (
        line(texts.settings.ROW_BUSINESS, business=short(settings.party.name, _NAME), id=settings.party.id),
        line(
            texts.settings.ROW_ASKING,
            who=_who_may_ask(settings),
            expires=texts.basics.counted(settings.expires_days, "day"),
        ),
        line(
            texts.settings.ROW_APPROVALS,
            quorum=settings.quorum,
            undo=texts.settings.UNDO_FOR.format(minutes=minutes)
            if settings.undo_minutes
            else texts.settings.NO_UNDO,
        ),
        line(texts.settings.ROW_HOURS, hours=settings.hours, days=days),
        line(
            texts.settings.ROW_MEMBERS,
            members=texts.basics.counted(settings.members, "member"),
            admins=texts.basics.admins(settings.admins),
        ),
        line(
            texts.asked.ROW,
            first=_named(settings.asked_first) or texts.asked.ALL_ADMINS,
            backups=_named(settings.backups) or _others(settings),
        ),
        _channel(settings),
        *_standing_in(settings),
    )


def _standing_in(settings: SettingsView) -> list[Line]:
    """Return who stands in for the reader, and for whom they do."""
    away = settings.away
    if away is None:
        return []
    others = [
        line(
            texts.away.ROW_FOR,
            name=short(one.name, _NAME),
            days=texts.away.days(one.from_day, one.until_day),
        )
        for one in away.stands_in_for[:_MOST_STOOD_FOR]
    ]
    return [*filter(None, [away_line(away)]), *others]


def _named(names: Sequence[str]) -> str:
    return texts.basics.listed((short(name, _SHORT) for name in names), most=_MOST_NAMED)


def _others(settings: SettingsView) -> str:
    return texts.asked.ALL_OTHERS if settings.asked_first else texts.asked.NOBODY_ELSE


def _who_may_ask(settings: SettingsView) -> str:
    who = texts.settings.WHO_MAY_ASK_CHOICES[settings.who_may_ask]
    if settings.who_may_ask is not WhoMayAsk.LISTED:
        return who
    return texts.settings.LISTED.format(who=who, businesses=texts.settings.listed(settings.listed))


def _channel(settings: SettingsView) -> Line:
    if settings.channel_id is None:
        return line(texts.lists.NO_CHANNEL)
    template = texts.settings.ROW_CHANNEL_BROKEN if settings.channel_error else texts.settings.ROW_CHANNEL
    return line(template, channel=(Channel(settings.channel_id),))


def settings_row(settings: SettingsView) -> Block:
    """Return the buttons to change a business's settings and members."""
    value = button_value(Ref(settings.party.id, settings.policy_version))
    return actions(
        button(texts.buttons.EDIT_SETTINGS, ActionId.SETTINGS, value=value),
        button(texts.buttons.MEMBERS, ActionId.MEMBERS, value=value),
        button(texts.asked.BUTTON, ActionId.ASKED, value=value),
        button(texts.away.BUTTON, ActionId.AWAY, value=value),
        button(texts.tokens.BUTTON, ActionId.TOKENS, value=value),
        button(texts.meta.BUTTON, ActionId.CONNECTION, value=value),
    )
