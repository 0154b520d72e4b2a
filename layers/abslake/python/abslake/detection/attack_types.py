"""The attack types as users name them: by the documented id, or by the lower-case name of the threshold API.

Source: contract 3, 6 and 9. What is known but not covered is refused with its reason: an empty list would look as if
nothing had happened.
"""

from abslake.detection.detector import Detector
from abslake.detection.detectors import NOT_COVERED, detectors
from abslake.errors import BadRequest


def attack_type(attack_id: int, field: str) -> Detector:
    """The detector of a documented id. Raises BadRequest naming `field`: no such id, or not covered and why."""
    found = detectors().get(attack_id)
    if found:
        return found
    if attack_id in NOT_COVERED:
        raise BadRequest(f"{field}: type {attack_id} is not covered: {NOT_COVERED[attack_id]}", "TYPE_NOT_COVERED")
    raise BadRequest(f"{field}: there is no attack type of this id", "UNKNOWN_TYPE")


def type_named(name: str, field: str, attack_id: int | None = None) -> Detector:
    """The detector of a threshold name: among the types of one API, or the type `attack_id` across APIs.

    Raises BadRequest naming `field` and listing the names that go there.
    """
    if attack_id is None:
        known = {one.type_name: one for one in detectors().values() if one.scope == "api" and one.variables}
    else:
        one = attack_type(attack_id, "id")
        if one.scope != "across":
            raise BadRequest(f"id: type {attack_id} belongs to single APIs: give api_name", "INVALID_PARAMETER")
        known = {one.type_name: one} if one.variables else {}
    if name in known:
        return known[name]
    raise BadRequest(f"{field}: no such type here; known are {', '.join(sorted(known)) or 'none'}", "UNKNOWN_TYPE")
