"""Strings and values as people write them: one spelling, one parser each. Imports no other room."""
