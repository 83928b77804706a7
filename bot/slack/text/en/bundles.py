# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""Bundles: requests that are kept under a name, to start others from."""

from __future__ import annotations

SAVE = "Save as a bundle…"
TITLE = "Save as a bundle"
INTRO = "Everybody at {business} can start a request from it, to {deciding} or to somebody else."
NAME = "What do you call it?"
NAME_PLACEHOLDER = "Launch kit"
NAME_HINT = "It keeps the assets, levels and length of this request."
SUBMIT = "Save"

SAVED = (
    "Saved as *{name}*. To start a request from it, type `/access bundle {name}`, or choose it in the form."
)
REMOVED = "*{name}* is no longer a bundle. The request that it came from stays as it is."

LIST_TITLE = "Bundles of {business}"
NONE = "{business} has no bundles. Choose “Save as a bundle” in the menu of a request that you want to make again."
ROW = "*{name}*: {what}, {term}."
FACT_MADE = "made for {deciding}"
FACT_SAVED = "saved by {name}"
USE = "Start a request…"
RENAME = "Rename…"
REMOVE = "Remove"
CONFIRM_REMOVE = "Remove this bundle?"
CONFIRM_REMOVE_TEXT = (
    "Nobody at {business} can start from “{name}” any more. Requests that were made from it stay."
)

OPTION_ABOUT = "Bundle: {what}"
ANOTHER_OWNER = "This bundle was made for {deciding}. Say which assets of {other} are meant."
NOT_ALL = "This bundle has {count} assets, of which {most} are described below. Ask for the others in a second request."
