"""The keys of the decision bar: what each says, and its words. No page itself."""

from __future__ import annotations

from kgreview.store.outcomes import Outcome

BUTTONS = (
    (Outcome.MATCH, "Accept", "A", "They are the same"),
    (Outcome.NO_MATCH, "Reject", "X", "They are not the same"),
    (Outcome.UNSURE, "Unsure", "U", "I cannot tell; the pair leaves the queue"),
    (Outcome.SKIP, "Skip", "S", "Not now; the pair stays in the queue for others"),
    (
        Outcome.NO_COUNTERPART,
        "None of them",
        "0",
        "The left entity has no counterpart on the right",
    ),
)
# where the project qualifies matches, beside accept and reject; Streamlit keeps C and R for itself
QUALIFIERS = (
    (Outcome.CLOSE, "Close", "L", "Nearly the same, but not quite"),
    (Outcome.BROADER, "Broader", "G", "The right one is broader, more general"),
    (Outcome.NARROWER, "Narrower", "P", "The right one is narrower, more particular"),
    (Outcome.RELATED, "Related", "E", "Not the same, but they belong together"),
)
CHOICES = (
    ("keep", "Keep the old", "K", "Skip this pair and keep the old decision"),
    ("switch", "Switch", "W", "Put the old pair back into the queue and save this one"),
    ("both", "Allow both", "B", "Save this one and keep the old one"),
)
