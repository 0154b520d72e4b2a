"""Upkeep of a lake, by hand and by schedule: retention, rebuild from the logs, erasure of an identifier.

* `retention` drops days that are kept no longer.
* `rebuild` reads logs again and puts what they give now in the place of what they gave then.
* `erase` takes a client's identifier out of everything that the lake holds.

Units of facts are never changed. Rebuild and erasure write other units beside them, which do not count, and then one swap of
the index's root exchanges the two (`abslake.index.replacing`). What counts no more is deleted behind the swap. So whatever
breaks off in between, a report gives the old answer or the new one.
"""
