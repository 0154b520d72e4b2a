"""Log lines as they should be and as they should not, made from a seed: what the property tests of ingest feed on.

Not made, because the engine's JSON reader takes what the line parser refuses and no JSON writer emits it: trailing
commas, NaN, a name twice in one object, and an unknown header name in one object with a known one.
"""

import importlib
import pkgutil
from collections.abc import Callable

from tests import support
from tests.support.ase_mutations import ase_line
from tests.support.text_mutations import alb_line, combined_line

APIS = {
    "shop": {
        "url": "/shop",
        "cookie": "SID",
        "oauth2_access_token": True,
        "apikey_header": "X-Key",
        "apikey_qs": "key",
        "username_header": "X-User",
        "jwt": {"location": "h:authorization:bearer", "username": "sub"},
    },
    "site": {"url": "/", "hostname": "*", "cookie": "S"},
    "deep": {"url": "/a/b", "hostname": "h:80", "apikey_header": "Authorization"},
}

LINES: dict[str, Callable[[int], bytes]] = {"ase": ase_line, "alb": alb_line, "combined": combined_line}
"""By name of the format: seed -> line. Modules ``tests/support/writers_*.py`` add theirs as ``SEEDED``."""

for _info in pkgutil.iter_modules(support.__path__):
    if _info.name.startswith("writers_"):
        LINES |= getattr(importlib.import_module(f"tests.support.{_info.name}"), "SEEDED", {})
