"""What people wrote, as Slack sends it and as it reads: its three entities, links and mentions."""

from __future__ import annotations

import re
from collections.abc import Callable

# https://docs.slack.dev/messaging/formatting-message-text
_TOKEN = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_ADDRESS = re.compile("(?:mailto|tel):")
_SOMEBODY = "@somebody"


def unescaped(text: str) -> str:
    """Return text as it was typed. Other entities than Slack's three were typed so."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def as_read(text: str, name_of: Callable[[str], str | None]) -> str:
    """Return a message's text as it reads in Slack: a link with its address, a mention with a name.

    `name_of` names a user of Slack's by the id.
    """

    def read(token: re.Match[str]) -> str:
        what, label = token[1], token[2] or ""
        match what[0], what[1:]:
            case "@", user_id:
                name = label or name_of(user_id)
                return f"@{name}" if name else _SOMEBODY
            case "#", channel_id:
                return f"#{label or channel_id}"
            case "!", special:
                return label or f"@{special.partition('^')[0]}"
            case _:
                address = _ADDRESS.sub("", what, count=1)
                return f"{label} ({address})" if label and label not in address else address

    return unescaped(_TOKEN.sub(read, text))
