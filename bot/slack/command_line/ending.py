"""What follows `revoke` and `extend`: one asset, or what a request gave, and with whom or for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.requests import Term
from bot.slack.command_line.lengths import names_asset, starts_term, take_length
from bot.slack.command_line.people import take_asset
from bot.slack.command_line.phrases import (
    ENDS,
    LONGEST,
    business_called,
    note_after,
    split_owner,
    take_business,
    take_name,
    take_ref,
    take_term_or_wrong,
)
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.command_line.vocabulary import BECAUSE, EVERYTHING, without_fillers
from bot.slack.command_line.words import ExtendWords, RevokeWords
from bot.slack.lines import short
from bot.slack.text import en as texts


def read_revoke(tokens: Tokens) -> RevokeWords:
    """Read whose access to what is to end: "act_123 from Northwind because …", in either order."""
    read = RevokeWords()
    while token := tokens.take():
        match token.casefold():
            case because if because in BECAUSE:
                note = note_after(token, tokens)
                if read.other_id or read.other_name:
                    return replace(read, note=note)
                note, other_id, other_name = split_owner(tokens, note)
                return replace(read, note=note, other_id=other_id, other_name=other_name)
            case "from" | "of" if names_asset(tokens) and (read.name or read.asset):
                read = _of_other(read, tokens)
            case word if word in {"from", "of"} or (word == "to" and _is_named(read)):
                other_id, other_name = take_business(token, tokens)
                read = replace(read, other_id=other_id, other_name=other_name)
            case _:
                tokens.at -= len(token)
                read = _of_other(read, tokens) if names_asset(tokens) else read
                tokens.at += len(token)
                read = replace(read, **_one_asset(token, tokens, read))
    return read


def _of_other(read: RevokeWords, tokens: Tokens) -> RevokeWords:
    """Take what was named before an asset for the business that has it: "remove Northwind from act_123"."""
    if read.other_id or read.other_name:
        return read
    if read.asset is not None and tokens.is_business(read.asset.number):
        return replace(read, asset=None, other_id=read.asset.number)
    called = business_called(read.name, tokens) if read.name else ""
    return replace(read, name=None, other_name=called) if tokens.is_business(called) else read


def read_extend(tokens: Tokens) -> ExtendWords:
    """Read which access is to go on for how much longer."""
    read = ExtendWords()
    while token := tokens.take():
        match token.casefold():
            case because if because in BECAUSE:
                return replace(read, reason=note_after(token, tokens))
            case word if word == "by" or starts_term(word, tokens):
                if read.term is not None:
                    raise Wrong(texts.command_line.SAID_TWICE.format(word=token))
                read = replace(read, term=take_term_or_wrong(token, tokens, ENDS))
            case _ if read.term is None and _is_named(read) and (term := _length(token, tokens)):
                read = replace(read, term=term)
            case _:
                read = replace(read, **_one_asset(token, tokens, read))
    return read


def _is_named(read: RevokeWords | ExtendWords) -> bool:
    return bool(read.asset or read.name or read.ref)


def _length(token: str, tokens: Tokens) -> Term | None:
    """Take a length of time that begins with this token, "30d" or "another month"; None if none does."""
    at = tokens.at
    tokens.at -= len(token)
    if (term := take_length(tokens)) is None:
        tokens.at = at
    return term


def _one_asset(token: str, tokens: Tokens, read: RevokeWords | ExtendWords) -> Mapping[str, Any]:
    """Return what this token begins to name: one asset, by an id or its name, or what a request gave."""
    start = tokens.at - len(token)
    named: dict[str, Any] = {"ref": take_ref(token, tokens)}
    if named["ref"] is None:
        tokens.at = start + len(token)
        named = {"asset": take_asset(token, tokens)}
        if named["asset"] is None:
            tokens.at = start
            named = {"name": take_name(tokens, ENDS)}
            bare = without_fillers(named["name"])
            if not bare or bare.casefold() in EVERYTHING:  # "access to", "all access"
                return {}
    if _is_named(read):
        raise Wrong(texts.command_line.ONE_ASSET.format(text=short(token, LONGEST)))
    return named
