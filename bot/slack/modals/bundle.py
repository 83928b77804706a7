"""The form in which a request is kept under a name: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.limits import LONGEST_BUNDLE_NAME
from bot.services.views.requests import RequestView
from bot.slack import kit
from bot.slack.cards.headline import requested
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View, rich
from bot.slack.lines import line, short
from bot.slack.modals.inputs import entered, typed
from bot.slack.text import en as texts
from bot.slack.values import Ref, metadata, read_metadata, read_ref, ref_fields

_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBundle:
    """Which request is kept, and under which name."""

    ref: Ref
    name: str


def bundle_modal(view: RequestView, *, name: str = "") -> View:
    """Return the form; `name` is what it is called already."""
    names = {"business": short(view.requesting.name, _NAME), "deciding": short(view.deciding.name, _NAME)}
    box = kit.typing(
        ActionId.NAME,
        most=LONGEST_BUNDLE_NAME,
        start=name,
        placeholder=texts.bundles.NAME_PLACEHOLDER,
    )
    return kit.modal(
        texts.bundles.TITLE,
        [
            rich((requested(view), line(texts.bundles.INTRO, **names))),
            kit.entry(texts.bundles.NAME, box, block_id="name", hint=texts.bundles.NAME_HINT),
        ],
        callback=Callback.BUNDLE,
        submit=texts.bundles.SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(view.id, view.version))),
    )


def read_bundle(view: Mapping[str, Any]) -> ReadBundle:
    """Return what was entered; the verb judges the name."""
    return ReadBundle(ref=read_ref(read_metadata(view)), name=typed(entered(view).get("name")))
