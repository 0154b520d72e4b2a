"""The allow-list: clients and networks that are benign for one attack type or all, on one API or all.

An entry counts for windows from its `since` (the moment it is added, unless said otherwise: an earlier one hides findings of
before) until it expires or is ended. Ending keeps the entry with who ended it, when and why. Source: an extension; the
documented product has none.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

from abslake.detection import tuning_store
from abslake.detection.attack_types import attack_type
from abslake.detection.findings import IdentifierKind
from abslake.detection.tuning_store import ALL, Benign, Document
from abslake.errors import BadRequest, Conflict, NotFound
from abslake.records.addresses import canonical
from abslake.storage import Lake

MAX_ENTRIES = 10_000
MAX_VALUE = 8_192
MAX_WHY = 500


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be added; `attack_id` None and `api` None mean all."""

    kind: IdentifierKind
    value: str = field(repr=False)
    attack_id: int | None
    api: str | None
    why: str
    since: datetime | None = None
    until: datetime | None = None


def add(lake: Lake, by: str, request: Request, now: datetime | None = None) -> Benign:
    """Add an entry; gives it with its id. Whoever calls has seen to it that the API exists.

    Raises BadRequest naming the field, Conflict where an equal entry counts already or the list is full.
    """
    when = now or datetime.now(UTC)
    entry = _entry(by, request, when)

    def edit(old: Document) -> tuple[Document, str]:
        for other in old.benign:
            if _whom(other) == _whom(entry) and other.covers(when):
                raise Conflict(f"entry {other.id} says so already: end it first")
        if len(old.benign) >= MAX_ENTRIES:
            raise Conflict(f"the allow-list is full ({MAX_ENTRIES} entries)")
        told = f"benign {entry.id} added: {entry.kind}, type {entry.attack_id}, API {entry.api}"
        return old.model_copy(update={"benign": (*old.benign, entry)}), told

    tuning_store.change(lake, by, edit, when)
    return entry


def end(lake: Lake, by: str, entry_id: str, why: str, now: datetime | None = None) -> Benign:
    """End an entry: from now on the client is judged again. One that has been ended stays as it is.

    Raises NotFound, BadRequest.
    """
    when = now or datetime.now(UTC)
    reason = _text("why", why, MAX_WHY)

    def edit(old: Document) -> tuple[Document, str]:
        found = next((one for one in old.benign if one.id == entry_id), None)
        if found is None:
            raise NotFound("id: there is no such entry", "UNKNOWN_ENTRY")
        if found.ended:
            return old, ""
        ended = found.model_copy(update={"ended": when, "ended_by": by, "ended_why": reason})
        entries = tuple(ended if one is found else one for one in old.benign)
        return old.model_copy(update={"benign": entries}), f"benign {entry_id} ended"

    document = tuning_store.change(lake, by, edit, when)
    return next(one for one in document.benign if one.id == entry_id)


def forget(lake: Lake, by: str, kind: IdentifierKind, value: str, now: datetime | None = None) -> int:
    """Take out all entries of one client, for an erasure that leaves no trace; gives how many. Networks stay.

    `value` is spelled as in the facts. Raises StorageError.
    """
    gone: list[Benign] = []

    def edit(old: Document) -> tuple[Document, str]:
        gone[:] = [one for one in old.benign if (one.kind, one.value) == (kind, value)]
        kept = tuple(one for one in old.benign if one not in gone)
        return old.model_copy(update={"benign": kept}), f"benign erased: {', '.join(one.id for one in gone)}"

    tuning_store.change(lake, by, edit, now)
    return len(gone)


def _entry(by: str, request: Request, when: datetime) -> Benign:
    attack_id: int | str = ALL
    if request.attack_id is not None:
        detector = attack_type(request.attack_id, "attack_id")
        if request.kind not in detector.kinds:
            kinds = ", ".join(detector.kinds)
            raise BadRequest(f"kind: type {request.attack_id} is about {kinds}")
        attack_id = request.attack_id
    since, until = request.since or when, request.until
    if until is not None and until <= max(since, when):
        raise BadRequest("until: must be after since, and not past")
    return Benign.model_validate(
        {
            "id": f"benign-{secrets.token_hex(6)}",
            "kind": request.kind,
            "value": _value(request),
            "attack_id": attack_id,
            "api": request.api or ALL,
            "by": by,
            "when": when,
            "why": _text("why", request.why, MAX_WHY),
            "since": since,
            "until": until,
        }
    )


def _value(request: Request) -> str:
    """The value as facts spell it; of a network its first address and prefix length."""
    value = _text("value", request.value, MAX_VALUE, strip=False)
    if request.kind is not IdentifierKind.IP:
        return value
    if "/" not in value:
        address = canonical(value)
        if address is None:
            raise BadRequest("value: not an IPv4 or IPv6 address", "INVALID_ADDRESS")
        return address
    try:
        network = _unmapped(ip_network(value.strip(), strict=False))
    except ValueError:
        raise BadRequest("value: not a network: write address/prefix", "INVALID_ADDRESS") from None
    if not network.prefixlen:
        raise BadRequest("value: that is everybody: switch the attack type off instead", "INVALID_ADDRESS")
    return str(network)


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """``::ffff:192.0.2.0/120`` is the IPv4 network: so facts spell such addresses (`abslake.records.addresses`)."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return ip_network((mapped, network.prefixlen - 96)) if mapped and network.prefixlen >= 96 else network


def _text(name: str, text: str, longest: int, *, strip: bool = True) -> str:
    """A text of 1 to `longest` characters that can be written as UTF-8."""
    text = text.strip() if strip else text
    if not 0 < len(text) <= longest:
        raise BadRequest(f"{name}: write 1 to {longest} characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRequest(f"{name}: is not valid Unicode") from None
    return text


def _whom(entry: Benign) -> tuple[IdentifierKind, str, int | str, str]:
    return entry.kind, entry.value, entry.attack_id, entry.api
