"""The gallery: everything that Slack shows, made by the real renderers from made-up records."""
