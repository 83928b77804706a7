"""The form in which one side of a request writes to the other: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.limits import LONGEST_COMMENT
from bot.domain.messages import Audience
from bot.services.views.requests import RequestView
from bot.slack import kit
from bot.slack.cards.headline import headline
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, View, rich
from bot.slack.lines import Quote, line, short
from bot.slack.modals.inputs import FieldErrors, entered, errors_at, typed
from bot.slack.text import en as texts
from bot.slack.values import Ref, metadata, read_metadata, read_ref, ref_fields

_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadComment:
    """What was written, and about which request; whether its details stand below the form."""

    ref: Ref
    text: str
    over_details: bool = False


def comment_modal(
    view: RequestView, *, audience: Audience, text: str = "", over_details: bool = False
) -> View:
    """Return the form; `audience` is the side that writes: APPROVERS ask, REQUESTER answers.

    `text` is what was written already, under the card; `over_details`: the details of it stand below.
    """
    is_requesting = audience is Audience.APPROVERS
    other = view.requesting if is_requesting else view.deciding
    name = short(other.name, _NAME)
    intro = line(texts.modals.COMMENT_INTRO, business=name)
    if not is_requesting:
        intro = line(texts.kinds.WORDS[view.kind].deciders_read, deciding=name)
    blocks: list[Block] = [rich((headline(view), intro))]
    last = next((one for one in reversed(view.comments) if one.business.id == other.id), None)
    if last is not None:
        names = {"name": short(last.by, _NAME), "business": short(last.business.name, _NAME)}
        blocks.append(rich((line(texts.cards.COMMENT_BY, at=last.at, **names), Quote(last.text))))
    box = kit.typing(ActionId.TEXT, most=LONGEST_COMMENT, multiline=True, start=text)
    label = texts.modals.COMMENT_QUESTION if is_requesting else texts.modals.COMMENT_ANSWER
    blocks.append(kit.entry(label, box, block_id="text", hint=texts.modals.COMMENT_HINT))
    return kit.modal(
        texts.modals.COMMENT_TITLE.format(ref=view.ref),
        blocks,
        callback=Callback.COMMENT,
        submit=texts.modals.COMMENT_SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(
            ref_fields(Ref(view.id, view.version)) | ({"over": str(Callback.DETAILS)} if over_details else {})
        ),
    )


def read_comment(view: Mapping[str, Any]) -> ReadComment | FieldErrors:
    """Return what was written; blanks alone are an error."""
    text = typed(entered(view).get("text"))
    if not text:
        return errors_at(view, [("text", texts.modals.COMMENT_MISSING)])
    kept = read_metadata(view)
    return ReadComment(ref=read_ref(kept), text=text, over_details=kept.get("over") == Callback.DETAILS)
