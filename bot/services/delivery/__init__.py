"""The outbox: claimed, sent and finished."""
