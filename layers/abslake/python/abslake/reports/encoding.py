"""Answers compressed for clients that take it: gzip (RFC 9110, section 12.5.3), where it is worth it."""

WORTH_BYTES = 1_400
"""A smaller answer travels in one packet as it is."""

_LEVEL = 1  # isal's, of 0 to 3; 3 takes twice the time for two per cent of the size


def takes_gzip(accept_encoding: str) -> bool:
    """Whether the header asks for gzip or takes it; without the header, or with a weight of 0, it does not."""
    weights = dict(filter(None, map(_weight, accept_encoding.lower().split(","))))
    return max(weights.get("gzip", weights.get("*", 0.0)), weights.get("x-gzip", 0.0)) > 0


def gzipped(body: bytes) -> bytes:
    """The body as gzip."""
    from isal import igzip

    packed: bytes = igzip.compress(body, _LEVEL, mtime=0)
    return packed


def _weight(part: str) -> tuple[str, float] | None:
    name, _, parameter = part.partition(";")
    key, _, value = parameter.strip().partition("=")
    try:
        return name.strip(), float(value) if key.strip() == "q" else 1.0
    except ValueError:
        return None
