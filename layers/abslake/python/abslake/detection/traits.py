"""Variables that detectors of several identifiers share: what a type looks for is the same for cookies, tokens and addresses."""

from abslake.detection.detector import Case, Variable
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_REFUSED = "100.0 * (refused - unauthorized) / greatest(requests - unauthorized, 1)"
_PROBES = f"CASE WHEN {_REFUSED} >= 33 THEN greatest(refused_paths, unknown_calls) ELSE unknown_calls END"
_PROBED = (
    "calls refused (4xx; 401, 429 and logins left out) that the API is not known to have; where a third of the requests is "
    "refused, all paths that were"
)

REFUSED_SHARE = Variable(
    "A", f"greatest({_REFUSED}, 100.0 * unknown_calls / greatest(refused_paths, 1))", Scale.SHARE,
    "share of its requests answered 4xx (401 left out); or, if that is more, of the paths so answered those of calls that the "
    "API is not known to have", "per cent", fixed=(9, None), highest=99,
)  # fmt: skip
"""Either much is refused, or what is refused is odd: a probe hides among usual calls."""

PROBES = Variable(
    "B", _PROBES, Scale.COUNT, f"{_PROBED}, in ten minutes", "calls", floor=2, highest=19, ceiling=5, initial=(2, 3)
)
LONG_PROBES = Variable(
    "B",
    _PROBES,
    Scale.COUNT,
    f"{_PROBED}, in a day (at most 255)",
    "calls",
    floor=3,
    highest=19,
    ceiling=6,
    initial=(3, 5),
)

_BUSY = {"requests": 9_000, "refused": 120, "refused_paths": 90}
PROBING_CASES = (
    Case("a word list", {"requests": 400, "refused": 330, "refused_paths": 300, "unknown_calls": 280}, {"B": (2, 3)},
         Level.ATTACK),
    Case("a word list among a batch job's calls", _BUSY | {"unknown_calls": 40}, {"B": (2, 3)}, Level.ATTACK),
    Case("ids of others, one after the other", {"requests": 90, "refused": 80, "refused_paths": 80}, {"B": (2, 3)}, Level.ATTACK),
    Case("some odd calls", {"requests": 12, "refused": 9, "refused_paths": 6, "unknown_calls": 5}, {"B": (2, 3)}, Level.ANOMALY),
    Case("a batch partner whose list is old", _BUSY, {"B": (2, 3)}, None),
    Case("an old app that asks for what is gone", {"requests": 40, "refused": 16, "refused_paths": 1, "unknown_calls": 1},
         {"B": (2, 3)}, None),
    Case("an expired token, tried again", {"requests": 60, "refused": 60, "unauthorized": 60}, {"B": (2, 3)}, None),
    Case("a new release with a new call that is not there yet", {"requests": 30, "refused": 8, "refused_paths": 8,
         "unknown_calls": 1}, {"B": (2, 3)}, None),
)  # fmt: skip
LONG_PROBING_CASES = (
    *(Case(one.title, one.row, {"B": (3, 4)}, one.level) for one in PROBING_CASES if one.level is not Level.ANOMALY),
    Case("a few odd calls all day", {"requests": 40, "refused": 15, "refused_paths": 9, "unknown_calls": 9}, {"B": (3, 4)},
         Level.ANOMALY),
)  # fmt: skip

CONNECTIONS = Variable(
    "A", "connections", Scale.COUNT, "connections in ten minutes, estimated", "connections", floor=4, ceiling=5,
    one_in=300,
)  # fmt: skip
CONNECTION_SHARE = Variable(
    "B", "100.0 * connections / requests", Scale.SHARE, "connections beside its requests", "per cent", fixed=(50, None),
    highest=99,
)  # fmt: skip
"""Programs and browsers keep connections open: a client of as many connections as requests wants the connections."""
CONNECTION_CASES = (
    Case("a connection for each request", {"connections": 3_000, "requests": 3_000}, {"A": (4, 6)}, Level.ATTACK),
    Case("more connections than usual", {"connections": 40, "requests": 44}, {"A": (4, 6)}, Level.ANOMALY),
    Case("a busy client on few connections", {"connections": 6, "requests": 2_000}, {"A": (4, 6)}, None),
    Case("an office behind one address", {"connections": 150, "requests": 900, "agents": 40}, {"A": (4, 6)}, None),
    Case("a phone that changes networks", {"connections": 12, "requests": 20, "networks": 3}, {"A": (4, 6)}, None),
    Case("a page that loads much at once", {"connections": 15, "requests": 20}, {"A": (4, 6)}, None),
)  # fmt: skip

SCRAPED = Variable(
    "A", "found_paths", Scale.COUNT, "paths read (GET answered 2xx), each once, in ten minutes", "paths", floor=6,
    one_in=300,
)  # fmt: skip
SCRAPED_SHARE = Variable(
    "B", "100.0 * found_paths / requests", Scale.SHARE, "such paths beside all its requests", "per cent", fixed=(50, None),
    highest=99,
)  # fmt: skip
SCRAPING_CASES = (
    Case("the whole catalogue", {"found_paths": 2_400, "requests": 2_500}, {"A": (6, 8)}, Level.ATTACK),
    Case("a part of it", {"found_paths": 150, "requests": 160}, {"A": (6, 8)}, Level.ANOMALY),
    Case("polling of the same few things", {"found_paths": 70, "requests": 900}, {"A": (6, 8)}, None),
    Case("a busy user", {"found_paths": 40, "requests": 55}, {"A": (6, 8)}, None),
    Case("a batch that writes", {"found_paths": 100, "requests": 4_000}, {"A": (6, 8)}, None),
)  # fmt: skip

PLACES = Variable(
    "A", "networks + agents", Scale.SMALL, "networks and user agents it was used from in a day, added up", "places",
    fixed=(3, None), lowest=2, highest=10, extreme=False,
)  # fmt: skip
CONTESTED = Variable(
    "B", "contested", Scale.SMALL, "ten-minute windows of a day in which several networks and user agents used it", "windows",
    fixed=(2, None), highest=100, extreme=False,
)  # fmt: skip
STRANGERS = Variable(
    "C", "100.0 * strangers / requests", Scale.SHARE,
    "share of requests from other than the most used network and user agent of their window", "per cent", fixed=(1, None),
    highest=100, extreme=False,
)  # fmt: skip
_SHARED = {"networks": 3, "agents": 2, "requests": 100}
STOLEN_CASES = (
    Case("a thief beside the owner for hours", _SHARED | {"contested": 8, "strangers": 30}, {}, Level.ATTACK),
    Case("passed round", {"networks": 15, "agents": 9, "contested": 40, "requests": 3_000, "strangers": 2_000}, {}, Level.ATTACK),
    Case("roaming, one device", {"networks": 4, "agents": 1, "requests": 60, "strangers": 9}, {}, None),
    Case("an app that updates itself on the way", _SHARED | {"contested": 1, "strangers": 4}, {}, None),
    Case("a browser behind two proxies", {"networks": 2, "agents": 1, "requests": 80, "strangers": 30}, {}, None),
    Case("a laptop and a phone at home", {"networks": 1, "agents": 2, "requests": 90, "strangers": 20}, {}, None),
)  # fmt: skip
