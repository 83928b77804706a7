"""The form in which a business registers itself: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.actors import WhoMayAsk
from bot.domain.limits import LONGEST_NAME, MOST_QUORUM, USUAL_EXPIRES_DAYS, USUAL_UNDO_MINUTES
from bot.domain.naming import read_business_id
from bot.domain.registering import NewBusiness
from bot.services.results import Invalid
from bot.slack import kit
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View, rich
from bot.slack.lines import line
from bot.slack.modals.inputs import FieldErrors, choice, entered, errors_at, modal_errors, read_days, typed
from bot.slack.modals.settings import read_channel
from bot.slack.text import en as texts
from bot.slack.values import Unreadable

_LONGEST_ID = 100
"""Longer than one may be: what is wrong with it is said when it is sent."""


def register_modal() -> View:
    """Return the form; its blocks are named as the fields of a `NewBusiness`."""
    later = line(texts.registering.LATER, days=str(USUAL_EXPIRES_DAYS), minutes=str(USUAL_UNDO_MINUTES))
    asking = [kit.option(text, value) for value, text in texts.settings.WHO_MAY_ASK_CHOICES.items()]
    place = kit.channel(ActionId.CHANNEL, placeholder=texts.settings.CHANNEL_PLACEHOLDER)
    return kit.modal(
        texts.registering.TITLE,
        [
            kit.section(texts.registering.INTRO),
            kit.entry(
                texts.registering.NAME,
                kit.typing(ActionId.NAME, most=LONGEST_NAME),
                block_id="name",
                hint=texts.registering.NAME_HINT,
            ),
            kit.entry(
                texts.registering.ID,
                kit.typing(ActionId.BUSINESS_ID, most=_LONGEST_ID),
                block_id="id",
                hint=texts.registering.ID_HINT,
            ),
            kit.entry(
                texts.settings.CHANNEL,
                place,
                block_id="channel_id",
                hint=texts.settings.CHANNEL_HINT,
                optional=True,
            ),
            kit.entry(
                texts.settings.WHO_MAY_ASK,
                kit.select(ActionId.WHO_MAY_ASK, asking, chosen=WhoMayAsk.ANYONE),
                block_id="who_may_ask",
            ),
            kit.entry(
                texts.settings.QUORUM,
                kit.number(ActionId.QUORUM, least=1, most=MOST_QUORUM, start="1"),
                block_id="quorum",
                hint=texts.registering.QUORUM_HINT.format(least=1, most=MOST_QUORUM),
            ),
            rich((later,)),
        ],
        callback=Callback.REGISTER,
        submit=texts.registering.SUBMIT,
        close=texts.buttons.CLOSE,
    )


def read_register(view: Mapping[str, Any]) -> NewBusiness | FieldErrors:
    """Return the business that was described, or what is wrong with that, by block."""
    fields = entered(view)
    who = choice(fields.get("who_may_ask"))
    if who is None or who.value not in set(WhoMayAsk):
        raise Unreadable("not this form")
    found: list[tuple[str, str]] = []
    channel_id = read_channel(fields.get("channel_id"))
    if channel_id is not None and channel_id[0] not in "CG":
        found.append(("channel_id", texts.settings.NOT_A_CHANNEL))
    quorum = read_days(typed(fields.get("quorum")))
    if quorum is None:
        found.append(("quorum", texts.settings.NOT_A_NUMBER))
    written = typed(fields.get("id"))
    new = NewBusiness(
        id=read_business_id(written) or written,
        name=typed(fields.get("name")),
        channel_id=channel_id,
        who_may_ask=WhoMayAsk(who.value),
        quorum=1 if quorum is None else quorum.days or 0,
    )
    wrong = new.field_errors()
    found += modal_errors(view, Invalid(field_errors=wrong)).items() if wrong else ()
    return errors_at(view, found) if found else new
