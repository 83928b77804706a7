"""How long answers may take in tests: what is answered is tested, and not how soon.

The product answers within the three seconds that Slack waits, and says that it is busy where it cannot. On a
busy machine that is another answer. What tests these limits sets them itself (`hurrying`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.slack import LocalSlack, state
from bot.store import database
from handlers import edge


def be_patient(put: Callable[[Any, str, float], object]) -> None:
    """Give every answer the time that a busy machine takes; `put` sets an attribute of a module."""
    put(database, "INBOUND_DEADLINE", 20.0)
    put(edge, "ANSWER_SECONDS", 25.0)
    put(state, "TRIGGER_LIFE", timedelta(minutes=1))


@contextmanager
def hurrying() -> Iterator[None]:
    """Have people told sooner than they need be that it takes too long."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "INBOUND_DEADLINE", 0.5)
        patched.setattr(edge, "ANSWER_SECONDS", 1.0)
        yield


@contextmanager
def unanswered(slack: LocalSlack) -> Iterator[None]:
    """Deliver what the bot does not take: over a socket no ack is the answer, and it is soon not waited for.

    What gets an ack is sent outside, as it may take longer on a busy machine. HTTP always answers.
    """
    patience = slack.ack_seconds
    if slack.sockets.connections:
        slack.ack_seconds = 0.3
    try:
        yield
    finally:
        slack.ack_seconds = patience
