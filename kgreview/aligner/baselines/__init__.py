"""What the aligner is measured against: every other method, each a small file over shared parts."""
