# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""The form in which a business registers itself, and what is said of that."""

HINT = "If you manage this Slack workspace, you can register your business in it: `/access setup`."
TITLE = "Set up your business"
SUBMIT = "Register"
INTRO = (
    "Register your business in this workspace. You will be its first admin; you can add others afterwards."
)
NAME = "Name of the business"
NAME_HINT = "As its partners know it."
ID = "Business ID"
ID_HINT = "5 to 20 digits. Find it in Business Settings → Business info at Meta."
QUORUM_HINT = "From {least} to {most}. Add as many admins before somebody asks you."
LATER = "Everything else is as usual, and can be changed with `/access settings`: requests expire after {days} days, an approval can be undone for {minutes} minutes."
DONE = "*{business}* (Business ID `{id}`) is registered here, and you are its admin."
NOT_VERIFIED = "It isn't verified yet: it can ask only businesses that have listed it, and can neither own nor decide. It is verified as soon as you connect it with `/access connect`, or the person who runs Countersign confirms who you are. I'll tell you when it is."
NEXT = "Add other admins and employees with `/access settings`."
NEXT_CHANNEL = (
    "Then choose an approvals channel there too: until then your admins are asked in direct messages."
)
