"""User agents: the documented device and browser constants of a User-Agent header.

"Device" is the operating system, with its version where the constants have one; "browser" is the group without version
(contract 11.1). ua-parser reads the header, `user_agent_constants` says which constant that is. The header is the
attacker's to write: it is cut, it is matched by expressions that take time linear in its length, and nothing raises.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from abslake.records import user_agent_constants as constants
from abslake.records.user_agent_constants import UNKNOWN

if TYPE_CHECKING:
    from ua_parser import OS, PartialResult

MAX_CHARACTERS = 1024
"""What is parsed of a header; real agents end before 500. The longest search seen at this length takes 0.4 ms."""

DISTINCT_AGENTS_KEPT = 4096

BROWSERS = frozenset(
    {UNKNOWN, *constants.BROWSER_FAMILIES, *(constant for _, constant in constants.ENGINE_MARKS)},
)
"""Every browser constant that can occur."""

DEVICES = frozenset(
    {
        UNKNOWN,
        "PROXY",
        "WINDOWS",
        "ANDROID",
        "ANDROID_MOBILE",
        "ANDROID_TABLET",
        "IOS",
        "MAC_OS_X_IPAD",
        "MAC_OS_X_IPHONE",
        "MAC_OS_X_IPOD",
        "UBUNTU_TOUCH_MOBILE",
        "LINUX",
        "TIZEN",
        "TIZEN_MOBILE",
        *(f"TIZEN{version}{kind}" for version in (2, 3) for kind in ("", "_MOBILE", "_TV")),
        *constants.WINDOWS.values(),
        *constants.WINDOWS_PHONE.values(),
        *constants.ANDROID_PHONES.values(),
        *constants.ANDROID_TABLETS.values(),
        *constants.IPHONES.values(),
        *constants.IPADS.values(),
        *(constant for versions in constants.VERSIONED.values() for constant in versions.values()),
        *constants.SYSTEMS.values(),
        *(constant for _, constant in constants.SYSTEM_MARKS + constants.LAST_SYSTEM_MARKS),
    }
)
"""Every device constant that can occur."""

_GROUP_OF_FAMILY = {family: group for group, families in constants.BROWSER_FAMILIES.items() for family in families}


def device_and_browser(user_agent: str | None) -> tuple[str, str]:
    """The device and browser constants of a User-Agent header; UNKNOWN for what it does not tell. Never raises.

    Source: contract 11.1, and the reading "User agents".
    """
    if not user_agent:
        return UNKNOWN, UNKNOWN
    return _of_distinct(user_agent[:MAX_CHARACTERS])


@lru_cache(maxsize=DISTINCT_AGENTS_KEPT)
def _of_distinct(text: str) -> tuple[str, str]:
    # Lone surrogates are legal in JSON strings, and the matcher takes only what UTF-8 can say.
    parsed = _parser()(text.encode("utf-8", "replace").decode("utf-8"))
    lower = text.lower()
    return _device(parsed.os, lower), _browser(parsed, lower)


@lru_cache(maxsize=1)
def _parser() -> "Callable[[str], PartialResult]":
    # Loaded at the first agent, not at import: it takes 0.1 s. The matcher is ua-parser-rs (3 MB): 0.02 ms an agent and
    # linear in its length, where ua-parser's own `re` takes 0.2 ms and, on the worst input found, 11 times the time.
    from ua_parser import Domain, load_lazy_builtins
    from ua_parser.regex import Resolver

    resolver = Resolver(load_lazy_builtins())
    return lambda text: resolver(text, Domain.ALL)


def _browser(parsed: "PartialResult", lower: str) -> str:
    if constants.PROXY_MARK in lower:
        return "DOWNLOAD"
    robot = parsed.device is not None and parsed.device.family == "Spider"
    if robot or any(mark in lower for mark in constants.ROBOT_MARKS):
        return "BOT"
    family = parsed.user_agent.family if parsed.user_agent else ""
    return _GROUP_OF_FAMILY.get(family) or _first_mark(lower, constants.ENGINE_MARKS)


def _device(os: "OS | None", lower: str) -> str:
    if constants.PROXY_MARK in lower:
        return "PROXY"
    constant = _first_mark(lower, constants.SYSTEM_MARKS)
    if constant == UNKNOWN and os is not None:
        constant = _of_system(os, lower)
    return constant if constant != UNKNOWN else _first_mark(lower, constants.LAST_SYSTEM_MARKS)


def _of_system(os: "OS", lower: str) -> str:
    major, minor = os.major or "", os.minor or ""
    exact = f"{major}.{minor}"
    if os.family in _VARIANTS:
        return _VARIANTS[os.family](major, exact, lower)
    if versions := constants.VERSIONED.get(os.family):
        return versions.get(major, versions[""])
    return constants.SYSTEMS.get(os.family, UNKNOWN)


def _windows(major: str, exact: str, _: str) -> str:
    return constants.WINDOWS.get(exact) or constants.WINDOWS.get(major, "WINDOWS")


def _windows_phone(major: str, exact: str, _: str) -> str:
    return constants.WINDOWS_PHONE.get(exact) or constants.WINDOWS_PHONE.get(major, "WINDOWS")


def _android(major: str, _: str, lower: str) -> str:
    phone = "mobile" in lower
    if not major.isdecimal():
        return "ANDROID_MOBILE" if phone else "ANDROID_TABLET" if "tablet" in lower else "ANDROID"
    version = int(major)
    if version <= 2:
        phone = not (version == 2 and any(model in lower for model in constants.ANDROID_2_TABLETS))
    if phone and version != 3:
        return constants.ANDROID_PHONES.get(version, "ANDROID_MOBILE")
    return constants.ANDROID_TABLETS.get(version, "ANDROID_TABLET")


def _ios(major: str, exact: str, lower: str) -> str:
    if "ipad" in lower:
        return constants.IPADS.get(exact) or constants.IPADS.get(major, "MAC_OS_X_IPAD")
    if "iphone" in lower:
        return constants.IPHONES.get(exact) or constants.IPHONES.get(major, "MAC_OS_X_IPHONE")
    if "ipod" in lower:
        return "MAC_OS_X_IPOD"
    # An app that only names Apple's network library: the constants do not tell its systems apart.
    return "MAC_OS_X" if "cfnetwork" in lower else "IOS"


def _ubuntu(_: str, __: str, lower: str) -> str:
    return "UBUNTU_TOUCH_MOBILE" if "mobile" in lower else "UBUNTU"


def _linux(_: str, __: str, lower: str) -> str:
    return "LINUX_SMART_TV" if "smarttv" in lower else "LINUX"


def _tizen(major: str, _: str, lower: str) -> str:
    version = major if major in ("2", "3") else ""
    if "mobile" in lower:
        return f"TIZEN{version}_MOBILE"
    return f"TIZEN{version}_TV" if version and ("smart-tv" in lower or " tv " in lower) else f"TIZEN{version}"


_VARIANTS: dict[str, Callable[[str, str, str], str]] = {
    "Windows": _windows,
    "Windows Phone": _windows_phone,
    "Android": _android,
    "iOS": _ios,
    "Linux": _linux,
    "Ubuntu": _ubuntu,
    "Tizen": _tizen,
}
"""Families whose constant depends on more than the major version: (major, major.minor, agent in small letters)."""


def _first_mark(lower: str, marks: tuple[tuple[str, str], ...]) -> str:
    return next((constant for mark, constant in marks if mark in lower), UNKNOWN)
