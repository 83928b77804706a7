"""What of the outbox is put in force at Meta: by the kind of effect, who keeps what is wanted and seen.

A sender reads `wanted`, notes each call before it makes it, and the outbox reports what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.domain.messages import EffectKind
from bot.services import enforcing
from bot.services.grants import at_meta, calls, enforced
from bot.store import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Who keeps what an effect puts in force. Each takes what the effect is about (`of`), by position.

    `wanted` is what should hold; `note_call`, `call_is_known` and `keep_party` keep what its sender knows;
    `seen`, `held_up` and `refused` what came of it; `is_unfinished` says whether it may not be given up;
    `again` takes up what failed; `put` has it sent.
    """

    names: tuple[str, ...]
    wanted: Callable[..., Any]
    note_call: Callable[..., None]
    call_is_known: Callable[..., None]
    keep_party: Callable[..., None] | None = None
    seen: Callable[..., None]
    held_up: Callable[..., None]
    refused: Callable[..., bool]
    is_unfinished: Callable[..., bool]
    again: Callable[..., None]
    put: Callable[..., None]

    def of(self, effect: Any) -> dict[str, Any]:
        """Return what an effect is about, as these functions take it."""
        return dict(zip(self.names, (effect.subject_id, effect.about), strict=False))


KEPT: Mapping[EffectKind, Kept] = MappingProxyType(
    {
        EffectKind.META_ACCESS: Kept(
            names=("asset_id", "holder_id"),
            wanted=at_meta.wanted_at_meta,
            note_call=calls.note_call,
            call_is_known=calls.call_is_known,
            seen=at_meta.seen_at_meta,
            held_up=at_meta.held_up,
            refused=at_meta.refused,
            is_unfinished=at_meta.is_unfinished_at_meta,
            again=at_meta.again_at_meta,
            put=outbox.put_access,
        ),
        EffectKind.META_ENFORCE: Kept(
            names=("enforcement_id",),
            wanted=enforced.wanted_enforced,
            note_call=enforcing.note_call,
            call_is_known=enforcing.call_is_known,
            keep_party=enforcing.keep_party,
            seen=enforced.seen_enforced,
            held_up=enforced.held_up_enforced,
            refused=enforced.refused_enforced,
            is_unfinished=enforced.is_unfinished_enforced,
            again=enforced.again_enforced,
            put=outbox.put_enforcement,
        ),
    }
)
