"""Peers on the same facts: a counter with fixed thresholds, and scikit-learn's IsolationForest."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import duckdb

from benchmarks.detection_score import Found

REQUESTS_IN_FIVE_MINUTES = 100
ERRORS_A_MINUTE = 50
ERROR_CODES = (400, 401, 403, 404, 405)
"""RequestThreshold, ErrorThreshold and errorCodes as Security Automations for AWS WAF has them where nothing else is set.

Per address; from the template and the log parser's configuration in github.com/aws-solutions/aws-waf-security-automations.
"""

CONTAMINATION = 0.01
"""Share of training that the forest takes for outliers: of `CANDIDATES` the one with the best F1 on tuning seeds."""

CANDIDATES = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02)

CLIENT = """
    CASE WHEN token IS NOT NULL THEN 'token' WHEN api_key IS NOT NULL THEN 'api_key' WHEN cookie IS NOT NULL THEN 'cookie'
    ELSE 'ip' END AS kind, coalesce(token, api_key, cookie, ip) AS identifier"""

ADDRESS = "'ip' AS kind, ip AS identifier"


def counter(engine: duckdb.DuckDBPyConnection, judged_from: float, who: str = ADDRESS) -> list[Found]:
    """Addresses (or clients) over one of the two thresholds; of the view ``facts``."""
    found = []
    for column, filtered, seconds, most in (
        ("requests", "true", 300, REQUESTS_IN_FIVE_MINUTES),
        ("errors", f"status IN {ERROR_CODES}", 60, ERRORS_A_MINUTE),
    ):
        rows = engine.execute(
            f"""SELECT kind, identifier, begins, sum(requests) AS {column}
            FROM (SELECT {who}, requests, epoch(minute)::BIGINT // {seconds} * {seconds} AS begins
                FROM facts WHERE {filtered} AND epoch(minute) >= ?)
            GROUP BY ALL HAVING sum(requests) > {most} ORDER BY begins, identifier""",
            [judged_from],
        ).fetchall()
        found += [Found(0, True, kind, value, "all", at, at + seconds, at + seconds) for kind, value, at, _ in rows]
    return found


_FEATURES = f"""
    SELECT api, kind, identifier, begins, COLUMNS('f_.*') FROM (
        SELECT coalesce(api, '') AS api, {CLIENT}, epoch(minute)::BIGINT // 600 * 600 AS begins,
            sum(requests)::DOUBLE AS f_requests,
            coalesce(sum(requests) FILTER (status BETWEEN 400 AND 499), 0)::DOUBLE AS f_refused,
            coalesce(sum(requests) FILTER (status >= 500), 0)::DOUBLE AS f_failed,
            coalesce(sum(request_bytes), 0)::DOUBLE AS f_in,
            coalesce(sum(response_bytes), 0)::DOUBLE AS f_out,
            count(DISTINCT path)::DOUBLE AS f_paths,
            count(DISTINCT ip)::DOUBLE AS f_addresses,
            count(DISTINCT user_agent)::DOUBLE AS f_agents,
            coalesce(sum(requests) FILTER (method IN ('POST', 'PUT')), 0)::DOUBLE AS f_writes,
            coalesce(sum(requests) FILTER (method = 'DELETE'), 0)::DOUBLE AS f_deletes,
            sum(connections)::DOUBLE AS f_connections,
            coalesce(sum(response_time_us) / sum(requests), 0)::DOUBLE AS f_time
        FROM facts GROUP BY ALL)
    ORDER BY api, begins, kind, identifier"""


def has_forest() -> bool:
    """Whether scikit-learn is installed (dependency group bench)."""
    return importlib.util.find_spec("sklearn") is not None


class Forest:
    """A forest for each API, fitted on training; scores of the judged day."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, judged_from: float) -> None:
        self._apis = list(_forests(engine, judged_from))

    def found(self, contamination: float) -> list[Found]:
        """Client-windows that are odder than this share of training."""
        import numpy as np

        made = []
        for trained, judged, names in self._apis:
            threshold = np.quantile(trained, contamination)
            made += [names[number] for number in np.flatnonzero(judged < threshold)]
        return made


def _forests(engine: duckdb.DuckDBPyConnection, judged_from: float) -> Iterator[tuple[Any, Any, list[Found]]]:
    """Of each API: scores of training, scores of the judged day, and whom the latter are about."""
    import numpy as np
    from sklearn.ensemble import IsolationForest

    columns = engine.execute(_FEATURES).fetchnumpy()
    features = np.log1p(np.column_stack([column for name, column in columns.items() if name.startswith("f_")]))
    begins = columns["begins"]
    for api in np.unique(columns["api"].astype(str)):
        of_api = columns["api"].astype(str) == api
        training, judged = of_api & (begins < judged_from), of_api & (begins >= judged_from)
        if training.sum() < 50 or not judged.any():
            continue
        forest = IsolationForest(n_estimators=100, random_state=0, n_jobs=1).fit(features[training])
        names = [
            Found(0, True, kind, identifier, api, at, at + 600, at + 600)
            for kind, identifier, at in zip(
                columns["kind"][judged], columns["identifier"][judged], begins[judged].tolist(), strict=True
            )
        ]
        yield forest.score_samples(features[training]), forest.score_samples(features[judged]), names
