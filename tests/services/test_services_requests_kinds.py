"""A kind of request is a row in a table, a module and words: nothing else knows one from another."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.kinds import RULES, RequestKind
from bot.domain.policy import DenialReason
from bot.domain.requests import Approve, Term
from bot.services.requests.kinds import KINDS
from bot.services.results import Moved
from bot.slack.text.en import kinds as words

ROOT = Path(__file__).parents[2]


def test_every_kind_has_its_rules_its_module_and_its_words():
    assert RULES.keys() == KINDS.keys() == words.WORDS.keys()


def test_no_kind_is_named_outside_the_table_the_modules_and_the_words():
    names = re.compile(r"\bRequestKind\.(?:" + "|".join(RequestKind) + r")\b")
    homes = ("bot/domain/kinds.py", "bot/services/requests/kinds/", "bot/slack/text/", "bot/sandbox/")
    named = [
        str(path)
        for top in ("bot", "handlers")
        for path in (one.relative_to(ROOT) for one in (ROOT / top).rglob("*.py"))
        if not str(path).startswith(homes) and names.search((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert named == []


@pytest.mark.parametrize(
    "narrower", [Approve(term=Term.for_days(3)), Approve(given={0: frozenset({"ANALYZE"})})]
)
def test_a_kind_that_cannot_be_narrowed_is_approved_whole_or_not_at_all(story, town, monkeypatch, narrower):
    monkeypatch.setitem(RULES, RequestKind.ACCESS, replace(RULES[RequestKind.ACCESS], may_narrow=False))
    sent = story.submit(town.ann)
    no = story.decide(town.dana, sent.request_id, narrower)
    assert (no.reason, no.field) == (DenialReason.WHOLE_ONLY, "items")
    assert isinstance(story.decide(town.dana, sent.request_id, Approve()), Moved)
