"""The lake's facts in the forms of other systems.

Nothing here changes the lake. What counts is what counts in reports: units that are retired, replaced or dropped by
retention are in no export.
"""
