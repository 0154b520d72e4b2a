"""How hypothesis runs here: no clock decides about a test, and continuous integration draws the same examples every time."""

import os

from hypothesis import settings

settings.register_profile("abslake", deadline=None, max_examples=40, derandomize="CI" in os.environ)
settings.load_profile("abslake")
