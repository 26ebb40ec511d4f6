"""What a page or a program calls: one review session, history, quality, people."""
