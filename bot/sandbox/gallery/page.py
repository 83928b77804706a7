"""The gallery as one HTML file that needs neither a server nor the internet.

It draws with the demo's own modules: each is inlined, and found by the page's import map. Only their store
is another, because nothing stands behind what can be pressed here.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bot.sandbox.demo
from bot.sandbox.gallery.exhibit import Exhibit, Json, Part
from bot.sandbox.gallery.records import NOW
from bot.sandbox.slack import VIEW_BYTES_LIMIT, completed, text_length, view_bytes
from bot.slack.kit import LONGEST_BLOCKS, Message
from bot.slack.lines import LONGEST_TEXT

_STATIC: Final = Path(__file__).parent / "static"
_DEMO: Final = Path(bot.sandbox.demo.__file__).parent / "static"
_STYLES: Final = (_DEMO / "page.css", _DEMO / "blocks.css", _DEMO / "dialogs.css", _STATIC / "gallery.css")
_FIRST_MODULE: Final = "gallery.js"
_IMPORT: Final = re.compile(r'from "\./(\w+\.js)"')
_WORLD: Final = {
    "app": {"name": "Countersign", "home": True},
    "now": NOW.timestamp(),
    "me": "U1",
    "reader": {"id": "U1", "name": "Ann Alder", "team": "T1", "tz": "Europe/Berlin", "locale": "en-GB"},
    "people": [{"id": "U1", "name": "Ann Alder", "team": "T1", "deleted": False}],
    "rooms": [{"id": "C1", "name": "approvals", "shared": False}],
    "bots": {},
    "names": {"C1": "approvals"},
}
_SHOWN: Final = {"message": "50", "modal": "100", "home": "100"}
"""How many blocks Slack takes of each."""
_IN_PRIVATE: Final = frozenset({Part.LIST, Part.ANSWER, Part.DENIAL, Part.ERROR})
"""What the person who acted sees alone, in the channel where they are."""


def page(exhibits: Sequence[Exhibit]) -> str:
    """Return the page."""
    data = {"world": _WORLD, "exhibits": [_shown(one, number) for number, one in enumerate(exhibits)]}
    parts = {
        "styles": "\n".join(path.read_text(encoding="utf-8") for path in _STYLES),
        "data": _inline(data),
        "modules": _inline({"imports": _modules()}),
    }
    text = (_STATIC / "gallery.html").read_text(encoding="utf-8")
    for name, held in parts.items():
        text = text.replace(f"/* {name} */", held)
    return text


def _inline(held: Json) -> str:
    """Return JSON that can stand inside a script element: nothing in it ends that or begins a comment."""
    return json.dumps(held, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _modules() -> dict[str, str]:
    """Return each module that the page needs as a data URL, by the name under which others import it."""
    found: dict[str, str] = {}
    missing = {_FIRST_MODULE}
    while missing:
        name = missing.pop()
        path = _STATIC / name
        text = (path if path.exists() else _DEMO / name).read_text(encoding="utf-8")
        missing |= set(_IMPORT.findall(text)) - found.keys() - {name}
        # A module in a data URL has no place to which "./" could be relative.
        bare = _IMPORT.sub(r'from "\1"', text)
        found[name] = f"data:text/javascript;base64,{b64encode(bare.encode()).decode()}"
    return found


def _shown(one: Exhibit, number: int) -> Json:
    """Return an exhibit as the page has it."""
    if isinstance(one.shown, Message):
        shape, text = "message", one.shown.text
        payload: Json = {"text": text, "blocks": one.blocks}
    else:
        shape, text, payload = one.shown.get("type", "menu"), "", one.shown
    return {
        "id": f"exhibit-{number}",
        "name": one.name,
        "part": one.part,
        "title": one.title,
        "state": one.state,
        "audience": one.audience,
        "size": one.size,
        "shape": shape,
        "private": one.part in _IN_PRIVATE,
        "text": text,
        "blocks": completed(one.blocks),
        "errors": dict(one.errors),
        "payload": payload,
        "figures": _figures(one, shape),
    }


def _figures(one: Exhibit, shape: str) -> list[str]:
    """Return how much of Slack's limits it takes."""
    if shape == "menu":
        return []
    blocks = f"{len(one.blocks)} of {_SHOWN[shape]} blocks"
    if isinstance(one.shown, Message):
        return [
            blocks,
            f"{text_length(one.blocks):,} of {LONGEST_BLOCKS:,} characters",
            f"{len(one.shown.text):,} of {LONGEST_TEXT:,} in the text",
        ]
    return [blocks, f"{view_bytes(one.shown) / 1000:,.0f} of {VIEW_BYTES_LIMIT // 1000} kB"]
