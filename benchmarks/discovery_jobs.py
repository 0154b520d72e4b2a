"""An answer of API discovery in a fresh process: ``python -m benchmarks.discovery_jobs discover '{"lake": …, "what": …}'``."""

from benchmarks.jobs import main


def discover(lake: str, what: str) -> dict[str, object]:
    """The list of APIs, or the first one in detail, as a function makes it; what was read for it."""
    from abslake.records.definitions import load
    from abslake.reports.answer import Account
    from abslake.reports.discovery_models import DiscoveryDetails
    from abslake.reports.facts_reading import Reader
    from abslake.reports.traffic_calls import CALLS, question_of
    from abslake.settings import Settings
    from abslake.storage import Lake

    settings, store, account = Settings(), Lake(lake), Account()
    question = question_of("discovery", {} if what == "list" else {"api_name": "api_0"}, settings)
    answer = CALLS["discovery"].answer(question, load(store), Reader(store, settings, account), None)
    told = isinstance(answer, DiscoveryDetails)
    apis, paths = (1, len(answer.paths)) if told else (len(answer.model_dump()["summary"]), 0)
    return {"apis": apis, "paths": paths, "bytes": account.reads.bytes, "objects": account.reads.objects}


if __name__ == "__main__":
    main({discover.__name__: discover})
