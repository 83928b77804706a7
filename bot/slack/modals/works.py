"""The help for somebody who has been given access and cannot use it."""

from __future__ import annotations

from bot.domain.grants import GrantState
from bot.domain.kinds import RULES
from bot.services.views.parties import Party
from bot.services.views.requests import RequestView
from bot.slack import kit
from bot.slack.cards import buttons
from bot.slack.cards.headline import in_force, owner_and_holder
from bot.slack.ids import Callback
from bot.slack.kit import View, actions, rich
from bot.slack.lines import Bullets, line, short
from bot.slack.text import en as texts
from bot.slack.values import Ref, metadata, ref_fields

_NAME = 60


def _passed_to(view: RequestView, owner: Party) -> Party | None:
    """Return who owns today what a request gave and goes on; None where that is its own side."""
    live = [one.grant for one in view.items if one.grant and one.grant.state is GrantState.ACTIVE]
    return next((one.owner for one in live if one.owner.id != owner.id), None)


def help_modal(view: RequestView) -> View:
    """Return what usually helps, with buttons to write to the owner and to be asked again.

    Who came to own it since is no side of the request: nothing can be written to them there.
    """
    owner, holder = owner_and_holder(view)
    passed_to = _passed_to(view, owner)
    write = [buttons.write_button(view, owner)] if passed_to is None else []
    owner = passed_to or owner
    names = {"owner": short(owner.name, _NAME), "holder": short(holder.name, _NAME)}
    # Only tasks are assigned to people.
    assigned = [line(texts.works.HELP_ASSIGNED, **names)] if RULES[view.kind].has_levels else []
    steps = (
        line(texts.works.HELP_WAIT),
        line(texts.works.HELP_BUSINESS, id=holder.id, **names),
        *assigned,
        line(texts.works.HELP_LISTED, id=owner.id),
    )
    return kit.modal(
        texts.works.HELP_TITLE,
        [
            rich((line(texts.works.HELP_SAID, what=in_force(view), ref=view.ref, **names), Bullets(steps))),
            rich((line(texts.works.HELP_PASSED if passed_to else texts.works.HELP_THEN, **names),)),
            actions(
                *write,
                buttons.check_later_button(view),
                buttons.works_button(view, texts.works.NOW),
            ),
        ],
        callback=Callback.WORKS,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(view.id, view.version))),
    )
