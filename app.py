"""Navigation of the review app."""
