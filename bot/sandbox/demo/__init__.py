"""The demo: a page, a story and a clock to push."""
