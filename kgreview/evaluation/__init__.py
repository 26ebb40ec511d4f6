"""Metrics, calibration, confidence intervals: pure functions on arrays."""
