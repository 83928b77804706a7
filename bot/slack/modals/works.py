"""The help for somebody who has been given access and cannot use it."""

from __future__ import annotations

from bot.domain.kinds import RULES, Side
from bot.services.views import Party, RequestView
from bot.slack import kit
from bot.slack.cards import buttons
from bot.slack.cards.headline import gives
from bot.slack.ids import Callback, Ref, metadata, ref_fields
from bot.slack.kit import View, actions, rich
from bot.slack.lines import Bullets, line, short
from bot.slack.text import en as texts

_NAME = 60


def _sides(view: RequestView) -> tuple[Party, Party]:
    """Return the owner and the holder of what a request gave."""
    is_held_by_requesting = RULES[view.kind].holder is Side.REQUESTING
    return (view.deciding, view.requesting) if is_held_by_requesting else (view.requesting, view.deciding)


def help_modal(view: RequestView) -> View:
    """Return what usually helps, with buttons to write to the owner and to be asked again."""
    owner, holder = _sides(view)
    names = {"owner": short(owner.name, _NAME), "holder": short(holder.name, _NAME)}
    steps = (
        line(texts.works.HELP_WAIT),
        line(texts.works.HELP_BUSINESS, id=holder.id, **names),
        line(texts.works.HELP_ASSIGNED, **names),
        line(texts.works.HELP_LISTED, id=owner.id),
    )
    return kit.modal(
        texts.works.HELP_TITLE,
        [
            rich((line(texts.works.HELP_SAID, what=gives(view), ref=view.ref, **names), Bullets(steps))),
            rich((line(texts.works.HELP_THEN, **names),)),
            actions(
                buttons.write_button(view, owner),
                buttons.check_later_button(view),
                buttons.works_button(view, texts.works.NOW),
            ),
        ],
        callback=Callback.WORKS,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(view.id, view.version))),
    )
