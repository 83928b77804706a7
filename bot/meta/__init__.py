"""What is executed at Meta: the client of its Graph API, tokens at rest, and the sender of access effects."""
