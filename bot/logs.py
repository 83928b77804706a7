"""Logging: one JSON object a line, and never a token, a payload or a response URL."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRETS = re.compile(
    r"xox[a-z]?[.-][\w.-]+|xapp-[\w-]+|(?<=[?&]ticket=)[^&\s'\"]+"
    r"|https://hooks\.slack(-gov)?\.com/\S+|/(commands|actions)/T\w+/\S+"
)
# These say at DEBUG and INFO what they send and receive.
_TALKATIVE = (
    "aiohttp",
    "alembic",
    "asyncio",
    "httpcore",
    "httpx",
    "slack_bolt",
    "slack_sdk",
    "uvicorn",
)


def set_up_logging(level: str) -> None:
    """Log to standard error from now on, at `level` and above."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns of a job that is still at work when it is due again: that one goes on with what is due.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what looks like a token or a response URL, wherever it stands (a structlog processor)."""
    return {
        name: _SECRETS.sub("(redacted)", value) if isinstance(value, str) else value
        for name, value in event.items()
    }
