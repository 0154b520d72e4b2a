"""A few attack types with the documented ids, names and ranges, so that tests of tuning need none of the real ones."""

from collections.abc import Mapping

import pytest

from abslake.detection import attack_types
from abslake.detection.detector import API_KEY, CLIENTS, COOKIE, IP, TOKEN, Detector, Variable, View
from abslake.detection.scale import Scale
from abslake.reports import attack_status, thresholds


def variable(letter: str, scale: Scale = Scale.COUNT, *, extreme: bool = True, **more) -> Variable:
    """A variable whose documented range is that of its scale."""
    return Variable(
        letter=letter,
        sql="requests",
        scale=scale,
        meaning="requests",
        unit="requests",
        floor=1,
        extreme=extreme,
        **more,
    )


def _type(number: int, name: str, type_name: str, **more) -> Detector:
    given = {"view": View.CLIENT, "kinds": CLIENTS, "variables": (variable("A"), variable("B")), **more}
    return Detector(id=number, name=name, type_name=type_name, idea="…", remedy="…", **given)


TYPES: Mapping[int, Detector] = {
    one.id: one
    for one in (
        _type(
            1,
            "Data Exfiltration Attack",
            "data_exfiltration_attack",
            variables=(variable("A", Scale.BYTES), variable("B"), variable("C", Scale.SHARE)),
        ),
        _type(
            3,
            "Multi-Client Login Attack",
            "multi_client_login_attack",
            kinds=IP,
            variables=(variable("A", Scale.SMALL, extreme=False),),
        ),
        _type(7, "Cookie DoS Attack", "cookie_dos_attack", kinds=COOKIE),
        _type(16, "Stolen Token Attack Type 2", "extended_stolen_access_token", view=View.ACROSS, kinds=TOKEN),
        _type(18, "API Probing Replay Attack Type 2", "extended_probing_replay_cookie", view=View.ACROSS, kinds=COOKIE),
        _type(
            23,
            "Excessive Client Connections - Token",
            "excessive_client_connections_token",
            view=View.ACROSS,
            kinds=TOKEN,
            on_by_default=False,
        ),
        _type(
            31,
            "Stolen API Key Attack - Per API Key",
            "stolen_api_key_attack",
            view=View.ACROSS,
            kinds=API_KEY,
        ),
        _type(37, "Header Manipulation Attack", "header_manipulation_attack", variables=(variable("A", fixed=(1, 2)),)),
        _type(100, "Decoy Attack", "decoy_attack", switchable=False, variables=(variable("A", fixed=(0, 1)),)),
        _type(
            101,
            "Invalid API Activity",
            "invalid_api_activity",
            switchable=False,
            variables=(variable("A", fixed=(0, 1)),),
        ),
    )
}


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have these be all attack types there are."""
    for module in (attack_types, thresholds, attack_status):
        monkeypatch.setattr(module, "detectors", lambda: TYPES)
