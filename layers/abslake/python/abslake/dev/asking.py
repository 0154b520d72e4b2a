"""The reports of ``abslake report``, as a table: what VALUE is, which options they take, and who answers.

What a report does not take is refused here, alike for all; what its words mean, the report's own question says.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from time import perf_counter

from pydantic import BaseModel

from abslake.detection.findings import IdentifierKind
from abslake.dev import explain, lakes
from abslake.dev.console import Exit, console, mistakes, stop, write_json
from abslake.errors import NotFound
from abslake.records.definitions import Definitions, load
from abslake.reports import (
    Account,
    Kind,
    admin,
    analytics_calls,
    ask,
    ask_all,
    attack_list,
    global_config,
    health,
    report,
    search,
    timeline,
)
from abslake.reports.analytics_question import Sort, one_of
from abslake.reports.facts_reading import Reader
from abslake.reports.question import need
from abslake.reports.traffic_calls import API_IS_OPTIONAL, CALLS, question_of
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
    "by": " api|endpoint|client",
    "kind": f" {'|'.join(IdentifierKind)}",
    "method": " METHOD",
    "path": " PATH",
    "sort": f" {'|'.join(Sort)}",
    "max-age": " MINUTES",
}
_API = "the API's name"
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


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is asked for. `whom`: what VALUE is; ``""``: it takes none. A range that it takes, it needs."""

    whom: str
    options: Collection[str]
    answer: Callable[[Asked], BaseModel]
    value_is_optional: bool = False

    def usage(self, name: str) -> str:
        """The command line that asks for it."""
        value = "" if not self.whom else " [VALUE]" if self.value_is_optional else " VALUE"
        dates = "".join(f" --{option} yyyy-mm-ddThh:mm" for option in _RANGE if option in self.options)
        others = "".join(f" [--{option}{_SHOWN.get(option, '')}]" for option in self.options if option not in _RANGE)
        return f"abslake report {name}{value} --lake LAKE{dates}{others}"


def answer(name: str, value: str | None, words: Mapping[str, str], lake: str, *, explained: bool) -> None:
    """Print a report, and what it cost if `explained`. `words`: the options that were given. Raises typer.Exit."""
    form = form_of(name, value)
    _check(form, name, value, [*words, *([_EXPLAIN] if explained else [])])
    given = {PARAMETERS[option]: text for option, text in words.items()}
    with mistakes():
        settings, store = lakes.from_environment(), lakes.open_lake(lake, create=False)
        asked = Asked(name, value or "", given, store, settings, Account())
        if value is not None and form.whom == _API:
            asked = Asked(name, "", {**given, "api": value}, store, settings, asked.account)
        started = perf_counter()
        document = form.answer(asked)
        seconds = perf_counter() - started
        write_json(document.model_dump_json(indent=2))
    if explained:
        explain.show(asked.account, seconds)


def form_of(name: str, value: str | None) -> Form:
    """The form of a report: user names are told of one, and without VALUE of all."""
    return _OF_ALL if value is None and name == Kind.USERNAME else FORMS[name]


def _check(form: Form, name: str, value: str | None, options: Collection[str]) -> None:
    """Ends the command where a word is missing or too many; no message repeats one."""
    usage = f"Write: {form.usage(name)}"
    if value is None and form.whom and not form.value_is_optional:
        stop(Exit.USAGE, f"VALUE is missing: {form.whom}", usage)
    if value is not None and not form.whom:
        stop(Exit.USAGE, f"{name} takes no VALUE", usage)
    for option in options:
        if option not in form.options:
            is_value = option == "api" and form.whom == _API
            why = "the API is VALUE" if is_value else f"the report {name} does not take it"
            stop(Exit.USAGE, f"--{option}: {why}", usage)
    for option in _RANGE:
        if option in form.options and option not in options:
            stop(Exit.USAGE, f"--{option} is missing", usage)


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
    return Form(_API if "api" in fields else "", (*options, _EXPLAIN), _from_facts, name in API_IS_OPTIONAL)


_OF_ALL = Form("", (*_RANGE, *_PAGE, _EXPLAIN), _of_all)

FORMS: Mapping[str, Form] = {
    "metrics": Form(_API, (*_RANGE, *_PAGE, _EXPLAIN), _of_one),
    "token": Form("the OAuth2 token", (*_RANGE, _EXPLAIN), _of_one),
    "ip": Form("the client's address", (*_RANGE, _EXPLAIN), _of_one),
    "cookie": Form("the session cookie's value", (*_RANGE, "api", _EXPLAIN), _of_one),
    "api-key": Form("the API key", (*_RANGE, _EXPLAIN), _of_one),
    "username": Form("the user name", (*_RANGE, _EXPLAIN), _of_one),
    "apikeys": _OF_ALL,
    "oauthtokens": _OF_ALL,
    **{name: _form_from_facts(name) for name in CALLS},
    "attacklist": Form("", (*_RANGE, "status", *_PAGE), _attack_list),
    "admin": Form("", (), _admin),
    "globalconfig": Form("", (), _global_config),
    "latency": Form("", (*_RANGE, "api", "by", "kind", "method", "path", *_PAGE, _EXPLAIN), _analytics),
    "top": Form("", (*_RANGE, "kind", "api", "sort", *_PAGE, _EXPLAIN), _analytics),
    "timeline": Form("the identifier", (*_RANGE, "kind", *_PAGE, _EXPLAIN), _timeline),
    "search": Form("the beginning of identifiers, or an IPv4 network", (*_RANGE, "kind", *_PAGE, _EXPLAIN), _search),
    "health": Form("", ("max-age",), _health),
}
"""Report -> form, in the order of the help."""
