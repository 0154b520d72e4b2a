"""What detectors measure and find at their edges, reckoned by hand from the documented meaning of each.

The cases in the detectors' modules tell what a type is; these hold its numbers, each just at and just over.
"""

from collections.abc import Mapping
from typing import Any

from abslake.detection.findings import IdentifierKind, Level

TOKEN, IP, USERNAME = IdentifierKind.TOKEN, IdentifierKind.IP, IdentifierKind.USERNAME
ANOMALY, ATTACK = Level.ANOMALY, Level.ATTACK
Row = Mapping[str, float]

_LOGINS = {"all_logins": 100, "all_login_failures": 41, "all_failing_addresses": 30, "usual_login_failures": 8,
           "usual_failing_addresses": 6, "logins": 3, "login_failures": 2, "requests": 3}  # fmt: skip
_FLOOD = {
    "minutes": 2,
    "requests": 4,
    "all_clients": 60,
    "usual_clients": 20,
    "all_requests": 800,
    "usual_requests": 200,
}
_SHARED = {"networks": 2, "agents": 2, "contested": 3, "strangers": 2, "requests": 100}
_PROBES: tuple[Any, ...] = (
    ({"requests": 30, "unauthorized": 10, "refused": 15, "refused_paths": 8, "unknown_calls": 1}, (25, 1)),
    ({"requests": 30, "unauthorized": 10, "refused": 17, "refused_paths": 8, "unknown_calls": 2}, (35, 8)),
    ({"requests": 30, "unauthorized": 10, "refused": 17, "refused_paths": 8, "unknown_calls": 9}, (112.5, 9)),
    ({"requests": 110, "unauthorized": 10, "refused": 43, "refused_paths": 8, "unknown_calls": 1}, (33, 8)),
    ({"requests": 110, "unauthorized": 10, "refused": 42, "refused_paths": 8, "unknown_calls": 1}, (32, 1)),
    ({"requests": 5, "unauthorized": 5, "refused": 5, "refused_paths": 4}, (0, 0)),
    ({"requests": 1, "refused": 1, "refused_paths": 1}, (100, 1)),
    ({"requests": 100, "refused": 1, "refused_paths": 1, "unknown_calls": 1}, (100, 1)),
    ({"requests": 100, "unknown_calls": 3}, (300, 3)),
)
_STOLEN: tuple[Any, ...] = (({"networks": 3, "agents": 2, "contested": 4, "strangers": 3, "requests": 12}, (5, 4, 25)),)


def _per_agent(name: str, more: Row, rest: tuple[float, ...]) -> tuple[Any, ...]:
    """Of an address for each of its user agents, 20 at most; of others as it is."""
    return tuple(
        ({name: 6000, "agents": agents} | more, (6000 / by, *rest), kind)
        for kind, agents, by in ((IP, 0, 1), (IP, 1, 1), (IP, 2, 2), (IP, 30, 20), (TOKEN, 30, 1))
    )


MEASURED: Mapping[int, tuple[Any, ...]] = {
    1: (
        *_per_agent("bytes_out", {"ok": 3, "requests": 4}, (3, 75)),
        ({"bytes_out": 1, "requests": 1}, (1, 0, 0)),
        ({"ok": 1, "requests": 1}, None),
    ),
    2: (({"logins": 9, "login_failures": 7}, (7, 5)), ({"logins": 1}, (0, 0)), ({"requests": 9}, None)),
    3: (
        (_LOGINS, (5,)),
        (_LOGINS | {"all_failing_addresses": 60}, (41 / 8,)),
        (_LOGINS | {"usual_login_failures": 1, "usual_failing_addresses": 1}, (6,)),
        (_LOGINS | {"usual_login_failures": 1, "all_failing_addresses": 60}, (8.2,)),
        (_LOGINS | {"all_login_failures": 40}, None),
        (_LOGINS | {"logins": 4, "requests": 4}, None),
        (_LOGINS | {"logins": 4, "login_failures": 3, "requests": 4}, (5,)),
        (_LOGINS | {"requests": 4}, None),
    ),
    4: (
        ({"networks": 2, "agents": 3, "strangers": 9}, (3, 9)),
        ({"networks": 3, "agents": 2, "strangers": 9}, (3, 9)),
        ({"networks": 1, "agents": 2, "strangers": 9}, (2, 0)),
        ({"networks": 2, "agents": 1, "strangers": 9}, (2, 0)),
    ),
    5: (({"post_bytes": 500, "posts": 1, "requests": 4}, (500, 1, 25)), ({"requests": 4}, None)),
    6: (({"put_bytes": 500, "puts": 1, "requests": 4}, (500, 1, 25)), ({"requests": 4}, None)),
    7: tuple(({"thin_cookies": 9, "requests": n}, (9, own)) for n, own in ((1, 1), (2, 2), (3, 0))),
    8: (
        ({"refused_paths": 6, "refused": 20, "unauthorized": 5, "answered": 45}, (30,)),
        ({"refused_paths": 5, "refused": 20, "unauthorized": 5, "answered": 45}, (0,)),
    ),
    9: (
        (_FLOOD, (6,)),
        (_FLOOD | {"all_requests": 400}, (4,)),
        (_FLOOD | {"usual_clients": 1, "all_requests": 2000}, (12,)),
        (_FLOOD | {"usual_requests": 1, "all_clients": 400}, (32,)),
        (_FLOOD | {"minutes": 1, "requests": 2}, None),
        (_FLOOD | {"requests": 5}, None),
    ),
    10: _per_agent("answered", {}, ()),
    11: (
        ({"timed": 1, "answered": 10, "time_us": 5e5}, (5,)),
        ({"timed": 1, "answered": 9, "time_us": 5e5}, (0,)),
        ({"answered": 10}, None),
    ),
    12: (
        ({"requests": 150, "usual_requests": 160, "all_requests": 300}, (50,)),
        ({"requests": 149, "usual_requests": 160, "all_requests": 300}, None),
        ({"requests": 180, "usual_requests": 200, "all_requests": 300}, None),
        ({"requests": 400, "agents": 2, "usual_requests": 223, "all_requests": 500}, None),
        ({"requests": 400, "agents": 2, "usual_requests": 222, "all_requests": 500}, (80,)),
        ({"requests": 500, "agents": 1, "usual_requests": 500, "all_requests": 600}, None),
        ({"requests": 500, "agents": 1, "usual_requests": 500, "all_requests": 625}, (80,)),
    ),
    14: (({"deleted": 7, "deletes": 9, "requests": 36}, (7, 25)),),
    15: (
        ({"written": 5, "posts": 3, "puts": 4, "requests": 28, "bytes_in": 900}, (5, 25, 900)),
        ({"written": 5, "posts": 3, "puts": 4, "requests": 28, "bytes_in": 2}, (5, 25, 5)),
    ),
    **dict.fromkeys((16, 17), _STOLEN),
    **dict.fromkeys((18, 19, 20, 32, 33, 34, 35), _PROBES),
    21: (
        *_per_agent("bytes_out", {"windows": 9, "ok": 3, "requests": 4}, (1.5, 75)),
        ({"bytes_out": 1, "requests": 1}, (1, 0, 0)),
        ({"ok": 1, "requests": 1}, None),
    ),
    **dict.fromkeys((22, 23, 24), (({"connections": 5, "requests": 20}, (5, 25)),)),
    **dict.fromkeys((25, 26, 27), (({"found_paths": 5, "requests": 20}, (5, 25)),)),
    28: _per_agent("found_paths", {"windows": 9}, (1.5,)),
    29: tuple(
        ({"barred_paths": paths, "unauthorized": 8, "forbidden": 7, "answered": 45, "login_failures": 4}, (share, 11))
        for paths, share in ((6, 30), (5, 0))
    ),
    31: (
        ({"known_windows": 6, "known_networks": 30, "new_networks": 2, "new_agents": 3}, (2, 3)),
        ({"known_windows": 5, "known_networks": 30, "new_networks": 2, "new_agents": 3}, None),
        ({"known_windows": 6, "known_networks": 31, "new_networks": 2, "new_agents": 3}, None),
    ),
    36: (
        ({"improbable": 1, "transitions": 4, "users": 5}, (1, 25), USERNAME),
        ({"improbable": 1, "transitions": 4, "users": 5}, None, TOKEN),
        ({"improbable": 1, "transitions": 1}, (1, 100), TOKEN),
        ({"requests": 1}, (0, 0), USERNAME),
    ),
    37: (({"header_hits": 1}, (1,)), ({"requests": 9}, None)),
    38: (
        ({"new_rare": 3, "rare_bits": 1, "rare_calls": 4, "rare_marks": 2}, (3, 4)),
        ({"rare_bits": 7, "rare_calls": 4, "rare_marks": 2}, (3, 4)),
    ),
    39: (({"bytes_out": 1, "windows": 9}, (1, 1.5)), ({"windows": 9}, None)),
    40: (({"written_hits": 3}, (3,)), ({"requests": 9}, (0,))),
    41: (({"query_hits": 1}, (1,)), ({"requests": 9}, None)),
    100: (({"decoys": 1}, (1,)), ({"requests": 9}, None)),
    101: (({"bad_methods": 1}, (1, 0, 0)), ({"bad_protocols": 1}, (0, 1, 0)), ({"bad_types": 1}, (0, 0, 1)),
          ({"requests": 9}, None)),
}  # fmt: skip
"""Attack id -> rows, the variables in their units (None: the row is neither judged nor learned), and the only kind."""

_LONG, _SHORT = {"B": (3, 4)}, {"B": (2, 3)}
_WORKS = {"requests": 300, "agents": 1}


def _newly(*found: tuple[int, Level | None]) -> tuple[Any, ...]:
    return tuple(
        ({"requests": 40, "refused": 9, "refused_paths": n, "unknown_calls": n}, level, {}) for n, level in found
    )


LEVELS: Mapping[int, tuple[Any, ...]] = {
    1: (
        ({"bytes_out": 4e7, "ok": 15, "requests": 15}, None),
        ({"bytes_out": 4e7, "ok": 16, "requests": 16}, ANOMALY),
        ({"bytes_out": 4e7, "ok": 20, "requests": 96}, None),
        ({"bytes_out": 4e7, "ok": 21, "requests": 100}, ANOMALY),
    ),
    3: (
        (_LOGINS | {"all_logins": 50, "all_login_failures": 24, "all_failing_addresses": 18}, ANOMALY),
        (_LOGINS | {"all_logins": 50, "all_login_failures": 23, "all_failing_addresses": 18}, None),
    ),
    5: (
        ({"post_bytes": 3e6, "posts": 3, "requests": 4}, None),
        ({"post_bytes": 3e6, "posts": 4, "requests": 4}, ANOMALY),
        ({"post_bytes": 3e6, "posts": 30, "requests": 97}, None),
        ({"post_bytes": 3e6, "posts": 31, "requests": 100}, ANOMALY),
    ),
    6: (
        ({"put_bytes": 3e6, "puts": 3, "requests": 4}, None),
        ({"put_bytes": 3e6, "puts": 4, "requests": 4}, ANOMALY),
        ({"put_bytes": 3e6, "puts": 30, "requests": 97}, None),
        ({"put_bytes": 3e6, "puts": 31, "requests": 100}, ANOMALY),
    ),
    9: ((_FLOOD | {"all_clients": 40}, ANOMALY), (_FLOOD | {"all_clients": 39}, None)),
    12: (
        ({"requests": 310, "agents": 1, "usual_requests": 300, "all_requests": 1000}, ANOMALY),
        ({"requests": 309, "agents": 1, "usual_requests": 300, "all_requests": 1000}, None),
    ),
    14: (
        ({"deleted": 30, "deletes": 30, "requests": 97}, None),
        ({"deleted": 31, "deletes": 31, "requests": 100}, ANOMALY),
    ),
    15: (
        ({"written": 50, "posts": 50, "requests": 99}, None),
        ({"written": 51, "posts": 51, "requests": 100}, ANOMALY),
    ),
    **dict.fromkeys((16, 17), (
        (_SHARED, ATTACK), (_SHARED | {"agents": 1}, None), (_SHARED | {"contested": 2}, None),
        (_SHARED | {"strangers": 1}, None),
    )),
    **dict.fromkeys((18, 19, 20, 33, 35), (
        ({"requests": 1000, "refused": 100, "refused_paths": 100, "unknown_calls": 8}, ANOMALY, _LONG),
        ({"requests": 1000, "refused": 99, "refused_paths": 100, "unknown_calls": 8}, None, _LONG),
        *_newly((7, None), (8, ANOMALY), (31, ANOMALY), (32, ATTACK)),
    )),
    **dict.fromkeys((32, 34), (
        ({"requests": 1000, "refused": 100, "refused_paths": 50, "unknown_calls": 4}, ANOMALY, _SHORT),
        ({"requests": 1000, "refused": 99, "refused_paths": 50, "unknown_calls": 4}, None, _SHORT),
        *_newly((3, None), (4, ANOMALY), (7, ANOMALY), (8, ATTACK)),
    )),
    21: (
        (_WORKS | {"bytes_out": 3e7, "windows": 35, "ok": 300}, None),
        (_WORKS | {"bytes_out": 3e7, "windows": 36, "ok": 300}, ANOMALY),
        (_WORKS | {"bytes_out": 3e7, "windows": 36, "ok": 62}, None),
        (_WORKS | {"bytes_out": 3e7, "windows": 36, "ok": 63}, ANOMALY),
    ),
    **dict.fromkeys((22, 23, 24), (
        ({"connections": 40, "requests": 80}, None), ({"connections": 41, "requests": 80}, ANOMALY),
    )),
    **dict.fromkeys((25, 26, 27), (
        ({"found_paths": 100, "requests": 198}, None), ({"found_paths": 102, "requests": 200}, ANOMALY),
    )),
    28: (
        ({"found_paths": 600, "windows": 35, "agents": 1}, None),
        ({"found_paths": 600, "windows": 36, "agents": 1}, ANOMALY),
    ),
    29: (
        ({"barred_paths": 7, "forbidden": 8, "answered": 18}, ANOMALY),
        ({"barred_paths": 7, "forbidden": 7, "answered": 14}, None),
    ),
    31: tuple(({"known_windows": 9, "new_networks": n, "new_agents": 1}, level) for n, level in ((4, ANOMALY), (5, ATTACK))),
    36: tuple(
        ({"improbable": n, "transitions": of}, level)
        for n, of, level in (
            (1, 1, None), (2, 3, ANOMALY), (3, 4, ANOMALY), (15, 15, ANOMALY), (16, 16, ATTACK), (61, 100, ATTACK),
            (60, 100, None),
        )
    ),
    37: (({"header_hits": 2}, ATTACK),),
    38: tuple(
        ({"new_rare": rare, "rare_calls": n}, level)
        for rare, n, level in ((3, 3, None), (2, 4, None), (3, 4, ANOMALY), (3, 127, ANOMALY), (3, 128, ATTACK))
    ),
    39: (({"bytes_out": 9e7, "windows": 29}, None), ({"bytes_out": 9e7, "windows": 30}, ANOMALY)),
    40: (({"written_hits": 3}, ANOMALY), ({"written_hits": 4}, ATTACK)),
    41: (({"query_hits": 2}, ATTACK),),
    101: tuple(
        ({name: n}, level) for name in ("bad_methods", "bad_protocols", "bad_types") for n, level in ((1, ANOMALY), (2, ATTACK))
    ),
}  # fmt: skip
"""Attack id -> rows, what they come to, and thresholds where they are other than those of the detector's first case."""

_HOURS = {"windows": 36}
HABITS: Mapping[int, tuple[Any, ...]] = {
    3: (0, 2, ({"logins": 3, "login_failures": 2}, 2), ({"logins": 2, "login_failures": 1}, 0),
        ({"logins": 4, "login_failures": 3}, 3), ({"logins": 4, "login_failures": 2}, 0)),
    5: (4, 2, ({"post_bytes": 9000}, 9)),
    6: (4, 2, ({"put_bytes": 9000}, 9)),
    9: (0, 6, ({"requests": 9}, 9)),
    12: (6, 2, ({"requests": 9}, 9)),
    15: (4, 2, ({"written": 9}, 9)),
    21: (6, 1, (_HOURS | {"bytes_out": 9000}, 9), ({"windows": 35, "bytes_out": 9000}, 0)),
    28: (5, 1, (_HOURS | {"found_paths": 9}, 9), ({"windows": 35, "found_paths": 9}, 0)),
    39: (16, 1, ({"windows": 30, "bytes_out": 9}, 9), ({"windows": 29, "bytes_out": 9}, 0)),
}  # fmt: skip
"""Attack id -> over what and in how many windows a client is known by it; rows, and by how much."""

_AT_ONCE = (4, 16, 17, 100)
_THREE = (9, 18, 19, 20, 21, 28, 33, 35)
CONFIRM: Mapping[int, int] = {
    **dict.fromkeys((*range(1, 42), 101), 2),
    **dict.fromkeys(_AT_ONCE, 1),
    **dict.fromkeys(_THREE, 3),
    38: 25,
}
"""Attack id -> windows over Tn that make an attack without Tx. 38: so many that there never are, in its six hours."""

CROWD = (3, 7, 9, 12)
"""Attacks of many clients at once, which a crowd of clients is no excuse for."""

NO_HABIT = (7, 18, 19, 20, 31, 32, 33, 34, 35, 36, 37, 38, 40, 41, 100, 101)
"""What nobody does so regularly that it would be an excuse."""

TRAINED_FIRST = (3, 9, 12, 16, 17, 31, 36, 38, 40)
"""Types whose thresholds are fixed, but that wait for training."""

OFF_BY_DEFAULT = (23,)
