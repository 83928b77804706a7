"""A directory file of two businesses, and what it takes to import it."""

from __future__ import annotations

import textwrap

from bot.clock import PushedClock
from bot.domain.actors import OPERATOR
from bot.services.context import act
from bot.services.directory_file import import_directory, read_file

BRAND = "200000000000001"
AGENCY = "100000000000001"

TWO = f"""
businesses:
  - id: {AGENCY}
    name: North Agency
    verified: true
    workspace: T0AGENCY
    channel: C0AGENCY
    listed: [{BRAND}]
    members:
      - {{slack: {{team: T0AGENCY, user: U0ANNA}}, name: Anna Berg, role: ADMIN}}
      - {{slack: {{team: T0AGENCY, user: U0EMIL}}, name: Emil Roth, role: EMPLOYEE}}
  - id: {BRAND}
    name: Blue Brand
    verified: true
    workspace: T0BRAND
    channel: C0BRAND
    policy: {{quorum: 2, expires_days: 7, who_may_ask: LISTED, hours: "08:30-16:30",
              days_off: [2026-12-25], zone: Europe/Berlin}}
    listed: [{AGENCY}]
    funding_sources: [990001]
    members:
      - {{slack: {{team: T0BRAND, user: U0BEA}}, name: Bea Lund, role: ADMIN}}
      - {{slack: {{team: T0BRAND, user: U0DESK}}, name: Front desk, role: ADMIN, shared: true}}
    assets:
      - {{id: act_301, kind: AD_ACCOUNT, name: Blue EU, askable: true}}
      - {{id: 4000001, kind: PAGE, name: Blue Page, published: true,
         admins: [{{slack: {{team: T0BRAND, user: U0BEA}}, name: Bea Lund}}]}}
assets:
  - {{id: act_302, kind: AD_ACCOUNT, name: Nobody's yet}}
groups:
  - {{id: 700001, accounts: [act_301], people: [{{slack: {{team: T0BRAND, user: U0BEA}}, name: Bea Lund}}]}}
"""


def bring(database, text, *, clock=None):
    """Import a file, and return what that changed."""
    now = (clock or PushedClock()).now()
    file = read_file(textwrap.dedent(text))
    return database.submit(act, import_directory, file, by=OPERATOR, now=now).result()
