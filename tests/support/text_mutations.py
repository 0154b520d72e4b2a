"""Lines of the text formats made from a seed, good ones and every kind of odd one."""

from random import Random

from tests.support.odd_values import ADDRESSES, NUMBERS, ODD, TIMES, URLS, broken


def alb_line(seed: int) -> bytes:
    """A line of the load balancer's log."""
    random = Random(seed)
    pick = random.choice
    fields = [
        mostly(random, "http", ["https", "h2", "grpcs", "ws", "wss", "ftp"]),
        mostly(random, f"2026-03-02T10:{random.randrange(60):02}:00.5Z", TIMES),
        "app/x/1",
        mostly(random, "1.2.3.4:80", ["2001:db8::1:443", "[2001:db8::1]:443", "host:1", "1.2.3.4", "\x00:1"]),
        mostly(random, "10.0.0.1:80", ["-", "[::1]:80"]),
        *(mostly(random, "0.113", ["0.000", "-1", "-", "0.0000001", "1e300", "12345.678901"]) for _ in range(3)),
        mostly(random, "200", ["404", "-", "99"]),
        "200",
        *(mostly(random, "152", [*NUMBERS, "x"]) for _ in range(2)),
        quoted(random),
        agent_field(random),
        "ECDHE TLSv1.2 arn:x",
        '"Root=1-5c7ccbc4"',
    ]
    return text_broken(random, fields[: pick([16, 16, 16, 14, 13])])


def combined_line(seed: int) -> bytes:
    """A line of a combined or common log."""
    random = Random(seed)
    clock = f"02/Mar/2026:10:{random.randrange(60):02}:00 +0000"
    clocks = [clock[:-5] + zone for zone in ("-0000", "+0130", "-2359", "+2500", "UTC")] + [
        "2/Mar/2026:10:00:00 +0000",
        "30/Feb/2026:10:00:00 +0000",
        "02/anF/2026:10:00:00 +0000",
        "02/MAR/2026:10:00:00 +0000",
        "02/Mar/2026:10:00:60 +0000",
        "02/Mar/2026:24:00:00 +0000",
        "02/Mar/9999:23:00:00 -2300",
    ]
    fields = [
        mostly(random, "1.2.3.4", [*ADDRESSES, "host.example"]),
        "-",
        mostly(random, "-", ["joe", "joe smith", '""', "\\x41", "é"]),
        f"[{mostly(random, clock, clocks)}]",
        quoted(random),
        mostly(random, "200", NUMBERS),
        mostly(random, "5", [*NUMBERS, "-"]),
        '"-"',
        agent_field(random),
    ]
    return text_broken(random, fields[: random.choice([9, 9, 9, 7])])


def mostly(random: Random, usual: str, others: list[str]) -> str:
    """The usual text, now and then another."""
    return random.choice(others) if random.random() < 0.15 else usual


def quoted(random: Random) -> str:
    """A request line between quotes."""
    line = f"GET {random.choice(URLS)} HTTP/1.1"
    odd = [
        "GET /",
        "GET",
        "-",
        "",
        "GET /a b HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "G\\x45T /\\x22 HTTP/2.0",
    ]
    odd += [
        "- http://h:80- -",
        "ge:t / HTTP/1.1",
        "GET / http/1.1",
        'GET /" HTTP/1.1',
        'GET /\\" HTTP/1.1',
        "GET\t/\tHTTP/1.1",
    ]
    return f'"{mostly(random, line, odd)}"'


def agent_field(random: Random) -> str:
    """A user agent between quotes."""
    agent = mostly(random, "curl/7.64", [*ODD, "-", "a\\x22b", "\\xc3\\xa9", "\\\\", "é\\t"])
    return f'"{agent}"'


def text_broken(random: Random, fields: list[str]) -> bytes:
    """The fields as a line, now and then cut off, with another blank, or with bytes that do not belong there."""
    blank = random.choice([" "] * 30 + ["  ", "\t", "\u00a0", "\x1f"])
    at = random.randrange(len(fields))
    return broken(random, " ".join(fields[:at]) + (blank if at else "") + " ".join(fields[at:]))
