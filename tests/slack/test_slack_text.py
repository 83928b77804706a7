from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest
from slack_make import NOW

import bot
from bot.domain.assets import LEVELS, Kind
from bot.domain.denials import DenialReason
from bot.domain.refs import WORDS, read_ref
from bot.domain.requests import ErrorCode, FieldError, RequestState
from bot.services.results import Denied
from bot.slack.lines import plain
from bot.slack.text import en as texts

OUTSIDERS = [DenialReason.STRANGER, DenialReason.NOT_MEMBER, DenialReason.UNKNOWN_REQUEST]


def said(reason: DenialReason, **fields: object) -> str:
    return plain(texts.errors.denial(Denied(reason=reason, **fields)))  # type: ignore[arg-type]


@pytest.mark.parametrize("reason", list(DenialReason))
def test_every_reason_has_words_that_read_as_sentences(reason):
    words = said(reason)
    assert words[0].isupper()
    assert words.endswith(".")
    assert "{" not in words
    assert "None" not in words
    assert "  " not in words


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_field_error_has_words_that_say_what_to_do(code):
    words = texts.errors.field_error(FieldError(field="x", code=code, got="30"))
    assert words.endswith((".", ")."))
    assert "{" not in words


@pytest.mark.parametrize("reason", OUTSIDERS)
def test_outsiders_are_all_told_the_same_whatever_the_answer_carries(reason):
    carried = {"ref": "AMBER-1234", "name": "Brand", "by": "Zoe", "at": NOW, "state": RequestState.APPROVED}
    assert said(reason, **carried) == said(DenialReason.STRANGER)


@pytest.mark.covers("P6")
def test_unknown_deactivated_and_restricted_are_three_messages():
    messages = {
        said(reason)
        for reason in (DenialReason.UNKNOWN_BUSINESS, DenialReason.DEACTIVATED, DenialReason.RESTRICTED)
    }
    assert len(messages) == 3


def test_a_wrong_business_id_is_told_what_a_right_one_looks_like_and_where_to_find_it():
    words = texts.errors.field_error(FieldError(field="owner", code=ErrorCode.BUSINESS_ID, got="12 34"))
    assert "5 to 20 digits" in words
    assert "Business Settings → Business info" in words


@pytest.mark.parametrize("state", [state for state in RequestState if not state.is_open])
def test_a_late_click_is_told_how_it_ended_when_and_who_decided(state):
    reason = DenialReason.EXPIRED if state is RequestState.EXPIRED else DenialReason.ALREADY_OVER
    words = said(reason, ref="AMBER-1234", state=state, by="Zoe Zimmer", at=NOW)
    assert "AMBER-1234" in words
    assert "22 Nov 2026, 13:00 UTC" in words
    assert ("Zoe Zimmer" in words) == (state is not RequestState.EXPIRED)


@pytest.mark.parametrize(
    ("reason", "names"), [(DenialReason.DRAFT_OVER, "AMBER-1234"), (DenialReason.CREATION_OVER, "Acme DE")]
)
def test_who_comes_too_late_for_what_expired_is_not_told_that_somebody_did_it(reason, names):
    words = said(reason, ref="AMBER-1234", name="Acme DE", state=RequestState.EXPIRED, at=NOW)
    assert words.startswith(f"{names} expired, 22 Nov 2026, 13:00 UTC: nobody ")
    assert "already by Zoe" in said(reason, ref="AMBER-1234", name="Acme DE", by="Zoe", at=NOW)


def test_a_late_undo_is_told_how_access_is_ended_now_or_who_undid_it():
    never_or_over = said(DenialReason.UNDO_OVER, ref="AMBER-1234")
    assert "AMBER-1234 can't be undone now." in never_or_over, "what was adopted never had a time to undo it"
    assert "/access revoke" in never_or_over
    assert said(DenialReason.UNDO_OVER, ref="AMBER-1234", by="Max Maple", at=NOW) == (
        "AMBER-1234 was undone already by Max Maple, 22 Nov 2026, 13:00 UTC. Nothing was changed."
    )


def test_a_second_reminder_is_told_when_the_next_can_be():
    assert "22 Nov 2026, 13:00 UTC" in said(DenialReason.REMINDED_ALREADY, ref="AMBER-1234", at=NOW)


def test_the_member_who_must_stay_or_cannot_be_added_is_named():
    assert said(DenialReason.LAST_ADMIN, name="Zoe Zimmer").startswith("Zoe Zimmer is the last admin")
    assert said(DenialReason.HOME_ELSEWHERE, name="Zoe Zimmer").startswith("Zoe Zimmer is at home in another")


def test_what_was_typed_is_quoted_short_in_an_error():
    words = texts.errors.field_error(FieldError(field="x", code=ErrorCode.ASSET_ID, got="x" * 5_000))
    assert len(words) < 300


def test_names_beyond_the_tenth_are_counted_and_not_dropped():
    assert texts.basics.listed(["A"]) == "A"
    assert texts.basics.listed(["A", "B", "C"]) == "A, B and C"
    assert (
        texts.basics.listed([str(number) for number in range(12)])
        == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    )


@pytest.mark.parametrize("kind", list(Kind))
def test_every_level_of_every_kind_says_what_it_lets_a_partner_do(kind):
    for level in LEVELS[kind]:
        assert texts.basics.level_words(kind, level.tasks) == level.means
        assert texts.basics.level_description(level)[0].isupper()
    assert texts.basics.level_words(kind, frozenset({"NEVER"})) == texts.basics.ONLY_THESE_TASKS


def test_no_word_of_the_catalogue_is_unused():
    root = Path(bot.__file__).parent.parent
    subjects = {path.stem: path.read_text() for path in (root / "bot/slack/text/en").glob("*.py")}
    files = [path for folder in ("bot", "handlers") for path in (root / folder).rglob("*.py")]
    used = "\n".join(path.read_text() for path in files)
    unused = [
        f"{subject}.{name}"
        for subject, words in subjects.items()
        for name in re.findall(r"^([A-Z][A-Z_]+)\b[^=\n]*=", words, re.MULTILINE)
        if f"texts.{subject}.{name}" not in used and len(re.findall(rf"\b{name}\b", words)) < 2
    ]
    assert unused == []


# --- kinds of requests ------------------------------------------------------------------------------


def _phrases(said):
    return [said] if isinstance(said, str) else list(said.values())


@pytest.mark.parametrize("kind", list(texts.kinds.WORDS))
def test_every_phrase_of_a_kind_is_said(kind):
    words = texts.kinds.WORDS[kind]
    said = [getattr(part, one.name) for part in (words, words.form) for one in fields(part)]
    phrases = [text for one in said if isinstance(one, str | Mapping) for text in _phrases(one)]
    assert all(phrases)
    assert set(words.next_after) <= set(RequestState)


def test_no_phrase_of_a_kind_is_unused():
    root = Path(bot.__file__).parent / "slack"
    used = "\n".join(path.read_text() for path in root.rglob("*.py") if path.name != "kinds.py")
    assert [one.name for one in fields(texts.kinds.KindWords) if f".{one.name}" not in used] == []


@pytest.mark.case("7.1")
def test_every_title_fits_with_the_longest_reference():
    longest = f"{max(WORDS, key=len)}-1234567"
    assert read_ref(longest) == longest
    for catalogue in (texts.modals, texts.settings):
        for name, text in vars(catalogue).items():
            if isinstance(text, str) and name.endswith(("TITLE", "SUBMIT")):
                assert len(text.format(ref=longest)) <= 24, name
