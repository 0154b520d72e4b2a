"""What commands that tune detection name: a lake with an API, a type of attack."""

from abslake.detection.attack_types import attack_type
from abslake.detection.detector import Detector
from abslake.detection.detectors import detectors
from abslake.detection.findings import ACROSS
from abslake.dev import lakes
from abslake.errors import BadRequest, NotFound
from abslake.records.definitions import load
from abslake.storage import Lake


def open_with(lake: str, api: str) -> Lake:
    """The lake, which must have that API. Raises NotFound, StorageError."""
    store = lakes.open_lake(lake, create=False)
    if api != ACROSS and api not in load(store).apis:
        raise NotFound("--api: there is no such API", "UNKNOWN_API")
    return store


def type_of(text: str) -> Detector:
    """The type of an id or a name. Raises BadRequest."""
    if text.isascii() and text.isdecimal():
        return attack_type(int(text), "TYPE")
    found = next((one for one in detectors().values() if one.type_name == text), None)
    if found is None:
        raise BadRequest("TYPE: there is no attack type of this name; docs/detectors.md lists them")
    return found


def scope_of(api: str, detector: Detector) -> tuple[str | None, int | None]:
    """API, or the type across APIs. Raises BadRequest."""
    if (detector.scope == "across") != (api == ACROSS):
        where = (
            "is about all APIs: write --api all" if detector.scope == "across" else "belongs to single APIs: name one"
        )
        raise BadRequest(f"--api: type {detector.id} {where}")
    return (None, detector.id) if api == ACROSS else (api, None)
