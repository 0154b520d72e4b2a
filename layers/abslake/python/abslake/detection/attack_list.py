"""The attack list: who is on it, derived from the findings, and what takes clients off it.

A client is on the list from the last request of an attack until the time to live that was in force then is over, or it is
taken off. Attacks that go on put it on anew, also after it was taken off. What a report does not show (an API was reset, the
client is benign) puts nobody on the list. Source: contract 5.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from abslake.detection import attack_list_store as store
from abslake.detection.attack_list_store import Clearing, Document, Removal, TimeToLive
from abslake.detection.attackers import Attack, Client
from abslake.detection.findings import IdentifierKind
from abslake.detection.tuning import Tuning
from abslake.errors import Conflict
from abslake.storage import Lake

_MINUTE = 60_000


@dataclass(frozen=True)
class AttackList:
    """The rules of the list at one moment; times are milliseconds since 1970."""

    document: Document
    tuning: Tuning
    now: datetime

    def counting(self, client: Client, attacks: Iterable[Attack]) -> list[Attack]:
        """The attacks of a client that reports show: what puts it on the list at all."""
        return [
            one
            for one in attacks
            if self.tuning.shows_at(*client, one.attack_id, one.api, datetime.fromtimestamp(one.at / 1000, UTC))
        ]

    def holds(self, client: Client, counting: Iterable[Attack]) -> bool:
        """Whether any of these attacks keeps the client on the list now."""
        taken_off = self.taken_off(client)
        return any(one.last > taken_off and self._lasts(client.kind, one.last) for one in counting)

    def taken_off(self, client: Client) -> int:
        """When the client was last taken off; attacks of until then do not count. 0: never."""
        by_name = self._removed.get(store.name_of(client), 0) if self._removed else 0
        return max(by_name, self._cleared.get(client.kind, 0))

    def may_be_outlasted(self, client: Client, last: int) -> bool:
        """Whether an attack of before `last` may keep the client on the list though that one does not.

        So it may where clients stay for a limited time: it was not limited before it was set.
        """
        return last > self.taken_off(client) and self._minutes(client.kind, last) != 0

    def _lasts(self, kind: IdentifierKind, last: int) -> bool:
        minutes = self._minutes(kind, last)
        return not minutes or _milliseconds(self.now) < last + minutes * _MINUTE

    def _minutes(self, kind: IdentifierKind, at: int) -> int:
        """The time to live that was in force then; 0: for ever."""
        return next((minutes for when, minutes in reversed(self._changes.get(kind, [])) if when <= at), 0)

    @cached_property
    def _removed(self) -> Mapping[str, int]:
        return {one.client: _milliseconds(one.when) for one in self.document.removed}

    @cached_property
    def _cleared(self) -> Mapping[IdentifierKind, int]:
        return {one.kind: _milliseconds(one.when) for one in self.document.cleared}

    @cached_property
    def _changes(self) -> Mapping[IdentifierKind, list[tuple[int, int]]]:
        found: dict[IdentifierKind, list[tuple[int, int]]] = {}
        for one in self.document.ttl:
            found.setdefault(one.kind, []).append((_milliseconds(one.when), one.minutes))
        return found


def remove(
    lake: Lake,
    by: str,
    held: Callable[[Document], Collection[Client]],
    now: datetime | None = None,
    kept_from: datetime | None = None,
) -> Collection[Client]:
    """Take off the clients that `held` says are on the list, given what is set; gives them.

    Who was taken off before `kept_from`, since when attacks are kept, is forgotten. Raises Conflict where
    too many were taken off by name, and as `abslake.detection.audited.change`.
    """
    when = now or datetime.now(UTC)
    taken: list[Client] = []

    def edit(old: Document) -> tuple[Document, str]:
        taken[:] = held(old)
        if not taken:
            return old, ""
        kept = {one.client: one for one in old.removed if kept_from is None or one.when >= kept_from}
        kept |= {
            store.name_of(client): Removal(kind=client.kind, client=store.name_of(client), by=by, when=when)
            for client in taken
        }
        if len(kept) > store.MAX_REMOVED:
            raise Conflict(
                f"more than {store.MAX_REMOVED} clients were taken off by name: take off all of a kind with DELETE"
            )
        return old.model_copy(update={"removed": tuple(kept.values())}), f"taken off: {_counts(taken)}"

    store.change(lake, by, edit, when)
    return taken


def clear(lake: Lake, by: str, kinds: Collection[IdentifierKind], now: datetime | None = None) -> None:
    """Take off all clients of these kinds. Raises as `abslake.detection.audited.change`."""
    when = now or datetime.now(UTC)

    def edit(old: Document) -> tuple[Document, str]:
        cleared = {one.kind: one for one in old.cleared}
        cleared |= {kind: Clearing(kind=kind, by=by, when=when) for kind in kinds}
        update = {
            "removed": tuple(one for one in old.removed if one.kind not in kinds or one.when > when),
            "cleared": tuple(cleared[kind] for kind in IdentifierKind if kind in cleared),
        }
        return old.model_copy(update=update), f"taken off: all of {', '.join(kinds)}"

    store.change(lake, by, edit, when)


def set_ttl(lake: Lake, by: str, wanted: Mapping[IdentifierKind, int], now: datetime | None = None) -> Document:
    """For how many minutes clients that are found from now on stay on the list, by kind; 0: for ever. Gives what is set.

    What is so already is not written. Raises Conflict (changed too often), and as `abslake.detection.audited.change`.
    """
    when = now or datetime.now(UTC)

    def edit(old: Document) -> tuple[Document, str]:
        current = ttl(old)
        new = {kind: minutes for kind, minutes in wanted.items() if current[kind] != minutes}
        changes = (*old.ttl, *(TimeToLive(kind=kind, minutes=n, by=by, when=when) for kind, n in new.items()))
        if any(sum(one.kind is kind for one in changes) > store.MAX_CHANGES for kind in new):
            raise Conflict(f"a time to live was changed {store.MAX_CHANGES} times")
        told = ", ".join(f"{kind} {minutes}" for kind, minutes in new.items())
        return old.model_copy(update={"ttl": changes}), f"time to live, minutes: {told}"

    return store.change(lake, by, edit, when)


def ttl(document: Document) -> dict[IdentifierKind, int]:
    """The times to live that are in force, minutes, by kind; 0: for ever."""
    return dict.fromkeys(IdentifierKind, 0) | {one.kind: one.minutes for one in document.ttl}


def forget(lake: Lake, by: str, client: Client, now: datetime | None = None) -> None:
    """Forget that a client was taken off, for an erasure. Raises as `abslake.detection.audited.change`."""
    name = store.name_of(client)

    def edit(old: Document) -> tuple[Document, str]:
        kept = tuple(one for one in old.removed if one.client != name)
        return old.model_copy(update={"removed": kept}), "a client erased"

    store.change(lake, by, edit, now)


def _counts(clients: Iterable[Client]) -> str:
    kinds = [client.kind for client in clients]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in IdentifierKind if kind in kinds)


def _milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)
