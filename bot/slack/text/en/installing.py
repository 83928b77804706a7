# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What the pages say on which the app is installed, in a browser."""

BEGIN_TITLE = "Add Countersign to Slack"
BEGIN_WHAT = "Countersign lets your business ask another one for access to its Pages, ad accounts, pixels and Instagram accounts, and decide on what others ask of yours, without leaving Slack."
BEGIN_NEXT = "Slack asks which workspace to add it to, and shows what it may do there. Depending on your workspace, an admin may have to approve it."
BEGIN_BUTTON = "Add to Slack"

DONE_TITLE = "Countersign is in {name}"
DONE_WORKSPACE = "Next, go to Slack and type /access setup in any channel, to register your business there. An admin or owner of the workspace can do that."
DONE_ORG = "It is in none of your workspaces yet: add it to them on Slack's page for your organisation."
DONE_BUTTON = "Open Slack"
DONE_ORG_BUTTON = "Choose workspaces"

CANCELLED_TITLE = "Nothing was added"
CANCELLED = "You can add Countersign whenever you like."

STALE_TITLE = "Please start again"
STALE = "This page works once, for ten minutes, and in the browser in which it was begun. If it said before that Countersign was added, it still is."

LATER_TITLE = "That didn't work just now"
LATER = "Slack or Countersign could not be reached. Nothing was added; please start again in a moment."

FAULT_TITLE = "Countersign isn't set up right"
FAULT = "This can't be fixed from here. Please tell the person who runs Countersign this: {reference}"

AGAIN_BUTTON = "Start again"
