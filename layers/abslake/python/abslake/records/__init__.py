"""From the bytes of a log object to whole lines, and what is known about requests: API definitions, user agents.

Nothing here knows a log format or the lake's layout.
"""
