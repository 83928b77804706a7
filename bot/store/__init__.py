"""What is kept: tables, the one writer, journal, inbox and outbox."""
