"""All that the gallery shows, in order."""

from __future__ import annotations

from bot.sandbox.gallery.answers import answers
from bot.sandbox.gallery.asking import asking
from bot.sandbox.gallery.at_meta import at_meta
from bot.sandbox.gallery.cards import cards
from bot.sandbox.gallery.creating import creating
from bot.sandbox.gallery.exhibit import Exhibit, Part
from bot.sandbox.gallery.findings import findings
from bot.sandbox.gallery.forms import forms
from bot.sandbox.gallery.lists import home_and_lists
from bot.sandbox.gallery.notices import notices
from bot.sandbox.gallery.partners import partner_pages
from bot.sandbox.gallery.people import people
from bot.sandbox.gallery.refusals import refusals
from bot.sandbox.gallery.reviews import reviews
from bot.sandbox.gallery.weeks import weeks


def exhibits() -> list[Exhibit]:
    """Return every exhibit, part by part."""
    parts = [*Part]
    every = [
        *cards(),
        *notices(),
        *at_meta(),
        *findings(),
        *reviews(),
        *asking(),
        *forms(),
        *people(),
        *creating(),
    ]
    every += [*home_and_lists(), *partner_pages(), *answers(), *refusals(), *weeks()]
    return sorted(every, key=lambda one: parts.index(one.part))
