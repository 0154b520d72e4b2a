"""Facts: immutable Parquet units, one row per distinct request in a minute, and the quarantine of bad lines.

Ingest is a pure function of a log object's bytes, the API definitions and this package's parser version. It reads
nothing else and touches nothing shared: repeated, late and reordered deliveries change nothing.
"""
