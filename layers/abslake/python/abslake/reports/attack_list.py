"""``/v4/abs/attacklist``: who was found attacking, by whether the list still holds them, and taking clients off it.

The list is derived (`abslake.detection.attack_list`). A day that the index of findings knows costs no request of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Literal, NamedTuple

from abslake.access.mask import Mask
from abslake.detection import attack_list, attack_list_store
from abslake.detection.attack_list import AttackList
from abslake.detection.attack_list_store import Document
from abslake.detection.attackers import Attack, Client
from abslake.detection.findings import IdentifierKind
from abslake.detection.global_config import overlaid
from abslake.detection.tuning import Tuning
from abslake.errors import BadRequest
from abslake.records.addresses import canonical
from abslake.records.definitions import Definitions
from abslake.reports import attack_list_models as models
from abslake.reports import attackers_found, dates, found, paging
from abslake.reports.answer import pool
from abslake.reports.attack_list_models import BulkRemoval, ClientRemoval
from abslake.reports.catalogue import definitions_of
from abslake.reports.question import PAGE, RANGE, parameters, read_range
from abslake.settings import Settings
from abslake.storage import Lake

PATH = "/v4/abs/attacklist"
FIELDS = frozenset({*RANGE, "status", *PAGE})
KEYS = {
    IdentifierKind.IP: "ips",
    IdentifierKind.COOKIE: "cookies",
    IdentifierKind.TOKEN: "oauth_tokens",
    IdentifierKind.API_KEY: "api_keys",
    IdentifierKind.USERNAME: "usernames",
}
"""Kind of client -> key of its section (contract 5), in the documented order."""

Status = Literal["active", "expired"]

_STATUSES: Sequence[Status] = ("active", "expired")


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """Clients that came onto the list in ``earlier <= t < later`` (UTC). `limit` 0: all, else from `offset` on."""

    earlier: datetime
    later: datetime
    zone: tzinfo | None
    statuses: Sequence[Status] = _STATUSES
    limit: int = 0
    offset: int = 0

    @property
    def subject(self) -> str:
        """What a cursor belongs to, beside the range."""
        return f"attacklist {' '.join(self.statuses)}"


class Shown(NamedTuple):
    """One value of the list."""

    status: Status
    key: str
    cookie: str
    value: str


@dataclass(slots=True)
class _Seen:
    """A client of the range; `newest` of its attacks there, in milliseconds."""

    active: bool = False
    newest: int = 0
    apis: set[str] = field(default_factory=set)

    @property
    def status(self) -> Status:
        """The part of the list that it stands in."""
        return "active" if self.active else "expired"


def question(query: str, settings: Settings) -> ListQuestion:
    """The question of ``GET /v4/abs/attacklist``. Raises BadRequest naming the field."""
    return ask(parameters(query, FIELDS), settings)


def ask(given: Mapping[str, str], settings: Settings) -> ListQuestion:
    """A question from decoded parts. Raises BadRequest naming the field."""
    earlier, later, zone = read_range(given, settings)
    wanted = given.get("status")
    if wanted not in (None, *_STATUSES):
        raise BadRequest("status: write active or expired, or leave it out for both")
    statuses = tuple(one for one in _STATUSES if wanted in (None, one))
    asked = ListQuestion(earlier, later, zone, statuses)
    limit = paging.read_limit(given["limit"]) if "limit" in given else 0
    offset = paging.read_cursor(given.get("cursor"), asked.subject, earlier, later)
    return ListQuestion(earlier, later, zone, statuses, limit, offset)


def show(
    asked: ListQuestion, lake: Lake, settings: Settings, mask: Mask | None = None, now: datetime | None = None
) -> models.AttackListReport:
    """The list as it stands now. `mask` hides identifiers, but for addresses. Raises StorageError, SettingsError."""
    when = now or datetime.now(UTC)
    coming = pool().submit(Tuning.load, lake), pool().submit(attack_list_store.read, lake)
    settings_now = pool().submit(overlaid, lake, settings)
    definitions = definitions_of(lake, ())
    rules = AttackList(coming[1].result(), coming[0].result(), when)
    most = settings_now.result().attack_list_count
    seen, capped = _clients(asked, lake, rules, most)
    values = sorted(_spelled(seen, definitions, mask), key=_order)
    end = asked.offset + asked.limit if asked.limit else len(values)
    span = (asked.earlier, asked.later)
    return models.AttackListReport(
        earlier_date=dates.spell(asked.earlier, asked.zone),
        later_date=dates.spell(asked.later, asked.zone),
        attacklist=models.Lists(
            **{status: _grouped(values[asked.offset : end], status) for status in asked.statuses},
        ),
        next_cursor=paging.write_cursor(end, asked.subject, *span) if end < len(values) else "",
        notes=[f"The list holds {most} clients at most: those found last are shown."] if capped else [],
    )


def remove(
    lake: Lake, by: str, wanted: ClientRemoval, zone: tzinfo | None, now: datetime | None = None
) -> models.Removed:
    """Take named clients off the list; those that are not on it are passed over.

    Raises BadRequest naming the field, Conflict, SettingsError, StorageError, WriteStateUnknown, Unavailable.
    """
    when = now or datetime.now(UTC)
    if not wanted.model_fields_set:
        raise BadRequest("name at least one section: ips, cookies, oauth_tokens, api_keys, usernames")
    asked = _asked_clients(wanted)
    if len(asked) > models.MAX_NAMED:
        raise BadRequest(f"name {models.MAX_NAMED} clients at most")
    tuning, definitions = Tuning.load(lake), definitions_of(lake, ())
    known = attackers_found.of(lake, asked.keys())
    called: dict[Client, list[str]] = {}

    def held(document: Document) -> list[Client]:
        rules = AttackList(document, tuning, when)
        called.clear()
        for client in sorted(known):
            counting = rules.counting(client, known[client])
            if rules.holds(client, counting):
                names = (
                    {""}
                    if client.kind is not IdentifierKind.COOKIE
                    else {*_names((one.api for one in counting), definitions)}
                )
                called[client] = sorted(asked[client] & names)
        return [client for client, names in called.items() if names]

    taken = attack_list.remove(lake, by, held, when, attackers_found.kept_from(lake))
    values = [Shown("active", KEYS[one.kind], name, one.value) for one in taken for name in called[one]]
    return models.Removed(
        date=dates.spell_with_zone(when, zone), attacklist=_grouped(sorted(values, key=_order), "active")
    )


def clear(lake: Lake, by: str, wanted: BulkRemoval, zone: tzinfo | None, now: datetime | None = None) -> models.Cleared:
    """Take all clients of some kinds off the list. Raises BadRequest where no kind is named, and as `remove`."""
    when = now or datetime.now(UTC)
    kinds = [kind for kind, key in KEYS.items() if wanted.delete_all or getattr(wanted, f"delete_all_{key}")]
    if not kinds:
        raise BadRequest("name at least one kind: delete_all, delete_all_ips, …")
    attack_list.clear(lake, by, kinds, when)
    return models.Cleared(date=dates.spell_with_zone(when, zone), attacklist={KEYS[kind]: "all" for kind in kinds})


def _clients(asked: ListQuestion, lake: Lake, rules: AttackList, most: int) -> tuple[dict[Client, _Seen], bool]:
    """The clients of the parts asked for that came onto the list in the range, and whether there are more than `most`.

    Those found last. As many that are held as others are looked at: who is held no more crowds out nobody who is.
    """
    first, end = _milliseconds(asked.earlier), _milliseconds(asked.later)
    seen: dict[Client, _Seen] = {}
    room = {True: most, False: most}
    capped = False
    for day in attackers_found.in_range(lake, asked.earlier, asked.later):
        found = {
            client: rules.counting(client, (one for one in attacks if first <= one.last < end))
            for client, attacks in day.items()
        }
        for client in sorted(
            (client for client in found if found[client]), key=lambda one: (-_newest(found[one]), one)
        ):
            held = rules.holds(client, found[client])
            if client not in seen and not room[held]:
                capped = True
                continue
            if client not in seen:
                room[held] -= 1
            _note(seen.setdefault(client, _Seen()), client, found[client], held=held)
    _look_beside(asked, lake, rules, seen)
    wanted = [(client, one) for client, one in seen.items() if one.status in asked.statuses]
    last = sorted(wanted, key=lambda item: (-item[1].newest, item[0]))[:most]
    return dict(last), capped or len(last) < len(wanted)


def _look_beside(asked: ListQuestion, lake: Lake, rules: AttackList, seen: Mapping[Client, _Seen]) -> None:
    """Of clients that no attack of the range keeps on the list: whether one after it does, or one of before."""
    open_ = {client: one for client, one in seen.items() if not one.active}
    before = any(rules.may_be_outlasted(client, one.newest) for client, one in open_.items())
    if not open_ or not (before or asked.later < rules.now):
        return
    for day in attackers_found.beside(lake, asked.earlier, asked.later, before=before):
        for client in day.keys() & open_.keys():
            open_[client].active = open_[client].active or rules.holds(client, rules.counting(client, day[client]))


def _note(one: _Seen, client: Client, attacks: Sequence[Attack], *, held: bool) -> None:
    one.newest = max(one.newest, _newest(attacks))
    one.active = one.active or held
    if client.kind is IdentifierKind.COOKIE:
        one.apis.update(attack.api for attack in attacks)


def _newest(attacks: Iterable[Attack]) -> int:
    return max(one.last for one in attacks)


def _spelled(seen: Mapping[Client, _Seen], definitions: Definitions, mask: Mask | None) -> Iterator[Shown]:
    for client, one in seen.items():
        value = found.shown(*client, mask)
        for name in _names(one.apis, definitions) if client.kind is IdentifierKind.COOKIE else ("",):
            yield Shown(one.status, KEYS[client.kind], name, value)


def _names(apis: Iterable[str], definitions: Definitions) -> list[str]:
    """The names of a session cookie that was seen on these APIs. Of one seen across APIs only: of all there are.

    "" where no definition names one: it was deleted, or its sessions are no cookies.
    """
    known = {name: api.metadata.cookie for name, api in definitions.apis.items() if api.metadata.cookie}
    names = {known[api] for api in apis if api in known} or set(known.values())
    return sorted(names) or [""]


def _order(one: Shown) -> tuple[int, int, str, str]:
    return _STATUSES.index(one.status), list(KEYS.values()).index(one.key), one.cookie, one.value


def _grouped(values: Iterable[Shown], status: Status) -> models.Clients:
    lists: dict[str, list[str]] = {key: [] for key in KEYS.values() if key != "cookies"}
    cookies: dict[str, list[str]] = {}
    for one in values:
        if one.status == status:
            (cookies.setdefault(one.cookie, []) if one.key == "cookies" else lists[one.key]).append(one.value)
    return models.Clients(cookies=cookies, **lists)


def _asked_clients(wanted: ClientRemoval) -> dict[Client, set[str]]:
    """The clients that a removal names; of cookies with the names that they are called by."""
    found: dict[Client, set[str]] = {}
    for kind, key in KEYS.items():
        section = getattr(wanted, key)
        named = section.items() if kind is IdentifierKind.COOKIE else [("", section)]
        for name, values in named:
            for position, value in enumerate(values):
                found.setdefault(Client(kind, _value(kind, value, f"{key}[{position}]")), set()).add(name)
    return found


def _value(kind: IdentifierKind, value: str, place: str) -> str:
    """A value as the facts spell it."""
    if kind is not IdentifierKind.IP:
        return value
    address = canonical(value)
    if address is None:
        raise BadRequest(f"{place}: not an IPv4 or IPv6 address", "INVALID_ADDRESS")
    return address


def _milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)
