"""A run of detection in a fresh process: ``python -m benchmarks.detection_jobs detect '{"lake": …, "hour": …}'``.

It imports what it needs and nothing of the harness, so that its CPU time is its own. It prints one JSON object.
"""

from datetime import datetime, timedelta

from benchmarks.jobs import main


def detect(lake: str, hour: str, memory_limit_mb: int) -> dict[str, object]:
    """Judge the windows of an hour with one thread."""
    from abslake.detection.run import run
    from abslake.settings import Settings
    from abslake.storage import Lake

    first = datetime.fromisoformat(hour)
    settings = Settings(threads=1, memory_limit_mb=memory_limit_mb)
    summary = run(Lake(lake), settings, until=first + timedelta(hours=1, minutes=5), since=first)
    return {"windows": summary.windows, "requests": summary.requests, "clients": summary.clients}


if __name__ == "__main__":
    main({detect.__name__: detect})
