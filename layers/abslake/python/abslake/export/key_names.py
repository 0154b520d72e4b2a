"""What the API key or cookie of a finding is called: the name of the header, parameter or cookie that carries it."""

from collections.abc import Callable

from abslake.detection.findings import Finding, IdentifierKind
from abslake.records.definitions import Definitions

_PLACES = {IdentifierKind.API_KEY: "api_key", IdentifierKind.COOKIE: "session"}


def key_names(definitions: Definitions) -> Callable[[Finding], str]:
    """Finding -> the first name that its API's definition gives; empty for other kinds, and across APIs."""

    def name(finding: Finding) -> str:
        api, place = definitions.apis.get(finding.api), _PLACES.get(finding.identifier_kind)
        if not api or not place:
            return ""
        return next((each.name for each in api.metadata.places(place) if each.kind != "claim"), "")

    return name
