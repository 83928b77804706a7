"""Whether Slack would take a message or a view: its method `blocks.validate`, which needs no token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from bot.slack.wire.calls import Paused, Refused, ask, make_client, open_session

_METHOD = "blocks.validate"
_FOUND_WRONG = frozenset({"invalid_blocks", "invalid_message", "invalid_view"})


async def validated(payloads: Iterable[Mapping[str, Any]], *, base_url: str) -> AsyncIterator[list[str]]:
    """Ask Slack about each payload in turn, and yield what is wrong with it: nothing, if all is well.

    A payload is `{"message": {"blocks": …}}` or `{"view": …}`. Raise SlackError where Slack does not say.
    """
    async with open_session() as session:
        client = make_client(session, base_url=base_url, token=None)
        for payload in payloads:
            while True:
                try:
                    await ask(client, _METHOD, payload)
                except Paused as paused:
                    await asyncio.sleep(paused.seconds)
                    continue
                except Refused as refused:
                    if refused.word not in _FOUND_WRONG:
                        raise
                    yield _complaints(refused)
                else:
                    yield []
                break


def _complaints(refused: Refused) -> list[str]:
    """Return what Slack says is wrong and where, one line each; its word alone where it says no more."""
    errors = refused.answer.get("errors")
    found = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return [f"{one.get('pointer') or '/'}: {one.get('message') or one.get('code')}" for one in found] or [
        refused.word
    ]
