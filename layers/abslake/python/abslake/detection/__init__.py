"""Findings: what was detected about whom, when, with the measured value and the threshold.

Nothing writes findings yet; the record and its place are settled here, and the reports read them.
"""
