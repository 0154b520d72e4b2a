"""Writers of the envelopes that collectors put around log records: lines in, a log object out."""

import json
from collections.abc import Callable, Sequence
from random import Random

Writer = Callable[[Sequence[str], Random], bytes]
"""Lines of a log (for the writers in `OF_JSON`: JSON objects) and what decides about details -> the log object."""

_TIME = "2026-03-02T10:00:00.000000001Z"


def cloudwatch_document(*messages: str, kind: str = "DATA_MESSAGE") -> str:
    """What a CloudWatch Logs subscription delivers."""
    events = [{"id": f"{n:056}", "timestamp": 1772445600000 + n, "message": text} for n, text in enumerate(messages)]
    head = {"messageType": kind, "owner": "123456789012", "logGroup": "access", "logStream": "stage"}
    return json.dumps(
        {**head, "subscriptionFilters": ["all"], "logEvents": events}, ensure_ascii=len(messages) % 2 == 0
    )


def _runs(lines: Sequence[str], random: Random) -> list[Sequence[str]]:
    runs, at = [], 0
    while at < len(lines):
        size = random.randrange(1, 6)
        runs.append(lines[at : at + size])
        at += size
    return runs


def cloudwatch(lines: Sequence[str], random: Random) -> bytes:
    between = random.choice(["", "\n", "\r\n"])
    return between.join(cloudwatch_document(*run) for run in _runs(lines, random)).encode()


def concatenated(lines: Sequence[str], random: Random) -> bytes:
    return "".join(lines).encode()


def arrays(lines: Sequence[str], random: Random) -> bytes:
    """Batches, a batch of one without its brackets; the first batch is one of several."""
    runs = _runs(lines, random)
    return "\n".join(
        "[" + ",".join(run) + "]" if n == 0 or len(run) > 1 else run[0] for n, run in enumerate(runs)
    ).encode()


def spread_array(lines: Sequence[str], random: Random) -> bytes:
    return ("[\n" + random.choice([",\n", "\n,", ", ", " ,\r\n  "]).join(lines) + "\n]\n").encode()


def records(lines: Sequence[str], random: Random) -> bytes:
    one = '{"records": [%s]}' if random.random() < 0.5 else '{ "records" : [\n%s\n] }'
    return random.choice(["", "\n"]).join(one % ",".join(run) for run in _runs(lines, random)).encode()


def cri(lines: Sequence[str], random: Random) -> bytes:
    """Some lines cut in two, with a line of the other stream between."""
    out = []
    for line in lines:
        stream = random.choice(["stdout", "stderr"])
        at = random.randrange(len(line) + 1) if random.random() < 0.3 else 0
        if at:
            out.append(f"{_TIME} {stream} P {line[:at]}")
        out.append(f"{_TIME} {stream} F {line[at:]}")
    return "".join(line + "\n" for line in out).encode()


def docker(lines: Sequence[str], random: Random) -> bytes:
    entries = [json.dumps({"log": line + "\n", "stream": "stdout", "time": _TIME}) for line in lines]
    return "".join(entry + "\n" for entry in entries).encode()


def exported(lines: Sequence[str], random: Random) -> bytes:
    return "".join(f"2026-03-02T10:00:00.000Z {line}\n" for line in lines).encode()


def cloudwatch_of_docker(lines: Sequence[str], random: Random) -> bytes:
    entries = [json.dumps({"log": line, "stream": "stdout", "time": _TIME}) for line in lines]
    return cloudwatch(entries, random)


OF_TEXT: dict[str, Writer] = {"cloudwatch": cloudwatch, "cri": cri, "docker": docker}
OF_JSON: dict[str, Writer] = {
    "concatenated": concatenated,
    "arrays": arrays,
    "spread array": spread_array,
    "records": records,
    "exported": exported,
    "cloudwatch of docker": cloudwatch_of_docker,
}
