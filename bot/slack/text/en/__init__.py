"""Every word that people read in Slack, in English, by subject: `texts.cards.WHY`.

Templates are filled by `bot.slack.kit.line` (`{name}` a value, `*…*` bold), or by `str.format` where
only plain text can stand. A text addresses one person, says what is so, and what to do next.
"""

from bot.slack.text.en import (
    basics,
    bundles,
    buttons,
    cards,
    command_line,
    contracts,
    creating,
    errors,
    findings,
    home,
    importing,
    installing,
    kinds,
    lists,
    meta,
    modals,
    notices,
    partners,
    people,
    replies,
    settings,
    standing,
    tokens,
    works,
)

__all__ = [
    "basics",
    "bundles",
    "buttons",
    "cards",
    "command_line",
    "contracts",
    "creating",
    "errors",
    "findings",
    "home",
    "importing",
    "installing",
    "kinds",
    "lists",
    "meta",
    "modals",
    "notices",
    "partners",
    "people",
    "replies",
    "settings",
    "standing",
    "tokens",
    "works",
]
