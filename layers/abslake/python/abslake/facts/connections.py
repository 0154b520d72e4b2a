"""Which connections a fact's requests came on, small enough to be kept and added up: a sketch for linear counting.

Each connection id sets one of 62 bits. Bits of several facts are added up by OR, so that a connection of many facts counts
once, as it does not where ``connections`` is added up. Source: Whang, Vander-Zanden and Taylor, A Linear-Time Probabilistic
Counting Algorithm for Database Applications (ACM TODS 15, 1990).
"""

BITS = 62
"""A BIGINT has no more but its sign, and one to spare."""

FULL = (1 << BITS) - 1
"""All bits set: there are too many connections to tell how many."""

_PRIME = 2**31 - 1
_FACTOR = 73_244_475


def _mixed(number: str) -> str:
    """Numbers of consecutive connections, or such with equal distances, must not follow each other in bits either."""
    return f"(xor({number}, {number} >> 16) * {_FACTOR} % {_PRIME})"


# Stored, so the engine's own hash will not do: it may be another one in its next version. Ids are mostly numbers, for which
# arithmetic takes a tenth of the time of a digest.
_NUMBER = "try_cast(connection AS BIGINT)"
_PLACE = (
    f"CASE WHEN {_NUMBER} IS NOT NULL THEN {_mixed(_mixed(f'abs({_NUMBER} % {_PRIME})'))} % {BITS} "
    f"ELSE md5_number_lower(connection) % {BITS} END"
)

BIT = f"(1::BIGINT << ({_PLACE})::INTEGER)"
"""SQL: the bit of the id in ``connection``, which is not empty. The same id has the same bit in every version."""


def estimated(bits: str) -> str:
    """SQL: how many different things have set the bits of `bits` (0 to `FULL`); at most 256, and of `FULL` that, too."""
    return f"round(-{BITS} * ln(1 - least(bit_count({bits}), {BITS - 1}) / {BITS}.0))"
