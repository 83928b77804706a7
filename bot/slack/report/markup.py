"""How the report is marked up: what was typed is text and nothing else, and times are in one zone."""

from __future__ import annotations

import re
from html import escape
from zoneinfo import ZoneInfo

from bot.slack.lines import Line, When, Words, plain_time

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #17212b; --quiet: #51606f; --rule: #d5dce3;
  --band: #f1f5f8; --on: #1f6a8c; --over: #8796a5; --mark: #b3431e;
  font: 100%/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --paper: #11171d; --ink: #e6ebf0; --quiet: #a5b2bf;
  --rule: #33404c; --band: #1b242d; --on: #5fb4d8; --over: #7f8f9e; --mark: #f0906a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.75rem 0 .5rem; padding-top: .75rem;
  border-top: 2px solid var(--ink); overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; overflow-wrap: anywhere; }
p { margin: .3rem 0; max-width: 44rem; overflow-wrap: anywhere; }
a { color: inherit; text-decoration-color: var(--over); text-underline-offset: .15em; }
.quiet, small { color: var(--quiet); font-size: .85rem; }
small { display: block; font-weight: 400; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: .6rem 0; }
.wide:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); font-size: .85rem; padding: 0 0 .3rem;
  overflow-wrap: anywhere; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0;
  border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
thead th { border-bottom: 2px solid var(--over); font-size: .85rem; }
tbody th { font-weight: 600; }
.grants table { table-layout: fixed; }
.grants th:nth-child(1) { width: 22%; }
.grants th:nth-child(3) { width: 13%; }
.grants th:nth-child(4) { width: 24%; }
.grants th:nth-child(6) { width: 12%; }
.matrix table { min-width: calc(8rem + var(--partners) * 7rem); table-layout: fixed; }
.matrix td, .matrix th { border-right: 1px solid var(--rule); padding-left: .5rem; }
.matrix td.none { color: var(--quiet); }
.matrix tbody tr:nth-child(even) { background: var(--band); }
tr.over { color: var(--quiet); }
figure { margin: .6rem 0 1.5rem; }
figcaption { color: var(--quiet); font-size: .85rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
svg { display: block; overflow: hidden; font: 12px/1 system-ui, sans-serif; }
svg svg { overflow: visible; }
svg .cut { fill: var(--paper); }
svg text { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
svg .tick { fill: var(--quiet); font-size: 11px; }
svg .grid { stroke: var(--rule); }
svg .mark { stroke: var(--mark); stroke-width: 1.5; }
svg .on { fill: var(--on); stroke: var(--on); }
svg .over { fill: none; stroke: var(--over); stroke-width: 1.5; }
svg .waits { fill: none; stroke: var(--on); stroke-width: 1.5; stroke-dasharray: 3 3; }
@media (max-width: 46rem) {
  .cards thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .cards table, .cards tbody, .cards tr, .cards th, .cards td, .cards caption { display: block; }
  .cards tr { padding: .6rem 0; border-bottom: 1px solid var(--over); }
  .grants tbody th:nth-child(1) { width: auto; }
  .cards th, .cards td { border: 0; padding: .1rem 0; }
  .cards td::before { content: attr(data-is) ": "; color: var(--quiet); }
}
@page { size: A4 landscape; margin: 13mm; }
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --band: #f3f3f3;
    --on: #1f6a8c; --over: #777; --mark: #b3431e; font-size: 8.5pt; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  .wide { overflow: visible; }
  .matrix table { min-width: 0; }
  h2, h3, caption, figcaption { break-after: avoid; }
  tr, figure { break-inside: avoid; }
  a { text-decoration: none; }
}
"""


def text(typed: str) -> str:
    """Return text as HTML shows it, whatever somebody typed."""
    return escape(_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", typed))


def name(typed: str) -> str:
    """Return what was typed set apart: letters that run the other way turn nothing around it."""
    return f"<bdi>{text(typed)}</bdi>"


def said(line: Line, zone: ZoneInfo) -> str:
    """Return a line with its bold words and with its times in the report's zone."""
    return "".join(_piece(piece, zone) for piece in line)


def _piece(piece: object, zone: ZoneInfo) -> str:
    match piece:
        case When():
            marked = f'<time datetime="{piece.at.isoformat()}">{plain_time(piece, zone)}</time>'
            return f"<b>{marked}</b>" if piece.bold else marked
        case Words(text=words, bold=bold):
            return f"<b>{name(words)}</b>" if bold else text(words)
        case _:
            return ""
