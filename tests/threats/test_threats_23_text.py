"""T23: what people type, and what they are called, is text and nothing else."""

from __future__ import annotations

import re
from functools import partial
from html import unescape
from typing import Any

import hostile
import make
import pytest
from sqlalchemy import update
from world import Way, World, running

from bot.clock import PushedClock
from bot.domain.requests import Approve
from bot.sandbox.slack import Person
from bot.services import reports
from bot.services.context import act
from bot.slack.report import report_page
from bot.store import tables
from bot.store.database import Database, Tx

_DATE = re.compile(r"<!date\^[0-9]+\^\u200b?\{date_[a-z_]+\}(?: at \{time\})?\|[0-9A-Za-z ,:]+>")
_LABELLED = re.compile(rf"[A-Za-z ]*{_DATE.pattern}")
_RICH = {"rich_text", "rich_text_section", "rich_text_list", "rich_text_quote", "text", "date"}


def codes(sent: Any, where: str = "") -> list[str]:
    """What in a payload could be more than text."""
    found: list[str] = []
    if isinstance(sent, list):
        for number, one in enumerate(sent):
            found += codes(one, f"{where}[{number}]")
    if not isinstance(sent, dict):
        return found
    kind = sent.get("type")
    if kind == "markdown" or (kind == "mrkdwn" and not _LABELLED.fullmatch(sent["text"])):
        found.append(f"{where}: {kind}")
    if kind == "plain_text" and sent.get("emoji") is not False:
        found.append(f"{where}: draws emoji")
    if kind == "rich_text":
        found += [f"{where}: {one}" for one in _types(sent) - _RICH]
    if isinstance(sent.get("text"), str) and kind not in ("plain_text", "text"):
        left = _DATE.sub("", sent["text"])
        if "<" in left or ">" in left or re.search(r"&(?!amp;|lt;|gt;)", left):
            found.append(f"{where}.text: {left}")
    if sent.get("parse") not in (None, "none") or sent.get("link_names"):
        found.append(f"{where}: asks Slack to find names")
    for name, held in sent.items():
        if name != "private_metadata":
            found += codes(held, f"{where}.{name}")
    return found


def _types(block: Any) -> set[str]:
    if isinstance(block, list):
        return set().union(*map(_types, block)) if block else set()
    if not isinstance(block, dict):
        return set()
    own = {block["type"]} if "type" in block else set()
    return own.union(*(_types(held) for name, held in block.items() if name != "style"))


def unseen(sent: Any) -> bool:
    """Whether there are marks in it that turn text round, hide in it or end it."""
    ours = repr_of(sent).replace("\u200b{date_", "{date_")  # keeps Slack from beginning with a capital
    return bool(re.search("[\u202a-\u202e\u2066-\u2069\u200b\ufeff\0\x1b]", ours))


def repr_of(sent: Any) -> str:
    if isinstance(sent, dict):
        return " ".join(repr_of(one) for one in sent.values())
    if isinstance(sent, list):
        return " ".join(map(repr_of, sent))
    return str(sent)


def test_the_check_itself_finds_what_it_looks_for() -> None:
    """Each way to be more than text, so that an empty list means something."""
    for bad in (
        {"text": "<!channel>"},
        {"text": "a & b"},
        {"type": "mrkdwn", "text": "x"},
        {"type": "mrkdwn", "text": "*x* <!date^1^{date_short}|1 Jan 1970>"},
        {"type": "mrkdwn", "text": "<!date^1^{date_short}|*x*>"},
        {"type": "plain_text", "text": "x", "emoji": True},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "user"}]}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "link"}]}]},
        {"text": "x", "link_names": True},
    ):
        assert codes({"blocks": [bad]}), bad
    assert not codes({"text": "until <!date^1^{date_short_pretty} at {time}|1 Jan 1970, 00:00 UTC> &amp; on"})


def named_nastily(database: Database, *, brand: str) -> None:
    """Everything and everybody of the town is called something nasty."""

    def verb(tx: Tx) -> None:
        for table, ids in (
            (tables.BusinessRow, (make.AGENCY,)),
            (tables.Asset, (make.ACCOUNT, make.PAGE, make.PIXEL)),
            (tables.Person, [f"4{number:014d}" for number in range(1, 7)]),
        ):
            for number, id_ in enumerate(ids):
                row = table.__table__  # type: ignore[attr-defined]
                tx.run(update(row).where(row.c.id == id_).values(name=hostile.TEXTS[number]))

        row = tables.BusinessRow.__table__  # type: ignore[attr-defined]
        tx.run(update(row).where(row.c.id == make.BRAND).values(name=brand))

    make.write(database, verb)


async def walk(world: World, said: str) -> None:
    """Ask with these words, in every place that takes any; look everywhere; then say no with them."""
    ann, dana = world.ann, world.dana
    quoted = said.replace('"', "'")
    await world.command(
        ann,
        f'request {make.ACCOUNT} described page "{quoted}" analyze for 30d from {make.BRAND} because {said}',
    )
    await world.settle()
    form = world.slack.top_view(ann)
    if form is not None:
        world.slack.close_views(world.slack.views(ann))
    await world.command(ann, f"request {make.ACCOUNT} analyze for 30d from {make.BRAND} because {said}")
    await world.settle()
    card = world.card_in(world.brand_room)
    assert card is not None
    await world.command(ann, f"{said[:40]} {said}")
    for words in (
        "",
        "pending",
        "list owned",
        "list given",
        f"cancel {said}",
        f"revoke {said}",
        f"list {said}",
    ):
        await world.command(dana, words)
    await world.settle()
    for choice in ("details", "history"):
        await show(world, dana, card, choice)
    await world.click(dana, card, "decline")
    await world.settle()
    form = world.slack.top_view(dana)
    assert form is not None
    await world.slack.set_value(dana, form, "note", said)
    sent = await world.slack.submit(dana, form)
    assert sent.ok, sent
    await world.settle()
    await show(world, dana, card, "history")


async def show(world: World, who: Person, card: Any, choice: str) -> None:
    options = [
        option["value"]
        for block in card.blocks
        for element in block.get("elements", [])
        if isinstance(element, dict)
        for option in element.get("options", [])
    ]
    await world.click(who, card, "more", selected=next(one for one in options if f'"a":"{choice}"' in one))
    await world.settle()
    world.slack.close_views(world.slack.views(who))


@pytest.mark.covers("T23", "T26", "I22")
@pytest.mark.parametrize(
    "name", [hostile.TEXTS[0], hostile.TEXTS[2], hostile.TEXTS[4]], ids=["a mention", "a link", "a format"]
)
async def test_nothing_typed_and_no_name_is_more_than_text_in_anything_that_slack_gets(
    sqlite_url: str, clock: PushedClock, name: str
) -> None:
    async with running(
        sqlite_url, way=Way.SOCKET, clock=clock, seed=partial(named_nastily, brand=name)
    ) as world:
        nasty = hostile.TEXTS if name == hostile.TEXTS[0] else hostile.TEXTS[:2]
        for said in nasty:
            await walk(world, said)
        assert len(world.rows(tables.Request)) == len(nasty)
        calls = [one for one in world.slack.calls if one.method.startswith(("chat.", "views."))]
        acks = [one.delivered.body for one in world.slack.deliveries if one.delivered is not None]
    assert len(calls) > 10 * len(nasty)
    assert not [f"{one.method}{code}" for one in calls for code in codes(one.args)]
    assert not [code for ack in acks for code in codes(ack)]
    posts = [one.args for one in calls if one.method == "chat.postMessage"]
    assert all(one["unfurl_links"] in (False, "false", "0") for one in posts)
    assert all(
        set(one.args["metadata"]["event_payload"]) == {"key"} for one in calls if one.args.get("metadata")
    )
    assert not [one.method for one in calls if unseen(one.args)]


@pytest.mark.covers("G10", "T23", "T24")
@pytest.mark.parametrize("typed", hostile.TEXTS)
def test_on_paper_it_is_text_too_and_whole(story, town, typed):
    typed = typed.replace("\0", "")  # which no database keeps
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    story.set(tables.Request, {}, reason=typed)
    story.set(tables.Asset, {"id": make.ACCOUNT}, name=typed)
    story.set(tables.BusinessRow, {"id": make.AGENCY}, name=typed)
    with story.database.reading() as tx:
        html = "".join(report_page(act(tx, reports.shared_by, make.BRAND, now=story.clock.now())))
    body = html.split("</style>")[1]
    assert set(re.findall("<([a-z!]+[0-9]?)", body)) <= {*_HTML.split(), *_SVG.split()}
    assert re.findall("(?:href|src)=[^ >]*", body) == [f'href="#p{make.AGENCY}"']
    shown = unescape(re.sub("<[^>]+>", "", body))
    assert shown.count(re.sub("[\\x00-\\x08\\x0b-\\x1f]", "\ufffd", typed)) > 5


_HTML = (
    "body main h1 h2 h3 p b bdi a time small span div table caption thead tbody tr th td figure figcaption"
)
_SVG = "svg title desc line text rect path"
