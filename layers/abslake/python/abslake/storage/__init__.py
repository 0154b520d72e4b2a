"""Objects in S3 or in a local folder, behind one small client: the only room that knows where bytes live.

Nothing here knows what an object means. Every write of the lake is conditional or to a key that is never reused.
"""

from abslake.storage.lake import Entry, Lake
from abslake.storage.swap import Versioned

__all__ = ["Entry", "Lake", "Versioned"]
