"""The words about tokens of programs."""

MADE = "The token *{name}* works now for {business}, until {at}."
REVOKED = "The token *{name}* is revoked. Programs that use it can do nothing more for {business}."
