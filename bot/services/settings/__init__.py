"""A business's policy and members."""
