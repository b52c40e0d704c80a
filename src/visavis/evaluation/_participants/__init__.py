"""Who takes part, and what their photos give."""
