"""Query strategies: which pair to ask about next. Pure functions."""
