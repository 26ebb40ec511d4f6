"""An aligner that decides by evidence that adds up: a method of the benchmark, not of the app yet.

Log odds = what own features say + the sum of what neighbours add + what competing candidates take
away or add. What is shown of a neighbour is its part of that sum.
"""
