"""Detection: attacks and anomalies out of the facts, each with the measured value and the threshold.

Everything here is derived from facts and can be made again: activity, histograms, models, findings. Nothing here may
change a fact.
"""
