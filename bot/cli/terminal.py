"""What commands print, and the exit codes with which they end."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TextIO

import typer
from typer.core import TyperGroup

from bot.stopping import hearing_again

FOUND = 1
"""Exit code: something was found or refused, such as an altered journal or a bad directory file."""

USAGE = 2
"""Exit code: the program was called or set up wrongly. typer uses it too."""

_OPEN_ALREADY = (Path("/dev"), Path("/dev/fd"))
"""What these folders name, such as /dev/stdout, may be a file that somebody else has open."""

INTERRUPTED = 130
"""Exit code: somebody pressed Ctrl-C. Shells use it too."""

NOT_CHANGED = "interrupted: nothing was changed"


def say(text: str) -> None:
    """Print a line to stdout, at once. Exit where that cannot be written, as on a full disk.

    If nobody reads on, the command goes on with what it is there for.
    """
    with suppress(BrokenPipeError):
        pour([text])


def pour(lines: Iterable[str]) -> None:
    """Print lines to stdout as they come. Raise BrokenPipeError once who reads them has enough."""
    try:
        for line in lines:
            print(line, flush=True)  # noqa: T201 - this is where people read it
    except OSError as error:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - else it is tried once more at the exit
        if isinstance(error, BrokenPipeError):
            raise
        fail(f"what is printed could not be written: {error.strerror}", code=FOUND)


def fail(text: str, *, code: int) -> NoReturn:
    """Print each line of `text` to stderr, under the program's name, and exit."""
    for line in text.splitlines():
        print(f"countersign: {line}", file=sys.stderr)  # noqa: T201 - the same
    sys.exit(code)


class Noted(logging.Handler):
    """Prints what is logged while a command runs as a line, as `fail` does; `serve` logs in its own way."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print it."""
        print(f"countersign: {record.getMessage()}", file=sys.stderr)  # noqa: T201 - the same


@contextmanager
def written(file: Path, *, named: str = "") -> Iterator[TextIO]:
    """Give what is to be a file: it takes that name once it is whole, in the place of what stood there.

    What is no ordinary file, as a pipe, is written to as it is. Exit where that is not possible.
    `named`: the option that names it.
    """
    is_ordinary = (file.is_file() or not file.exists()) and file.absolute().parent not in _OPEN_ALREADY
    place = Path(os.path.realpath(file)) if is_ordinary else file
    whole = place.with_name(f"{place.name}.part") if is_ordinary else place
    try:
        with whole.open("w" if is_ordinary else "a", encoding="utf-8") as out:
            yield out
        if is_ordinary:
            if place.exists():
                shutil.copymode(place, whole)
            whole.replace(place)
    except OSError as error:
        fail(f"{named}{file}: {error.strerror}", code=USAGE)
    finally:
        if is_ordinary:
            whole.unlink(missing_ok=True)


class Program(TyperGroup):
    """Commands of which each says how it ended: also if nobody answers what it asks, or Ctrl-C is pressed."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. What it has begun to change it finishes (`finished`): Ctrl-C comes before that."""
        try:
            with hearing_again():
                return super().invoke(ctx)
        except typer.Abort as aborted:
            if isinstance(aborted.__context__, EOFError):
                fail("this asks for something, and nobody answers: nothing was changed", code=USAGE)
            fail(NOT_CHANGED, code=INTERRUPTED)
        except KeyboardInterrupt:
            fail(NOT_CHANGED, code=INTERRUPTED)


def confirmed(question: str) -> bool:
    """Ask, and return whether the answer was yes. Exit where nobody can answer."""
    if not _is_somebody_there():
        fail("this asks before it changes anything: say --yes where nobody can answer", code=USAGE)
    return bool(typer.confirm(question, err=True))  # what is printed may go to a file


def _is_somebody_there() -> bool:
    return bool(sys.stdin) and sys.stdin.isatty()  # without any, Python has None


def secret(prompt: str) -> str:
    """Ask for what nobody is to see, or read it from a pipe: then nothing is asked at the terminal."""
    if _is_somebody_there():
        return str(typer.prompt(prompt, hide_input=True, err=True))
    given = sys.stdin.readline().strip() if sys.stdin else ""
    if not given:
        fail("this asks for something, and nobody answers: nothing was changed", code=USAGE)
    return given


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar; yield a function that takes how much is done, and of how much.

    Nothing is drawn unless stderr is a terminal.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title)
        yield lambda done, total: bar.update(task, completed=done, total=total)
