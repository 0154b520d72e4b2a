"""How hypothesis runs here: no clock decides about a test, and continuous integration draws the same examples every time.

As far as it can: hypothesis also draws constants of the modules of ours that happen to be imported.
"""

import os

from hypothesis import settings

from tests.support.thoroughness import TIMES

settings.register_profile("abslake", deadline=None, max_examples=40 * TIMES, derandomize="CI" in os.environ)
settings.load_profile("abslake")
