"""Reads the metrics of a daemon by the parser of `prometheus_client`, which is strict about the format."""

import sys
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families


class Metrics:
    def __init__(self, url):
        with urllib.request.urlopen(url) as answer:
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
            text = answer.read().decode()
        self.families = {family.name: family for family in text_string_to_metric_families(text)}

    def value(self, family, ending="", **labels):
        name = family + ending
        samples = self.families[family].samples
        found = [s.value for s in samples if s.name == name and labels.items() <= s.labels.items()]
        assert len(found) == 1, (name, labels, self.families[family])
        return found[0]


def teller(metrics):
    echo = {"method": "teller.echo"}
    assert metrics.value("daemon_calls", "_total", **echo) == 8
    assert metrics.value("daemon_faults", "_total", code="-32602", **echo) == 1
    assert metrics.value("daemon_unknown_method_calls", "_total") == 1
    assert metrics.value("daemon_call_duration_seconds", "_count", **echo) == 8
    buckets = [
        (float(s.labels["le"]), s.value)
        for s in metrics.families["daemon_call_duration_seconds"].samples
        if s.name.endswith("_bucket") and s.labels["method"] == "teller.echo"
    ]
    assert buckets[-1] == (float("inf"), 8) and buckets == sorted(buckets), buckets
    assert 0 < metrics.value("daemon_call_duration_seconds", "_sum", **echo) < 8
    # Not even the one for the metrics.
    assert metrics.value("daemon_calls_in_flight") == 0
    assert metrics.value("daemon_connections") == 2
    assert metrics.value("daemon_accepted_connections", "_total") >= 2
    assert metrics.value("daemon_refused_connections", "_total") == 0
    assert metrics.value("daemon_subscriptions") == 0
    assert metrics.value("daemon_received_bytes", "_total") > 9 * 50
    assert metrics.value("daemon_sent_bytes", "_total") > 9 * 30
    assert metrics.value("daemon_turn_duration_seconds", "_count") > 2
    assert metrics.value("daemon_memory_bytes") > 100_000
    assert metrics.value("daemon_uptime_seconds") > 0
    assert metrics.value("daemon", "_info", name="teller", version="0.1.0") == 1
    assert "daemon_worker_processes" not in metrics.families


def library(metrics):
    assert metrics.value("library_books", "_total") == 2
    assert metrics.families["library_books"].documentation == "Books that were ever added"
    assert metrics.value("library_fullness") == 0.04
    assert metrics.families["library_fullness"].documentation == "How full the shelf is, 0 to 1"
    process = {"worker": "pool", "process": "0"}
    assert metrics.value("daemon_worker_processes", state="looping", **process) == 1
    assert metrics.value("daemon_worker_calls", "_total", **process) == 3
    assert metrics.value("daemon_worker_restarts", "_total", **process) == 0
    assert metrics.value("daemon_worker_busy", **process) == 0
    assert metrics.value("daemon_worker_queue", worker="pool") == 0
    assert metrics.value("daemon_worker_memory_bytes", **process) > 100_000


if __name__ == "__main__":
    {"teller": teller, "library": library}[sys.argv[1]](Metrics(sys.argv[2]))
    print("all is well")
