"""The reports of ``abslake report``, as a table: what VALUE is, which options they take, and who answers.

What a report does not take is refused here, alike for all; what its words mean, the report's own question says. A server is
asked for the same by `abslake.client`.
"""

import json
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel

from abslake.access import Role, User
from abslake.detection.findings import IdentifierKind, Level
from abslake.dev import explain, flat_rows, lakes, servers
from abslake.dev.console import Exit, console, mistakes, out, stop, write_json
from abslake.dev.options import by_login
from abslake.errors import NotFound
from abslake.records.definitions import Definitions, load
from abslake.reports import (
    Account,
    Kind,
    admin,
    analytics_calls,
    anomalies,
    ask,
    ask_all,
    attack_list,
    attacks,
    found,
    global_config,
    health,
    report,
    search,
    timeline,
    tuning_calls,
)
from abslake.reports.analytics_models import Sort
from abslake.reports.analytics_question import one_of
from abslake.reports.attack_question import anomaly_question, attack_question
from abslake.reports.catalogue import apis_named
from abslake.reports.facts_reading import Reader
from abslake.reports.question import need
from abslake.reports.traffic_calls import API_IS_OPTIONAL, CALLS, path_of, question_of
from abslake.settings import Settings
from abslake.storage import Lake

PARAMETERS = {
    "earlier": "earlier_date",
    "later": "later_date",
    "api": "api",
    "limit": "limit",
    "cursor": "cursor",
    "details": "details",
    "status": "status",
    "type": "type",
    "id": "id",
    "by": "by",
    "kind": "kind",
    "method": "method",
    "path": "path",
    "sort": "sort",
    "max-age": "max_age_minutes",
}
"""Option -> parameter of the HTTP API."""

_RANGE = ("earlier", "later")
_PAGE = ("limit", "cursor")
_EXPLAIN = "explain"
_SHOWN = {
    "api": " NAME",
    "limit": " NUMBER",
    "cursor": " CURSOR",
    "status": " active|expired",
    "type": " ID",
    "id": " ID",
    "by": " api|endpoint|client",
    "kind": f" {'|'.join(IdentifierKind)}",
    "method": " METHOD",
    "path": " PATH",
    "sort": f" {'|'.join(Sort)}",
    "max-age": " MINUTES",
}
_CHANGES = ("put", "delete")
"""Options that name a file: a body to be sent by this method."""
_NEEDED = {*_RANGE, "type"}
_API = "the API's name"
_DISCOVERED = "the discovered API's name"
_OF_APIS = {_API: "api", _DISCOVERED: "api_name"}
"""What VALUE is -> the parameter that it is, also where a lake is asked."""
_ALL_OF = {"apikeys": Kind.API_KEY, "oauthtokens": Kind.TOKEN, "username": Kind.USERNAME}


@dataclass(frozen=True, slots=True)
class Asked:
    """A report as it is asked for; `given` are its parameters by the names of the HTTP API."""

    report: str
    value: str
    given: Mapping[str, str]
    lake: Lake
    settings: Settings
    account: Account
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is asked for. `whom`: what VALUE is; ``""``: it takes none. A range that it takes, it needs.

    `path`: where a server has it, ``/v4/abs/`` and its name unless it is said; `field`: the parameter that VALUE is there, the
    api unless it is said, or the option whose word names it;
    `changes`: the methods that change what it shows; `reads`: it can be asked for.
    """

    whom: str
    options: Collection[str]
    answer: Callable[[Asked], BaseModel]
    value_is_optional: bool = False
    path: str = ""
    field: str = "api"
    changes: Collection[str] = ()
    reads: bool = True

    @property
    def needed(self) -> set[str]:
        """The options that it needs, if it takes them; that which names the parameter of VALUE is one."""
        return _NEEDED | ({self.field} if self.whom else set())

    def place(self, name: str) -> str:
        """The path of the report called `name`."""
        return self.path or f"/v4/abs/{name}"

    def query(self, given: Mapping[str, str], value: str) -> dict[str, str]:
        """The parameters of the request about `value`."""
        others = {name: text for name, text in given.items() if name != self.field}
        return others | {given.get(self.field, self.field): value}

    def usage(self, name: str) -> str:
        """The command line that asks for it."""
        value = "" if not self.whom else " [VALUE]" if self.value_is_optional else " VALUE"
        dates = "".join(f" --{option} yyyy-mm-ddThh:mm" for option in _RANGE if option in self.options)
        dates += "".join(f" --{option}{_SHOWN[option]}" for option in self.options if option in self.needed - {*_RANGE})
        others = "".join(
            f" [--{option}{_SHOWN.get(option, '')}]" for option in self.options if option not in self.needed
        )
        others += "".join(f" [--{option} FILE]" if self.reads else f" --{option} FILE" for option in self.changes)
        return f"abslake report {name}{value} --lake LAKE{dates}{others}"


@dataclass(frozen=True, slots=True)
class Source:
    """Who is asked: a `lake`, or else a `server` with the keys in the file `keys` or the environment."""

    lake: str = ""
    server: str = ""
    keys: str = ""


def answer(
    name: str, value: str | None, words: Mapping[str, str], source: Source, *, explained: bool, spelled: str = "json"
) -> None:
    """Print a report, and what it cost if `explained`. `words`: the options that were given. Raises typer.Exit."""
    form = form_of(name, value)
    changes = [option for option in words if option in _CHANGES]
    _check(form, name, value, [*words, *([_EXPLAIN] if explained else [])], changes)
    given = {PARAMETERS[option]: text for option, text in words.items() if option in PARAMETERS}
    body = servers.body_of(words[changes[0]]) if changes else b""
    method = changes[0].upper() if changes else "GET"
    if source.server:
        if explained:
            stop(Exit.USAGE, "--explain: a server does not say what a report cost", f"Write: {form.usage(name)}")
        query = given if value is None else form.query(given, value)
        document = servers.ask(source.server, source.keys, method, form.place(name), query, body)
        _print(_rows_name(name, form), document, json.dumps(document, indent=2, ensure_ascii=False), words, spelled)
        return
    with mistakes():
        settings, store = lakes.from_environment(), lakes.open_lake(source.lake, create=False)
        account = Account()
        if value is not None and form.whom in _OF_APIS:
            value, given = "", {**given, form.field: value}
        started = perf_counter()
        answer_it = _tuning if changes else form.answer
        model = answer_it(Asked(name, value or "", given, store, settings, account, method, body))
        seconds = perf_counter() - started
        text = model.model_dump_json(indent=2)
    _print(_rows_name(name, form), json.loads(text), text, words, spelled)
    if explained:
        explain.show(account, seconds)


def _print(name: str, document: Any, text: str, words: Mapping[str, str], spelled: str) -> None:
    if spelled == "json":
        write_json(text)
        return
    rows = flat_rows.OTHER if {*words} & {*_CHANGES} else flat_rows.rows_for(name, details="details" in words)
    if spelled == "csv":
        sys.stdout.write(flat_rows.to_csv(rows, document))
    else:
        table, left_out = flat_rows.to_table(rows, document, out.width)
        out.print(table)
        if left_out:
            console.print(f"no room for: {', '.join(left_out)}; --format csv has all", markup=False)
    for note in document.get("notes", []) if isinstance(document, dict) else []:
        console.print(f"note: {note}", markup=False)
    if isinstance(document, dict) and document.get("next_cursor"):
        console.print(f"more follow: --cursor {document['next_cursor']}", markup=False)


def form_of(name: str, value: str | None) -> Form:
    """The form of a report: user names are told of one, and without VALUE of all."""
    return _OF_ALL if value is None and name == Kind.USERNAME else FORMS[name]


def _rows_name(name: str, form: Form) -> str:
    """What the rows of a report are called."""
    return "usernames" if form is _OF_ALL and name == Kind.USERNAME else name


def _check(form: Form, name: str, value: str | None, options: Collection[str], changes: Collection[str]) -> None:
    """Ends the command where a word is missing or too many; no message repeats one."""
    usage = f"Write: {form.usage(name)}"
    if changes or not form.reads:
        _check_change(form, name, [*options, *(["VALUE"] if value is not None else [])], changes)
        return
    if value is None and form.whom and not form.value_is_optional:
        stop(Exit.USAGE, f"VALUE is missing: {form.whom}", usage)
    if value is not None and not form.whom:
        stop(Exit.USAGE, f"{name} takes no VALUE", usage)
    for option in options:
        if option not in form.options:
            is_value = option == "api" and form.whom == _API
            why = "the API is VALUE" if is_value else f"the report {name} does not take it"
            stop(Exit.USAGE, f"--{option}: {why}", usage)
    for option in form.options:
        if option in form.needed and option not in options:
            stop(Exit.USAGE, f"--{option} is missing", usage)


def _check_change(form: Form, name: str, words: Collection[str], changes: Collection[str]) -> None:
    """Ends the command where a change is none, or something else is said as well."""
    taken = " or ".join(f"--{change} FILE" for change in form.changes)
    usage = f"Write: abslake report {name} {taken} --lake LAKE" if taken else f"Write: {form.usage(name)}"
    for option in changes:
        if option not in form.changes:
            stop(Exit.USAGE, f"--{option}: {name} is not changed so", usage)
    if len(words) != 1:
        stop(Exit.USAGE, f"{taken} is missing" if not changes else "a change is a file and nothing else", usage)


def _of_one(asked: Asked) -> BaseModel:
    question = ask(Kind(asked.report.replace("-", "_")), asked.value, asked.given, asked.settings)
    return report(question, asked.lake, asked.settings, _definitions(asked.lake), account=asked.account)


def _of_all(asked: Asked) -> BaseModel:
    question = ask_all(_ALL_OF[asked.report], asked.given, asked.settings)
    return report(question, asked.lake, asked.settings, Definitions({}), account=asked.account)


def _from_facts(asked: Asked) -> BaseModel:
    question = question_of(asked.report, asked.given, asked.settings)
    definitions = _known(question.api, asked.lake)
    reader = Reader(asked.lake, asked.settings, asked.account)
    return CALLS[asked.report].answer(question, definitions, reader, None)


def _found(asked: Asked) -> BaseModel:
    query = urlencode(asked.given)
    of_attacks = asked.report == "attack"
    question = (attack_question if of_attacks else anomaly_question)(query, asked.settings)
    definitions = apis_named(asked.lake, "api", [question.api] if question.api else [])
    several = found.findings(question, Level.ATTACK if of_attacks else Level.ANOMALY, asked.lake)
    compose: Callable[..., BaseModel] = attacks.compose if of_attacks else anomalies.compose
    return compose(question, several, definitions, None)


def _tuning(asked: Asked) -> BaseModel:
    """As the function does it, by the one who is logged in here."""
    user = User(by_login(), Role.ADMIN)
    call = tuning_calls.CALLS[FORMS[asked.report].place(asked.report)][asked.method]
    return call(tuning_calls.Asked(asked.lake, asked.settings, user, urlencode(asked.given), asked.body))


def _analytics(asked: Asked) -> BaseModel:
    call = analytics_calls.CALLS[asked.report]
    question = call.ask(asked.report, asked.given, asked.settings)
    _known(question.api, asked.lake)
    return call.answer(question, Reader(asked.lake, asked.settings, asked.account), None)


def _timeline(asked: Asked) -> BaseModel:
    need("kind", asked.given)
    kind = Kind(one_of(IdentifierKind, "kind", asked.given["kind"]).value)
    question = timeline.ask_of(kind, asked.value, asked.given, asked.settings)
    return timeline.report(question, Reader(asked.lake, asked.settings, asked.account))


def _search(asked: Asked) -> BaseModel:
    question = search.ask({**asked.given, "prefix": asked.value}, asked.settings)
    return search.report(question, Reader(asked.lake, asked.settings, asked.account))


def _health(asked: Asked) -> BaseModel:
    return health.show(asked.lake, asked.given)


def _attack_list(asked: Asked) -> BaseModel:
    return attack_list.show(attack_list.ask(asked.given, asked.settings), asked.lake, asked.settings)


def _admin(asked: Asked) -> BaseModel:
    return admin.show(asked.lake, asked.settings)


def _global_config(asked: Asked) -> BaseModel:
    return global_config.show(asked.lake, asked.settings)


def _known(api: str | None, lake: Lake) -> Definitions:
    """All definitions, among them that of `api` if one is named. Raises NotFound."""
    definitions = _definitions(lake)
    if api is not None and api not in definitions.apis:
        raise NotFound("api: there is no API of this name", "UNKNOWN_API")
    return definitions


def _definitions(lake: Lake) -> Definitions:
    """All there are; those that are rejected are told."""
    definitions = load(lake)
    for fault in definitions.rejected:
        console.print(f"[bold yellow]rejected:[/] {fault}")
    return definitions


def _form_from_facts(name: str) -> Form:
    fields = CALLS[name].fields
    options = [option for option, field in PARAMETERS.items() if field in fields and option != "api"]
    whom, field = next(((whom, field) for whom, field in _OF_APIS.items() if field in fields), ("", "api"))
    return Form(whom, (*options, _EXPLAIN), _from_facts, name in API_IS_OPTIONAL, path=path_of(name), field=field)


_OF_ALL = Form("", (*_RANGE, *_PAGE, _EXPLAIN), _of_all)
_FORENSICS = "/v4/abs"


def _form_of_client(whom: str, field: str, *more: str) -> Form:
    return Form(whom, (*_RANGE, *more, _EXPLAIN), _of_one, path=_FORENSICS, field=field)


FORMS: Mapping[str, Form] = {
    "metrics": Form(_API, (*_RANGE, *_PAGE, _EXPLAIN), _of_one),
    "token": _form_of_client("the OAuth2 token", "token"),
    "ip": _form_of_client("the client's address", "IP"),
    "cookie": _form_of_client("the session cookie's value", "cookie", "api"),
    "api-key": _form_of_client("the API key", "api_key"),
    "username": _form_of_client("the user name", "username"),
    "apikeys": _OF_ALL,
    "oauthtokens": _OF_ALL,
    **{name: _form_from_facts(name) for name in CALLS},
    "attack": Form(_API, (*_RANGE, "type", "details"), _found, value_is_optional=True),
    "anomalies": Form(_API, _RANGE, _found, value_is_optional=True),
    "attacklist": Form("", (*_RANGE, "status", *_PAGE), _attack_list, changes=("put", "delete")),
    "threshold": Form(_API, ("id",), _tuning, True, path=tuning_calls.THRESHOLD, changes=("put",)),
    "attackstatus": Form("", (), _tuning, changes=("put",)),
    "reset": Form("", (), _tuning, changes=("delete",), reads=False),
    "benign": Form("", (), _tuning, path=tuning_calls.BENIGN, changes=("put", "delete")),
    "admin": Form("", (), _admin, path=admin.PATHS[0], changes=("put",)),
    "globalconfig": Form("", (), _global_config, path=global_config.PATHS[0], changes=("put",)),
    "latency": Form(
        "", (*_RANGE, "api", "by", "kind", "method", "path", *_PAGE, _EXPLAIN), _analytics, path="/v5/abs/latency"
    ),
    "top": Form("", (*_RANGE, "kind", "api", "sort", *_PAGE, _EXPLAIN), _analytics, path="/v5/abs/top"),
    "timeline": Form(
        "the identifier", (*_RANGE, "kind", *_PAGE, _EXPLAIN), _timeline, path=timeline.PATH, field="kind"
    ),
    "search": Form(
        "the beginning of identifiers, or an IPv4 network",
        (*_RANGE, "kind", *_PAGE, _EXPLAIN),
        _search,
        path=search.PATH,
        field="prefix",
    ),
    "health": Form("", ("max-age",), _health, path=health.PATH),
}
"""Report -> form, in the order of the help. The rows of `abslake.dev.flat_rows` go by the same names."""
