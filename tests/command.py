"""The command line run in this process, on a thread beside what a test serves."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


async def command(*arguments: str, folder: Path, **settings: str) -> Ended:
    """Run `countersign` in a folder, with nothing but these settings (without their prefix)."""
    return await asyncio.to_thread(_run, arguments, folder, settings)


def _run(arguments: tuple[str, ...], folder: Path, settings: dict[str, str]) -> Ended:
    with pytest.MonkeyPatch.context() as patched:
        for name in os.environ:
            if name.startswith("COUNTERSIGN_"):
                patched.delenv(name)
        for name, value in settings.items():
            patched.setenv(f"COUNTERSIGN_{name}", value)
        patched.chdir(folder)
        patched.setattr(sys, "argv", ["countersign", *arguments])
        with (
            redirect_stdout(io.StringIO()) as out,
            redirect_stderr(io.StringIO()) as err,
            pytest.raises(SystemExit) as ended,
        ):
            main()
    assert "Traceback" not in err.getvalue()
    return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())
