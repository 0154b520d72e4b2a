"""How many examples hypothesis draws for a test that is costly: few every day, more where a thorough run is asked for."""

import os

from hypothesis import settings

TIMES = int(os.environ.get("EXAMPLES_TIMES", "1"))


def examples(number: int) -> settings:
    """So many, times the environment variable EXAMPLES_TIMES. For a decorator."""
    return settings(max_examples=number * TIMES)
