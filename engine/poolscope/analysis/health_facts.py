"""The health of a pool as data, for ``report --json``. Times are ns, rates per second."""

from __future__ import annotations

from typing import Any

from poolscope.analysis.health import Health
from poolscope.analysis.health_load import Spread
from poolscope.analysis.simulation import Replay

Json = dict[str, Any]


def health_facts(health: Health) -> Json:
    """Ready for ``json.dump``; what is not known is None."""
    load = health.load
    return {
        "verdict": health.verdict,
        "text": health.text,
        "evidence": list(health.evidence),
        "arrivals_per_s": load.arrival_rate,
        "completions_per_s": load.completion_rate,
        "capacity_used": load.utilisation,
        "capacity_used_while_queued": load.pressed if load.queued_time else None,
        "queued": load.queued,
        "queued_mean": load.queued_mean,
        "expected_by_littles_law": load.expected_queue,
        "oldest_queued_ns": load.oldest if load.queued else None,
        "queue_wait_ns": _spread(load.queue_wait),
        "run_ns": _spread(load.run),
        "blocked_share": load.share(load.blocked),
        "waiting_on_itself_share": load.share(load.waiting_itself),
        "waiting_elsewhere_share": load.share(max(load.elsewhere.values(), default=0)),
        "replays": [_replay(each) for each in health.replays],
    }


def _spread(spread: Spread | None) -> Json | None:
    return spread and {"p50": spread.p50, "p95": spread.p95, "max": spread.longest}


def _replay(replay: Replay) -> Json:
    return {
        "workers": replay.workers,
        "queue_wait_ns": {
            "p50": replay.wait_p50,
            "p95": replay.wait_p95,
            "max": replay.wait_max,
        },
        "makespan_ns": replay.makespan,
        "utilisation": replay.utilisation,
    }
