"""What follows `people`: an asset, a person, or what is to be done with the one and the other."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.assets import KINDS_CALLED
from bot.domain.naming import TypedAsset, read_asset
from bot.slack.command_line.lengths import names_asset
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.command_line.vocabulary import (
    ALL_TASKS,
    BEFORE_LEVEL,
    BEFORE_WHAT,
    LEVEL_NAMES,
    STEPS,
    STEPS_BEFORE_ASSET,
)
from bot.slack.command_line.words import PeopleWords, Step
from bot.slack.lines import short
from bot.slack.text import en as texts

_LONGEST = 60


def take_asset(token: str, tokens: Tokens) -> TypedAsset | None:
    """Return the asset that this token names, alone or as a kind before its number."""
    tokens.at -= len(token)
    kind = KINDS_CALLED.get(tokens.phrase(KINDS_CALLED) or "")
    named = read_asset(tokens.take())
    return replace(named, kind=kind, ids=(named.id_as(kind),)) if named and kind else named


def read_people(tokens: Tokens) -> PeopleWords:
    """Read whose access to look at, or what is to change."""
    tokens.skip(BEFORE_WHAT)
    if (person_first := _person_first(tokens)) is not None:
        return person_first
    start = tokens.at
    first = tokens.take()
    asset = take_asset(first, tokens) if first else None
    called = ""
    if asset is None:
        tokens.at = start
        called = tokens.quoted() or _called(tokens)
    named = PeopleWords(asset=asset, asset_name=called)
    word = tokens.take()
    if not word:
        return named if asset else PeopleWords(name=called)
    step = STEPS.get(word.casefold())
    if step is None:
        raise Wrong(texts.command_line.ADD_OR_REMOVE.format(text=short(word, _LONGEST)))
    if not tokens.peek():
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=word))
    if step is Step.REMOVE:
        return replace(named, step=step, name=tokens.quoted() or tokens.rest())
    return _level(tokens, replace(named, step=step, name=tokens.quoted() or _name(tokens)))


def _person_first(tokens: Tokens) -> PeopleWords | None:
    """Take "Dana to act_123 as general user" or "Dana from act_123", if that comes next."""
    start = tokens.at
    while tokens.peek():
        before = tokens.at
        step = STEPS_BEFORE_ASSET.get(tokens.take().casefold())
        if step is not None and before > start and names_asset(tokens):
            named = PeopleWords(
                asset=take_asset(tokens.take(), tokens), step=step, name=tokens.text[start:before].strip()
            )
            tokens.skip(BEFORE_LEVEL)
            return named if step is Step.REMOVE else _level(tokens, named)
    tokens.at = start
    return None


def _called(tokens: Tokens) -> str:
    """Take all words up to what is to be done."""
    start = tokens.at
    while tokens.peek() and tokens.peek().casefold() not in STEPS:
        tokens.take()
    return tokens.text[start : tokens.at].strip()


def _name(tokens: Tokens) -> str:
    """Take all words up to a level or a task: at least one."""
    start = tokens.at
    tokens.take()
    end = tokens.at
    while tokens.peek() and not _is_level(tokens):
        is_between = tokens.take().casefold() in BEFORE_LEVEL and _is_level(tokens)
        end = end if is_between else tokens.at
    return tokens.text[start:end].strip()


def _is_level(tokens: Tokens) -> bool:
    at, token = tokens.at, tokens.peek()
    found = tokens.phrase(LEVEL_NAMES) is not None or token.upper() in ALL_TASKS
    tokens.at = at
    return found


def _level(tokens: Tokens, read: PeopleWords) -> PeopleWords:
    while word := tokens.take():
        tokens.at -= len(word)
        level = tokens.phrase(LEVEL_NAMES)
        if level is not None and (read.level or read.tasks):
            twice = texts.command_line.TWO_LEVELS_OF_ONE
            raise Wrong(twice if read.level else texts.command_line.LEVEL_AND_TASKS)
        if level is not None:
            read = replace(read, level=level)
            continue
        tokens.at += len(word)
        if word.upper() in ALL_TASKS and read.level is None:
            read = replace(read, tasks=read.tasks | {word.upper()})
        elif word != ",":
            raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(word, _LONGEST)))
    return read
