"""Writers of proxies' text logs: any request as each of them would log it, and the record that the line should give."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from hypothesis import assume
from hypothesis import strategies as st

from abslake.records.record import Record
from tests.support.odd_values import ADDRESSES, NUMBERS, ODD, TIMES, URLS
from tests.support.text_mutations import agent_field, combined_line, mostly, quoted, text_broken
from tests.support.writers_aws import METHODS, MOMENTS, TEXTS, WORDS

Written = st.SearchStrategy[tuple[Record, bytes]]

_ANY_ADDRESS = st.ip_addresses().map(str)
_URLS = st.text(
    st.characters(min_codepoint=0x21, exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=20
).map("/{}".format)
_PROTOCOLS = st.sampled_from(["HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3"])
_STATUSES = st.integers(100, 999)
_SIZES = st.integers(0, 10**12 - 1)
_MILLISECONDS = st.integers(0, 10**8)
_HOSTS = st.sampled_from(["shop.example.com", "api.example.com:8443", "localhost:80"])
_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_CONTROL = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\b": "\\b", '"': '\\"', "\\": "\\\\"}


def _apache(text: str) -> str:
    r"""As Apache escapes: C's letters where there is one, ``\xhh`` for other bytes that are not printable."""
    return "".join(
        _CONTROL.get(char) or (char if " " <= char <= "~" else "".join(f"\\x{byte:02x}" for byte in char.encode()))
        for char in text
    )


def _nginx(text: str) -> str:
    r"""As NGINX escapes by default: ``\xHH`` for quotes, backslashes and all bytes that are not printable."""
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02X}" for byte in text.encode()
    )


def _haproxy(text: str) -> str:
    """As HAProxy encodes a request line."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"#' else f"#{byte:02X}" for byte in text.encode())


_RAW = (
    st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    .map(str.strip)
    .filter(lambda text: text not in ("", "-") and ' "' not in text and '\\"' not in text)
)
"""What a header may hold that a writer puts between quotes as it is, if it does not look like the end of that field."""


def _clf(moment: int, zone: timezone) -> str:
    return datetime.fromtimestamp(moment, zone).strftime("%d/%b/%Y:%H:%M:%S %z")


def _iso(micros: int) -> str:
    return f"{datetime.fromtimestamp(micros // 10**6, UTC):%Y-%m-%dT%H:%M:%S}.{micros // 1000 % 1000:03}Z"


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03}"


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)


_USERS = TEXTS.filter(lambda user: not user.startswith((" ", "[")) and "-" not in user.split(" "))
_EXTENSIONS = ["", "xff", "time", "xff time", "amplify", "times", "io", "ingress", "old ingress"]


@st.composite
def combined(draw: st.DrawFn) -> tuple[Record, bytes]:
    """A line of the combined log of Apache or NGINX with any of the extensions, or of a virtual host."""
    escape = draw(st.sampled_from([_apache, _nginx]))
    moment, ms = draw(MOMENTS), draw(_MILLISECONDS)
    record = Record(
        time=moment * 10**6, peer=draw(_ANY_ADDRESS), method=draw(METHODS), url=draw(_URLS), protocol=draw(_PROTOCOLS),
        user_agent=draw(st.none() | TEXTS), username=draw(st.none() | _USERS), status=draw(_STATUSES),
        response_bytes=draw(st.none() | _SIZES),
    )  # fmt: skip
    line = (
        f"{record.peer} - {escape(_or_dash(record.username))} [{_clf(moment, draw(_ZONES))}] "
        f'"{escape(f"{record.method} {record.url} {record.protocol}")}" {record.status} {_or_dash(record.response_bytes)}'
        f' "-" "{escape(_or_dash(record.user_agent))}"'
    )
    extension = draw(st.sampled_from([*_EXTENSIONS, "host"]))
    if extension == "host":
        record.host = draw(_HOSTS)
        return record, f"{record.host} {line}".encode()
    if "xff" in extension or extension == "amplify":
        record.forwarded_for = draw(st.none() | TEXTS)
        line += f' "{escape(_or_dash(record.forwarded_for))}"'
    if extension and extension not in ("xff", "io"):
        record.time_ms = round(float(_seconds(ms)) * 1000, 3)
    if extension in ("io", "ingress", "old ingress"):
        record.request_bytes = draw(st.integers(18, 10**8))
        assume(
            record.request_bytes != ((record.response_bytes or 0) + 300) // 10**6
        )  # a time in seconds and microseconds
    if extension in ("amplify", "ingress", "old ingress"):
        record.server = draw(st.none() | st.sampled_from(["10.0.0.1:80", "unix:/run/x.sock"]))
    if extension == "amplify":
        record.host = draw(_HOSTS)
    tries = ("10.0.0.9:80, " if draw(st.booleans()) else "") + _or_dash(record.server)
    upstream = f" {tries} 0, 5 0.000, 0.010 502, 200 4fc1"
    seconds = f"{_seconds(ms)}"
    line += {
        "time": f" {seconds}", "xff time": f" {seconds}", "io": f" {record.request_bytes} {(record.response_bytes or 0) + 300}",
        "amplify": f' "{record.host}" sn="x" rt={seconds} ua="{tries}" us="200" ut="0.010" ul="5" cs=-',
        "times": f' rt={seconds} uct="-" uht="0.001, 0.002" urt="-"',
        "ingress": f" {record.request_bytes} {seconds} [default-shop-80] []{upstream}",
        "old ingress": f" {record.request_bytes} {seconds} [default-shop-80]{upstream}",
    }.get(extension, "")  # fmt: skip
    if extension == "old ingress":
        line = line.replace(f"{record.peer} -", f"{record.peer} - [{record.peer}] -", 1)
    if tries == "10.0.0.9:80, -":
        record.server = None
    return record, line.encode()


_REQUESTS = {
    "method": METHODS, "url": _URLS, "protocol": _PROTOCOLS, "user_agent": st.none() | _RAW, "status": _STATUSES,
    "response_bytes": _SIZES,
}  # fmt: skip


@st.composite
def envoy(draw: st.DrawFn) -> tuple[Record, bytes]:
    """A line in the default format of Envoy, or of Istio before and since 1.9."""
    milli, took = draw(st.integers(0, 4 * 10**12)), draw(st.integers(0, 10**8))
    kind = draw(st.sampled_from(["envoy", "istio", "old istio"]))
    record = Record(
        **{name: draw(values) for name, values in _REQUESTS.items()}, time=milli * 1000, peer=draw(_ANY_ADDRESS),
        host=draw(st.none() | _HOSTS), request_bytes=draw(_SIZES), time_ms=float(took),
        forwarded_for=draw(st.none() | _RAW), server=draw(st.none() | st.just("10.0.2.1:80")),
    )  # fmt: skip
    xff = record.forwarded_for
    if kind == "envoy":
        xff = f"{xff}, {record.peer}" if xff else record.peer
    details = {"envoy": "", "istio": 'via_upstream - "-" ', "old istio": '"-" "-" '}[kind]
    start = f"[{_iso(record.time)}]"
    line = (
        f'{start} "{record.method} {record.url} {record.protocol}" {record.status} - {details}{record.request_bytes} '
        f'{record.response_bytes} {took} - "{_or_dash(xff)}" "{_or_dash(record.user_agent)}" "cc21d9b0" '
        f'"{_or_dash(record.host)}" "{draw(st.sampled_from(["", "tcp://"])) if record.server else ""}{_or_dash(record.server)}"'
    )
    if kind != "envoy":
        peer = f"[{record.peer}]" if ":" in record.peer else record.peer
        line += f" outbound|80||a.b 10.0.0.5:1 10.0.0.5:2 {peer}:3 - default"
    return record, line.encode()


@st.composite
def traefik(draw: st.DrawFn) -> tuple[Record, bytes]:
    """A line of Traefik's CLF: before quotes were escaped, or since."""
    moment, took, escaped = draw(MOMENTS), draw(st.integers(0, 10**8)), draw(st.booleans())
    record = Record(
        **{name: draw(values) for name, values in _REQUESTS.items()}, time=moment * 10**6, peer=draw(_ANY_ADDRESS),
        username=draw(st.none() | WORDS.filter(lambda word: '"' not in word)), time_ms=float(took),
        forwarded_for=draw(st.none() | st.just("203.0.113.9, 10.0.0.1")), server=draw(st.none() | st.just("10.0.0.2:80")),
    )  # fmt: skip
    client = f"{record.forwarded_for}, {record.peer}" if record.forwarded_for else record.peer
    agent = _or_dash(record.user_agent)
    server = f'"https://{record.server}"' if record.server else draw(st.sampled_from(["-", '"-"']))
    line = (
        f"{client} - {_or_dash(record.username)} [{_clf(moment, draw(_ZONES))}] "
        f'"{record.method} {record.url} {record.protocol}" {record.status} {record.response_bytes} '
        f'"{_or_dash(draw(st.none() | _RAW))}" "{agent.replace(chr(34), chr(92) + chr(34)) if escaped else agent}" 17 '
        f'"shop@docker" {server} {took}ms'
    )
    return record, line.encode()


_PREFIXES = [
    "",
    "haproxy[990]: ",
    "Mar  2 10:15:00 lb01 haproxy[990]: ",
    "<134>Mar 12 10:15:00 haproxy[990]: ",
    "2026-03-02T10:15:00.123456+00:00 lb01 haproxy[990]: ",
    "<134>1 2026-03-02T10:15:00.123456+00:00 lb01 haproxy 990 - - ",
    '<134>1 2026-03-02T10:15:00Z lb01 haproxy 990 - [x@1 a="b c"] ',
]


@st.composite
def haproxy(draw: st.DrawFn) -> tuple[Record, bytes]:
    """A line of HAProxy's HTTP or HTTPS log behind any syslog prefix."""
    milli, took = draw(st.integers(0, 4 * 10**12)), draw(st.none() | st.integers(0, 10**8))
    record = Record(
        time=milli * 1000, peer=draw(_ANY_ADDRESS), method=draw(METHODS), url=draw(_URLS), protocol=draw(_PROTOCOLS),
        status=draw(st.none() | _STATUSES), response_bytes=draw(st.none() | _SIZES),
        cookies=draw(st.none() | st.just("SID=8f0c")), server=draw(st.none() | st.just("static/srv1")),
        time_ms=None if took is None else float(took),
    )  # fmt: skip
    clock = datetime.fromtimestamp(milli // 1000, UTC).strftime("%d/%b/%Y:%H:%M:%S") + f".{milli % 1000:03}"
    line = (
        f"{draw(st.sampled_from(_PREFIXES))}{record.peer}:33317 [{clock}] http-in~ {record.server or 'static/<NOSRV>'} "
        f"-1/0/30/-1/{draw(st.sampled_from(['-1', '+77'])) if took is None else took} {record.status or -1} "
        f"{'+5' if record.response_bytes is None else record.response_bytes} {_or_dash(record.cookies)} - --VN 1/1/1/1/+2 0/0 "
        f"{draw(st.sampled_from(['', '{} {} ', '{1wt.eu|curl 8 #7B#7D} ']))}"
        f'"{_haproxy(f"{record.method} {record.url} {record.protocol}")}"'
    )
    if draw(st.booleans()):
        record.host = draw(st.none() | st.just("shop.example.com"))
        line += f" 0/0/0/0/0 {_or_dash(record.host)}/TLSv1.3/TLS_AES_256_GCM_SHA384"
    return record, line.encode()


WRITTEN: dict[str, Written] = {"combined": combined(), "envoy": envoy(), "traefik": traefik(), "haproxy": haproxy()}


def _combined_seeded(seed: int) -> bytes:
    random = Random(seed)
    line = combined_line(seed)
    if random.random() < 0.6:
        return line
    odd = [
        b' "-"',
        b' "1.2.3.4, 5.6.7.8" 0.113',
        b" 0.113",
        b" 0.113 -",
        b" 113",
        b" 152 5391",
        b" 9 5391",
        b' rt=0.1 uct="-"',
    ]
    odd.append(b" 152 0.113 [shop] [] 10.0.0.1:80, 10.0.0.2:80 0, 5 0.000, 0.010 502, 200 4fc1")
    return b"h:80 " + line if random.random() < 0.2 else line + random.choice(odd)


def _clock(random: Random, form: str) -> str:
    return datetime(2026, 3, 2, 10, random.randrange(60), 5, tzinfo=UTC).strftime(form)


def _istio_seeded(seed: int) -> bytes:
    random = Random(seed)
    kind = mostly(random, "istio", ["envoy", "envoy", "old"])
    fields = [
        f"[{mostly(random, _clock(random, '%Y-%m-%dT%H:%M:%S.310Z'), TIMES)}]",
        quoted(random) if random.random() < 0.97 else '"- - -"',
        mostly(random, "200", NUMBERS),
        "-",
        *{"istio": ["via_upstream", "-", '"-"'], "old": ['"-"', '"-"'], "envoy": []}[kind],
        *(mostly(random, "5", [*NUMBERS, "-", "1.5"]) for _ in range(4)),
        f'"{mostly(random, "1.2.3.4", [*ADDRESSES, "-", "1.2.3.4, ", ",", "a,b , c", chr(34)])}"',
        agent_field(random),
        '"rid"',
        f'"{mostly(random, "h:80", ["-", "h", "", chr(92)])}"',
        f'"{mostly(random, "tcp://10.0.0.1:80", ["-", "10.0.0.1:80", "x y"])}"',
    ]
    if kind != "envoy":
        peer = mostly(random, "1.2.3.4:5", ["-", "[::1]:5", "::1:5", "pipe"])
        fields += ["outbound|80||x", "10.0.0.1:1", "10.0.0.1:2", peer, "-", "-"]
    return text_broken(random, fields)


def _traefik_seeded(seed: int) -> bytes:
    random = Random(seed)
    clock = _clock(random, "%d/%b/%Y:%H:%M:%S +0000")
    fields = [
        mostly(random, "1.2.3.4", [*ADDRESSES, "-"]),
        "-",
        mostly(random, "-", ["joe", "joe smith", '"']),
        f"[{mostly(random, clock, [*TIMES, '2/Mar/2026:10:00:00 +0130'])}]",
        quoted(random),
        mostly(random, "200", [*NUMBERS, "-"]),
        mostly(random, "5", [*NUMBERS, "-"]),
        mostly(random, '"-"', ["-", '"a" b"']),
        agent_field(random),
        mostly(random, "7", ["-"]),
        mostly(random, '"r@docker"', ["-", '"-"']),
        mostly(random, '"http://10.0.0.1:80"', ["-", '"-"', '"10.0.0.1"', '"a://b://c"']),
        mostly(random, "113ms", ["0ms", "1s", "ms", "-1ms"]),
    ]
    return text_broken(random, fields)


def _haproxy_seeded(seed: int) -> bytes:
    random = Random(seed)
    odd = ["", "<BADREQ>", "GET /#22#C3#A9 HTTP/1.1", "GET /x HT", "GET /", "GET /a b HTTP/1.0", "GET /x HTTP/1."]
    request = mostly(random, f"GET {random.choice(URLS)} HTTP/1.1", [*odd, *ODD])
    fields = [
        random.choice(_PREFIXES) + mostly(random, "1.2.3.4:33317", ["::1:5", "unix:1", "[::1]:5", "-"]),
        f"[{mostly(random, _clock(random, '%d/%b/%Y:%H:%M:%S.655'), [*TIMES, '2/Mar/2026:10:00:00.1'])}]",
        "http-in~",
        mostly(random, "a/b", ["a/<NOSRV>", "a", "-/-", "fe/b:"]),
        mostly(random, "1/0/3/4/5", ["-1/-1/-1/-1/+5", "0/0/5", "1/2/3/4/-1"]),
        mostly(random, "200", [*NUMBERS, "-1"]),
        mostly(random, "5", ["+5", "0", "-", "9" * 13]),
        mostly(random, "SID=1", ["-", "S=2"]),
        "- ----",
        mostly(random, "1/1/1/1/0", ["1/1/1/1/+2", "1/1/1"]),
        "0/0",
        *mostly(random, "", ["{a b} {}", "{}", "{", "{}}"]).split(),
        f'"{request}{mostly(random, chr(34), ["", " 0/0/0/0/0 h/TLSv1.3/x"])}',
    ]
    return text_broken(random, fields)


SEEDED: dict[str, Callable[[int], bytes]] = {
    "combined": _combined_seeded,
    "envoy": _istio_seeded,
    "traefik": _traefik_seeded,
    "haproxy": _haproxy_seeded,
}
