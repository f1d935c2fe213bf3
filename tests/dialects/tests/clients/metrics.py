"""Reads the metrics by the parser of `prometheus_client`, which is strict about the format."""

import sys
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def main(url):
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        text = answer.read().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}

    def value(family, sample, **labels):
        found = [s.value for s in families[family].samples if s.name == sample and s.labels == labels]
        assert len(found) == 1, (family, sample, labels, families[family])
        return found[0]

    echo = {"method": "teller.echo"}
    assert value("daemon_calls", "daemon_calls_total", **echo) == 8
    assert value("daemon_faults", "daemon_faults_total", code="-32602", **echo) == 1
    assert value("daemon_unknown_method_calls", "daemon_unknown_method_calls_total") == 1
    assert value("daemon_call_duration_seconds", "daemon_call_duration_seconds_count", **echo) == 8
    buckets = [
        (float(s.labels["le"]), s.value)
        for s in families["daemon_call_duration_seconds"].samples
        if s.name.endswith("_bucket") and s.labels["method"] == "teller.echo"
    ]
    assert buckets[-1] == (float("inf"), 8) and buckets == sorted(buckets), buckets
    assert 0 < value("daemon_call_duration_seconds", "daemon_call_duration_seconds_sum", **echo) < 8
    assert value("daemon_connections", "daemon_connections") == 2
    assert value("daemon_uptime_seconds", "daemon_uptime_seconds") > 0
    assert value("daemon", "daemon_info", name="teller", version="0.1.0") == 1
    print("all is well")


if __name__ == "__main__":
    main(sys.argv[1])
