"""The pages on which the app is installed, as HTML."""

from __future__ import annotations

from html import escape

from bot.slack.text import en as texts

_STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { max-width: 34rem; padding: 2rem 1.5rem; box-sizing: border-box; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
a { display: inline-block; margin-top: .75rem; padding: .7rem 1.4rem; border-radius: .4rem;
    background: #1d3b53; color: #fff; font-weight: 600; text-decoration: none; }
a:hover { background: #2c5675; }
a:focus-visible { outline: 3px solid #e8a33d; outline-offset: 2px; }
"""


def begin_page(address: str) -> str:
    """Return the page that says what is installed, and leads to Slack's page where it is allowed."""
    said = (texts.installing.BEGIN_WHAT, texts.installing.BEGIN_NEXT)
    return _page(texts.installing.BEGIN_TITLE, *said, to=address, button=texts.installing.BEGIN_BUTTON)


def done_page(name: str, *, address: str, is_org: bool) -> str:
    """Return the page that says where the app is now, and what comes next."""
    title = texts.installing.DONE_TITLE.format(name=name)
    if is_org:
        said, button = texts.installing.DONE_ORG, texts.installing.DONE_ORG_BUTTON
    else:
        said, button = texts.installing.DONE_WORKSPACE, texts.installing.DONE_BUTTON
    return _page(title, said, to=address, button=button)


def cancelled_page(again: str) -> str:
    """Return the page for who did not allow it."""
    return _again(texts.installing.CANCELLED_TITLE, texts.installing.CANCELLED, again)


def stale_page(again: str) -> str:
    """Return the page for what was not begun here, or too long ago, or ended before."""
    return _again(texts.installing.STALE_TITLE, texts.installing.STALE, again)


def later_page(again: str) -> str:
    """Return the page for what may work if it is begun again."""
    return _again(texts.installing.LATER_TITLE, texts.installing.LATER, again)


def fault_page(reference: str) -> str:
    """Return the page for what only the person who runs the program can fix."""
    return _page(texts.installing.FAULT_TITLE, texts.installing.FAULT.format(reference=reference))


def _again(title: str, said: str, again: str) -> str:
    return _page(title, said, to=again, button=texts.installing.AGAIN_BUTTON)


def _page(title: str, *said: str, to: str = "", button: str = "") -> str:
    paragraphs = "".join(f"<p>{escape(one)}</p>" for one in said)
    link = f'<a href="{escape(to)}">{escape(button)}</a>' if to else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{paragraphs}{link}</main></body></html>"
    )
