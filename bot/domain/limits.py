"""How much people may give us: one home for every limit, whatever door it comes in by."""

MOST_ENDED = 500
"""How many grants end in one step, which holds the writer for as long."""

MOST_CHOSEN = 25
"""How many grants a form carries by their ids, to end them."""
