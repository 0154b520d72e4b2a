"""Which texts are worth a closer look: a cheap expression that the engine matches against every request's URL and headers.

Whatever `abslake.facts.signals` finds in a text, the expression for that kind of text matches it; what it does not match is not
looked at again. A text is a suspect for a word or character that some rule needs (`_NEEDED`, each character percent-encoded
or not), or for an escape or character after whose undoing it would no more be what it looks like (`_DISGUISES`). The expression
is kept to what RE2 matches at a nanosecond or two a byte: no ``.*``, few repetitions.
"""

import re
from collections.abc import Sequence
from functools import cache

from abslake.facts.normalised_text import LOOKALIKES

KEPT = 8200
"""Characters of a suspect that are kept to be looked at: more than are looked at, so that what is too long shows it."""
_LONG_URL = 255
"""Bytes above which its length makes a URL a suspect (`abslake.facts.signals.LONGEST_RUN`)."""
_HEADERS = (
    ("cookie", "cookies", 8000),
    ("authorization", "auth_header", 8000),
    ("x-forwarded-for", "forwarded_for", 1024),
)
"""Name, column, and bytes above which its length makes a header a suspect (`abslake.facts.signals.LONGEST_HEADER`)."""
_LONG_HEADER = 8000
_ADDRESSES = r'[0-9A-Za-z._:,;=\[\]"/ \t\r\n-]*'
"""All that an X-Forwarded-For holds that is none."""

_BLANKS = "(?:(?:[ +]|%20)+)"
"""Other white space is among `_DISGUISES`."""
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\{\d+(?:,\d*)?\}|.", re.DOTALL)
_MEMBER = re.compile(r"\\.|[a-z0-9]-[a-z0-9]|.", re.DOTALL)
_META = set("()|*+?^$.")
_ESCAPED = "%[0-9a-f][0-9a-f]"

_LETTERS_AND_DIGITS = r"%3[0-9]|%[46][1-9a-f]|%[57][0-9a]"
_BAD_ESCAPE = r"%(?:[^0-9a-f]|[0-9a-f][^0-9a-f]|[0-9a-f]?$)"
_CONTROL = r"[\x00-\x1f\x7f]|%[01][0-9a-f]|%7f"
_ENTITIES = r"(?:&|%26)(?:#|%23|(?:lt|gt|quot|apos|colon|lpar|rpar|tab|newline)(?:;|%3b|[^0-9a-z=]))"
_COMMENT = r"(?:/|%2f|\\|%5c)(?:\*|%2a)|(?:\*|%2a)(?:/|%2f|\\|%5c)"
_BACKSLASH = r"\\|%5c"
_OTHER_SPELLINGS = (
    r"%c[01]|%e0%[89]|%f0%8|%ef%b[cd]|%c2%a0|[\x{ff01}-\x{ff5e}\x{a0}]"
    + f"|[{''.join(LOOKALIKES)}]|"
    + "|".join("".join(f"%{byte:02x}" for byte in character.encode()) for character in LOOKALIKES)
)
_DISGUISES = (
    *(_LETTERS_AND_DIGITS, "%2[de]|%5f", _BAD_ESCAPE, "%25", _CONTROL),
    *(_ENTITIES, _COMMENT, _BACKSLASH, _OTHER_SPELLINGS),
)
_ODD_BEGINNING = r"^[^/*a-z]|^[0-9a-z.-]+:[0-9]+(?:/|$)"


_WORDS = (
    "whoami|uname|wget|curl|netcat|nc|ncat|nslookup|ifconfig|ipconfig|netstat|systeminfo|tasklist|powershell|pwsh|certutil|bitsadmin|"
    "printenv|mkfifo|socat|busybox|wmic|cat|ls|id|pwd|ping|sleep|bash|sh|dig|echo|rm|chmod|touch|hostname|ps|env|cmd|telnet|tftp|"
    "dir|type|net|python|perl|ruby|php|expr|printf|base64|head|tail|find|grep|/"
)
_STATEMENTS = "begin|drop|truncate|alter|create|delete|insert|update|declare|shutdown|waitfor|exec|select|copy|if"
_EVENTS = (
    "error|load|click|dblclick|auxclick|context|mouse|focus|blur|key|toggle|pointer|animation|transition|webkit|begin|start|finish|"
    "bounce|end|page|hash|pop|message|submit|reset|change|input|invalid|select|search|drag|drop|copy|paste|cut|before|scroll|resize|"
    "wheel|play|canplay|time|unload|show|touch|abort|cue"
)

_NEEDED = (
    "['`<]",
    r"\$[({_]|\$ifs|[\[\"']\$",
    r"\"\s?[);]*\s?(?:(?:or|and|xor|having|where)[\s(!]|\|\||&&|--|#|group|order|on)",
    rf"(?:[;|]|&&)\s?(?:{_WORDS})",
    rf";\s?(?:{_STATEMENTS})",
    r"&\s?(?:(?:ping|net|type|dir|sleep|cat)\s|whoami|uname|wget|netcat|ncat|nslookup|ifconfig|ipconfig|netstat|systeminfo|tasklist|"
    r"powershell|pwsh|certutil|bitsadmin|printenv|mkfifo|socat|busybox|wmic|cmd)",
    r"(?:or|and|xor|having)[\s(!]+(?:not\s)?\(*[\d'\"]",
    r"\s--|(?:union|\(\s?select)[\s(]",
    r"order\sby|group\sby|case\swhen|procedure\sanalyse|into\s(?:out|dump)file|(?:from|join)[\s(]+(?:sys|all_|user_|msys|dual)",
    r"(?:sleep|benchmark|polygon|extractvalue|updatexml|xmltype|name_const|json_keys|gtid_subset|randomblob|load_extension)\s?\(",
    r"waitfor|load_file|group_concat|dbms_|utl_|xp_|sp_|information_schema|sqlite_|pg_|mysql\.user|sys\.|@@",
    r"(?:[\s(!]|\|\||&&)\(*(?:ascii|ord|chr|char|unhex|elt|iif|exists|make_set|length|substring|substr|count|mid|if)\s?\(",
    r"\*\)",
    # paths
    r"\.\.|/\.|(?:file|netdoc|jar|zip|phar|expect|glob|php|gopher|dict):/",
    r"etc/|proc/|var/log|windows/|winnt/|boot\.ini|win\.ini|web-inf|meta-inf|:/(?:windows|winnt|boot|inetpub)",
    # commands and expressions
    r"bin/|cmd\.exe|cmd\s|powershell|dev/(?:tcp|udp)|(?:wget|curl)\s|jndi|\{\{|[#*]\{|@\(|\[\[|\)\s?\{",
    r"__(?:class|mro|subclasses|globals|builtins|base|proto|import)|constructor|getruntime|processbuilder|java\.lang|classloader|"
    r"freemarker|_memberaccess|javax\.script|java\.net|methodaccessor|child_process|process\.(?:main|bind)",
    r"(?:require|system|passthru|shell_exec|popen|proc_open|pcntl_exec|assert|eval|exec|base64_decode|file_get_contents|die|"
    r"call_user_func|create_function|var_dump|print_r|md5|include|phpinfo)\s?\(",
    r"allow_url_include|auto_prepend_file|invokefunction|call_user_func_array|_method=|169\.254|metadata\.google|100\.100\.100",
    # script
    rf"on(?:{_EVENTS})[a-z]*\s?=",
    r"[a-z]script\s?:|data\s?:",
    r"(?:document|window|self|top|parent|globalthis)\s?[.\[]",
    r"(?:alert|confirm|prompt)\s?[(`\"\])]|eval[\"\])]|fromcharcode|expression\s?\(|moz-binding|behaviou?r|@import|srcdoc|"
    r"new\simage|xmlhttprequest",
)
"""What the rules need, in their own notation: each rule needs one of these."""


@cache
def header_pattern() -> str:
    """An RE2 expression for a header's value as sent."""
    return "(?is)" + "|".join([*_DISGUISES, *map(as_sent, _NEEDED)])


@cache
def url_pattern() -> str:
    """The same for a URL."""
    return f"{header_pattern()}|{_ODD_BEGINNING}"


def condition(url: str, wanted: Sequence[str]) -> str:
    """SQL: whether a request is a suspect, for its URL (an expression) or for the headers that no column of a fact keeps.

    `wanted`: see `abslake.facts.rules.Rules`. One expression for all texts: the engine takes milliseconds to compile it.
    """
    columns = [column for _, column, _ in _headers(wanted)]
    long = [f"strlen({url}) > {_LONG_URL}", *(f"strlen({column}) > {most}" for _, column, most in _headers(wanted))]
    is_odd = f"NOT regexp_full_match(forwarded_for, {_literal(_ADDRESSES)})"
    text = f"concat_ws('&', {url}, {', '.join(columns)})"
    return f"(regexp_matches({text}, {_literal(url_pattern())}) OR {' OR '.join(long)} OR {is_odd})"


def as_json(url: str, wanted: Sequence[str]) -> str:
    """SQL: URL and headers as they are handed on (`abslake.facts.resolve.Suspect`)."""
    pairs = (f"[{_literal(name)}, left({column}, {KEPT})]" for name, column, _ in _headers(wanted))
    return f"to_json({{url: left({url}, {KEPT}), headers: [{', '.join(pairs)}]}})::VARCHAR"


def _headers(wanted: Sequence[str]) -> list[tuple[str, str, int]]:
    return [*_HEADERS, *((name, f"w{n}", _LONG_HEADER) for n, name in enumerate(wanted))]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def as_sent(rule: str) -> str:
    """A rule over normalised text, for the same text with its characters percent-encoded or not."""
    return "".join(_as_sent(piece) for piece in _PIECE.findall(rule))


def _as_sent(piece: str) -> str:
    if piece.startswith("[") and len(piece) > 1:
        return _class(piece[1:-1])
    if piece in _META or piece == "(?:" or (piece.startswith("{") and len(piece) > 1):
        return piece
    return _member(piece)


def _class(members: str) -> str:
    if members.startswith("^"):
        return f"(?:{_ESCAPED}|[{members}])"
    return f"(?:{'|'.join(map(_member, _MEMBER.findall(members)))})"


def _member(piece: str) -> str:
    """A character, a range, or a class like ``\\d``."""
    fixed = {"\\s": _BLANKS, "\\W": rf"(?:{_ESCAPED}|\W)", " ": _BLANKS, "\\d": r"\d", "\\w": r"\w"}
    if piece in fixed:
        return fixed[piece]
    character = piece.removeprefix("\\")
    if len(character) > 1:
        return f"[{character}]"
    if character.isalnum() or character in "._-":
        return re.escape(character)
    encoded = f"{re.escape(character)}|%{ord(character):02x}"
    return f"(?:{encoded}|{_BACKSLASH})" if character == "/" else f"(?:{encoded})"
