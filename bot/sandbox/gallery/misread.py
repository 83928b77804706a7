"""The form for asking as it opens after a command of which a part is not understood."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.assets import Kind
from bot.domain.limits import LONGEST_DAYS, MOST_ITEMS
from bot.sandbox.gallery import records, sizes
from bot.sandbox.gallery.exhibit import Exhibit, Exhibits, Json, Part, Size
from bot.sandbox.gallery.records import NOW
from bot.slack import modals
from bot.slack.command_line.parse import parse
from bot.slack.command_line.words import RequestWords
from bot.slack.lines import short
from bot.slack.text import en as texts

_REQUEST_LINE = "request act_4815162342 general user"
_LINES = (
    "request , general user",
    "request described the EU account",
    'request described catalogue "the big one" admin',
    "request act_4815162342 general user, act_4815162343 admin",
    f"{_REQUEST_LINE} for ever and a day",
    f"{_REQUEST_LINE} for {LONGEST_DAYS + 1} days",
    f"{_REQUEST_LINE} until doomsday",
    f"{_REQUEST_LINE} until 03/04/2027",
    f"{_REQUEST_LINE} until 2020-01-01",
    f"{_REQUEST_LINE} for 30d for 40d",
    f"{_REQUEST_LINE} for",
    f"{_REQUEST_LINE} from 99",
    f"{_REQUEST_LINE} because",
)


def misread(usual: modals.ModalState, largest: modals.ModalState) -> Exhibits:
    """Return the form with each thing that can be wrong in a command, at its field."""
    asked = records.preview(owner=sizes.DECIDES[Size.USUAL])
    for number, (text, note) in enumerate(_notes(), start=1):
        state = replace(usual, line=text, notes=(note,))
        shown = modals.request_modal(state, me=records.me(), preview=asked)
        yield _form(shown, state=f"{number}: {short(text, 60)}", size=Size.USUAL)
    ours = records.me(records.own(party=sizes.ASKS[Size.LARGEST]))
    waits = replace(largest, owner=None, line="x" * 600, notes=(modals.Note("term", "x" * 200),))
    shown = modals.request_modal(waits, me=ours, preview=None)
    yield _form(shown, state="no owner yet", size=Size.LARGEST)


def _notes() -> list[tuple[str, modals.Note]]:
    words = texts.command_line
    unknown = [
        words.NOT_AN_ASSET.format(text="the-account"),
        words.NAMES_NONE,
        words.NAMES_MANY.format(most=MOST_ITEMS),
        words.NEAR_TASK.format(text="advertize", near="advertise"),
        words.SEVERAL_CALLED.format(text="acme shoes"),
        *(texts.basics.level_misfit(kind, "reader") for kind in Kind),
    ]
    notes = [(f"{_REQUEST_LINE} something", modals.Note("assets", text)) for text in unknown]
    near = words.NEAR_OWNER.format(text="acme", near="Acme Shoes")
    notes.append((f"{_REQUEST_LINE} from acme", modals.Note("owner", near)))
    notes.append(("claim act_4815162342 for 30d", modals.Note("reason", words.NO_TERM)))
    notes.append((f"{_REQUEST_LINE} until contract end", modals.Note("term", words.NO_CONTRACT)))
    for text in _LINES:
        read = parse(text, zone="Europe/Berlin", now=NOW, is_business=lambda _: False)
        assert isinstance(read, RequestWords), text
        notes.append((text, modals.Note(*read.wrong[0])))
    return notes


def _form(shown: Json, *, state: str, size: Size) -> Exhibit:
    return Exhibit(part=Part.FORM, title="Ask for access", state=state, size=size, shown=shown)
