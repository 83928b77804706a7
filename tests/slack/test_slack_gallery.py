"""The gallery: all that Slack shows is in it, Slack takes all of it, and it reads aloud as it looks."""

from __future__ import annotations

import html
import importlib
import inspect
import pkgutil
import re
import sys
import types
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_args

import pytest
from exhibited import every
from slack_make import assert_openable, assert_publishable, assert_sendable

import bot.slack
from bot.app import LISTENERS
from bot.domain import assets
from bot.domain.assets import LEVELS
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RULES
from bot.domain.messages import Audience, Notice
from bot.domain.requests import DraftState, ErrorCode, RequestState
from bot.sandbox.gallery.answers import results
from bot.sandbox.gallery.everything import exhibits
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Part, Size, words_of
from bot.sandbox.slack import complaints_about_options
from bot.services.results import Denied, Invalid, Result
from bot.slack import cards
from bot.slack.ids import ActionId, Callback, Json, ListWord, Section
from bot.slack.kit import Message
from bot.slack.text import en as texts
from bot.slack.values import read_press
from handlers.presses import with_ref

HANDLED = {Part.CARD, Part.DIGEST, Part.NOTICE, Part.HOME}
"""Parts that show records, each of which comes small and large."""


def part(which: Part) -> list[Exhibit]:
    return [one for one in every() if one.part is which]


def messages() -> list[tuple[Exhibit, Message]]:
    return [(one, one.shown) for one in every() if isinstance(one.shown, Message)]


# --- Slack takes it ---------------------------------------------------------------------------------


@pytest.mark.case("7.1")
@pytest.mark.parametrize("which", list(Part))
def test_slack_takes_everything_that_is_shown_however_large(which: Part) -> None:
    shown = part(which)
    assert shown
    for one in shown:
        try:
            if isinstance(one.shown, Message):
                assert_sendable(one.shown)
            elif one.shown.get("type") == "home":
                assert_publishable(one.shown)
            elif one.shown.get("type") == "modal":
                assert_openable(one.shown)
            else:
                assert complaints_about_options(one.shown) == []
        except AssertionError as error:
            error.add_note(one.name)
            raise


def test_what_the_operator_ended_during_a_review_is_not_said_to_have_ended_by_the_settings() -> None:
    (said,) = (one.shown.text for one in part(Part.LIST) if "review: all of it: usual" in one.name)
    assert "removed by the person who runs Countersign, " in said
    assert said.count("by your settings, as nobody looked at it") == 1, "what was kept in silence"


def test_what_has_ended_is_not_said_to_be_in_use() -> None:
    pages = {one.state: "\n".join(lines_in(one.blocks)) for one in part(Part.FORM) if one.title == "Partner"}
    assert "In use." in pages["now"]
    assert "Ended" in pages["as of a day"]
    assert "In use." not in pages["as of a day"]


def test_every_error_stands_at_an_input_of_its_form() -> None:
    with_errors = [one for one in every() if one.errors]
    assert len(with_errors) > 10
    for one in with_errors:
        inputs = {block["block_id"] for block in one.blocks if block["type"] == "input"}
        assert set(one.errors) <= inputs, one.name


def test_every_exhibit_has_a_name_of_its_own() -> None:
    names = [one.name for one in every()]
    assert len(set(names)) == len(names)


# --- everything is there ----------------------------------------------------------------------------


def renderers() -> dict[str, Callable[..., Any]]:
    """Return each public function that makes a message, a view or a menu's options from what it is given."""
    others = ("bot.slack.screens", "bot.slack.senders", "bot.slack.kit")  # these read the record, or Slack
    found = {}
    for module in pkgutil.walk_packages(bot.slack.__path__, "bot.slack."):
        if module.name.startswith(others):
            continue
        held = vars(importlib.import_module(module.name))
        for name, one in held.items():
            given = getattr(one, "__annotations__", {})
            made = given.get("return", "") if "ctx" not in given else ""  # else it reads the record
            is_shown = made in {"Message", "View"} or (made == "Json" and name.endswith("_options"))
            is_own = inspect.isfunction(one) and one.__module__ == module.name and not name.startswith("_")
            if is_own and is_shown:
                found[f"{module.name}.{name}"] = one
    return found


def test_every_renderer_is_called_for_the_gallery() -> None:
    called: set[types.CodeType] = set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: called.add(frame.f_code) if event == "call" else None)
    try:
        exhibits()
    finally:
        sys.setprofile(before)
    known = renderers()
    assert {getattr(cards, name) for name in cards.__all__} <= set(known.values())
    assert [name for name, one in known.items() if one.__code__ not in called] == []


def catalogue() -> Iterator[tuple[str, str]]:
    """Return every word of the catalogue with where it stands, and of every level.

    The pages on which the app is installed are read in a browser: flows/test_flows_installing.py opens them.
    The report is a page too: services/test_services_report_on_paper.py reads it.
    """
    for subject in texts.__all__:
        if subject in {"installing", "report"}:
            continue
        for name, held in vars(getattr(texts, subject)).items():
            if name.lstrip("_").isupper() and name not in vars(assets):
                yield from ((f"{subject}.{name}", words) for words in phrases(held))
    for kind, levels in LEVELS.items():
        yield from ((f"{kind}.{one.name}", words) for one in levels for words in (one.name, one.means))


def phrases(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, Mapping):
        for one in held.values():
            yield from phrases(one)
    elif isinstance(held, tuple):
        for one in held:
            yield from phrases(one)
    elif is_dataclass(held):
        for one in fields(held):
            yield from phrases(getattr(held, one.name))


@cache
def all_that_is_said() -> frozenset[str]:
    """Return every line, label and error of the gallery."""
    lines: set[str] = set()
    for one in every():
        if isinstance(one.shown, Message):
            lines.update(heard(one.shown.text).splitlines())
        lines.update(lines_in(one.blocks if isinstance(one.shown, Message) else one.shown))
        lines.update(one.errors.values())
    return frozenset(lines)


def lines_in(held: Any) -> Iterator[str]:
    """Return each text inside blocks; the pieces of a rich line are one."""
    if isinstance(held, list):
        for one in held:
            yield from lines_in(one)
    elif isinstance(held, dict):
        if str(held.get("type")).startswith("rich_text_") and held["type"] != "rich_text_list":
            yield "".join(
                one.get("text", one.get("fallback", one.get("channel_id", ""))) for one in held["elements"]
            )
            return
        for name, one in held.items():
            if isinstance(one, str) and name in {"text", "accessibility_label"}:
                yield heard(one)
            elif not isinstance(one, str):
                yield from lines_in(one)


def is_said(template: str) -> bool:
    """Say whether the gallery says this, with anything for its values."""
    pieces = re.split(r"\{\w+\}", re.sub("[*`]", "", template))
    said = re.compile(".*?".join(map(re.escape, pieces)))
    longest = max(pieces, key=len)  # is looked for first, which is quick
    return any(longest in line and said.search(line) for line in all_that_is_said())


STIFF = re.compile(
    r"as many as it may|you may less|is no \w+ any more|something else than|\banew\b|\bfor who\b|; who runs"
)
"""Turns in which nobody speaks any more, or that only who wrote them understands."""


def test_no_word_of_the_catalogue_takes_a_turn_that_nobody_speaks_in() -> None:
    assert [(place, said) for place, said in catalogue() if STIFF.search(said)] == []


def test_every_word_of_the_catalogue_is_said_in_the_gallery() -> None:
    words = list(catalogue())
    assert len(words) > 600
    assert [(place, said) for place, said in words if not is_said(said)] == []
    assert not is_said("Nobody says {this}.")


def test_no_word_says_optional_as_slack_says_it_beside_the_label() -> None:
    assert [place for place, said in catalogue() if "(optional)" in said] == []


def test_only_an_event_that_this_version_does_not_know_has_no_words_of_its_own() -> None:
    unworded = texts.modals.HISTORY_OTHER.format(kind="")
    said = [line for line in all_that_is_said() if unworded in line]
    assert [line.partition(unworded)[2] for line in said] == ["request.of_an_older_version, by Dana Diaz."]


@pytest.mark.parametrize("kind", list(RULES))
@pytest.mark.parametrize("state", list(RequestState))
def test_a_request_of_every_kind_in_every_state_is_shown_to_everybody_in_every_size(kind, state) -> None:
    shown = {
        (one.audience, one.size)
        for one in part(Part.CARD)
        if one.title.endswith(words_of(kind)) and one.state == words_of(state)
    }
    readers = (Audience.APPROVERS, Audience.REQUESTER, Audience.EXPIRY, Audience.AUTHOR)
    assert shown == {(READERS[reader], size) for reader in readers for size in Size}


def test_a_draft_in_every_state_is_shown_to_both_in_every_size() -> None:
    shown = {(one.state, one.audience, one.size) for one in part(Part.CARD) if one.title == "Draft"}
    assert shown == {
        (words_of(state), READERS[reader], size)
        for state in DraftState
        for reader in (Audience.SUBMITTERS, Audience.AUTHOR)
        for size in Size
    }


def states(which: Part) -> set[str]:
    return {one.state for one in part(which)}


def test_every_audience_state_notice_denial_and_error_is_there() -> None:
    assert {READERS[one] for one in Audience} <= {one.audience for one in every()}
    ending = {one.state for one in part(Part.CARD) if one.title == "Access that ends"}
    live = {GrantState.ACTIVE: "in force"}
    over = {GrantState.ENDED}
    assert {live.get(one, words_of(one)) for one in GrantState if one not in over} <= ending
    assert {f"ended: {words_of(one)}" for one in EndReason} <= ending & states(Part.NOTICE)
    assert {f"extension {words_of(one)}" for one in RequestState} <= ending
    of_drafts = {Notice.SENT: "draft sent", Notice.DROPPED: "draft dropped", Notice.ENDED: "ended: reached"}
    assert {of_drafts.get(one, words_of(one)) for one in Notice} <= states(Part.NOTICE)
    assert {words_of(one) for one in DenialReason} <= states(Part.DENIAL)
    assert {words_of(one) for one in ErrorCode} <= states(Part.ERROR)


def test_every_answer_of_a_verb_is_there() -> None:
    assert {type(one) for one in results().values()} | {Denied, Invalid} == set(get_args(Result))


def test_every_list_and_every_part_of_the_home_is_there() -> None:
    assert {f"/access list {word}" for word in ListWord} <= {one.title for one in part(Part.LIST)}
    assert {f"page 2 of {texts.home.HEADS[section]}" for section in Section} <= states(Part.HOME)


def test_everything_that_can_be_pressed_or_filled_in_is_there_and_every_modal() -> None:
    pressed, opened = set(), set()
    for one in every():
        shown = repr(one.shown)
        pressed |= set(re.findall(r"'action_id': '(\w+)'", shown)) | set(re.findall(r'{"a":"(\w+)"', shown))
        opened |= set(re.findall(r"'callback_id': '(\w+)'", shown))
    assert pressed == set(ActionId)
    assert opened == set(Callback)


def presses(held: Any) -> Iterator[Json]:
    """What Slack sends for each button, and each choice of a menu of buttons, in a message or view."""
    if isinstance(held, Mapping):
        if held.get("type") == "button" and "action_id" in held:
            yield {"action_id": held["action_id"], "value": held.get("value")}
        if held.get("type") == "overflow":
            options = held["options"]
            yield from ({"action_id": held["action_id"], "selected_option": one} for one in options)
        held = list(held.values())
    if isinstance(held, list | tuple):
        for one in held:
            yield from presses(one)


def test_every_button_that_is_shown_says_what_it_is_about_as_its_handler_needs_it() -> None:
    about = set()
    for one in every():
        for sent in presses(one.blocks):
            press = read_press(sent)
            if LISTENERS.actions[press.action].__qualname__.startswith(with_ref.__name__):
                assert press.ref is not None, f"{one.name}: {press.action}"
                about.add(press.action)
    assert len(about) > 30


def test_whatever_shows_records_is_there_small_and_large() -> None:
    sizes: dict[tuple[Part, str], set[Size]] = defaultdict(set)
    for one in every():
        sizes[one.part, one.title].add(one.size)
    of_records = {name: held for name, held in sizes.items() if name[0] in HANDLED}
    assert {name: held for name, held in of_records.items() if held != set(Size)} == {}
    has_no_record = {"A message in a modal", "Set up your business"}
    forms = {title: held for (which, title), held in sizes.items() if which is Part.FORM}
    assert {title for title, held in forms.items() if held != set(Size)} == has_no_record


# --- it reads aloud as it looks ---------------------------------------------------------------------

REST = (texts.cards.THE_REST, texts.lists.THE_REST_OF_A_LIST)
COUNTED = tuple(
    template.partition("{count}")[2] for template in (texts.cards.MORE_ITEMS, texts.cards.ALL_ITEMS)
)


def heard(text: str) -> str:
    """Return a text as it is read aloud, times as they stand in for themselves and channels by their ids."""
    text = re.sub(r"<#([A-Z0-9]+)>", r"\1", text)
    return html.unescape(re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", text))


def seen(blocks: list[dict[str, Any]]) -> str:
    """Return what blocks say, other than what can be pressed."""
    said = [{name: held for name, held in one.items() if name != "accessory"} for one in blocks]
    return "\n".join(lines_in([one for one in said if one["type"] != "actions"]))


def only_words(text: str) -> list[str]:
    """Return the words alone, without the marks of lists, quotes and ends of sentences."""
    return [word for one in re.sub("[•·“”]", " ", text).split() if (word := one.rstrip(".,:"))]


def is_in_order(inside: list[str], within: list[str]) -> bool:
    left = iter(within)
    return all(word in left for word in inside)


def test_the_text_of_every_message_says_what_its_blocks_say() -> None:
    """A text that is too long says where the rest is, and nothing that the blocks do not."""
    cut = 0
    for one, message in messages():
        read, looks = only_words(heard(message.text)), only_words(seen(message.blocks))
        if read == looks:
            continue
        cut += 1
        assert one.size is Size.LARGEST, one.name
        lines = heard(message.text).splitlines()
        kept = [said for said in lines if not said.startswith(REST) and not said.endswith(COUNTED)]
        assert len(kept) < len(lines), one.name
        assert is_in_order(only_words("\n".join(kept)), looks), one.name
    assert cut


def test_no_two_buttons_or_inputs_of_a_message_or_view_sound_the_same() -> None:
    """Somebody who hears them one after the other knows which is which."""
    for one in every():
        named: dict[str, set[str]] = defaultdict(set)
        for button in buttons_in(one.blocks):
            sounds = button.get("accessibility_label") or button["text"]["text"]
            named[sounds].add(f"{button['action_id']} {button.get('value')}")
        for block in one.blocks:
            if block["type"] == "input":
                named[block["label"]["text"]].add(block["block_id"])
        assert [sounds for sounds, held in named.items() if len(held) > 1] == [], one.name


def buttons_in(held: Any) -> Iterator[dict[str, Any]]:
    if isinstance(held, list):
        for one in held:
            yield from buttons_in(one)
    elif isinstance(held, dict):
        if held.get("type") == "button":
            yield held
        for one in held.values():
            yield from buttons_in(one)


def plain_texts(shown: object) -> Iterator[str]:
    """Yield each text that Slack shows as it is."""
    match shown:
        case {"type": "plain_text", "text": str(text)}:
            yield text
        case dict():
            for held in shown.values():
                yield from plain_texts(held)
        case list():
            for held in shown:
                yield from plain_texts(held)


def test_no_marks_stand_where_slack_shows_them_as_they_are() -> None:
    marked = re.compile(r"`|\*\S[^*]*\*|<[!@#]")
    for one in every():
        shown = one.blocks if isinstance(one.shown, Message) else one.shown
        texts_ = [*plain_texts(shown), *one.errors.values()]
        assert [text for text in texts_ if marked.search(text)] == [], one.name
