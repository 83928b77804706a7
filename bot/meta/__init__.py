"""What is done at Meta: the client of its Graph API, what its answers mean, and tokens at rest."""
