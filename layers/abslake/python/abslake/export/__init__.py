"""The lake's facts and findings in the forms of other systems.

Nothing here changes the lake, but for the key that findings are masked with (`abslake.export.disclosure`). What counts is
what counts in reports: units that are retired, replaced or dropped by retention are in no export.
"""
