"""kube-prometheus-stack: alerts about nodes, hosts and targets, and the way on which alerts reach a person.

The chart brings some 150 alerts of its own. These are the ones it lacks: a whole machine gone, everything gone, a target
that no longer answers, and exporters whose absence silences the others.
"""

from __future__ import annotations

from typing import Any

from homelab.catalog.component import Values
from homelab.catalog.flows import Pods
from homelab.catalog.offers.lab import hosts
from homelab.catalog.offers.monitoring import absent
from homelab.catalog.plan import Plan
from homelab.catalog.upkeep import Alert, SecretRequest
from homelab.catalog.values import filled

NAMESPACE = "monitoring"
NAME = "kube-prometheus-stack"
STATE_METRICS = {"app.kubernetes.io/name": "kube-state-metrics", "app.kubernetes.io/instance": NAME}
NODE_EXPORTER = {"app.kubernetes.io/name": "prometheus-node-exporter", "app.kubernetes.io/instance": NAME}
SLACK = "alertmanager-slack"
SLACK_HOOKS = "https://hooks.slack.com"
"""Where every incoming webhook of Slack lives."""
SLACK_FOLDER = "/etc/alertmanager/slack"
READY = 'kube_node_status_condition{condition="Ready",status="true"}'
ZONE = "label_topology_kubernetes_io_zone"
"""The node label that names the host, as kube-state-metrics writes it."""


def alerts(plan: Plan, _settings: Any) -> tuple[Alert, ...]:
    """Nodes, hosts, targets, exporters."""
    found = [
        Alert(
            "AllNodesNotReady",
            f"sum({READY}) == 0 or absent({READY})",
            5,
            "critical",
            "No node is ready",
            "Try the API: `kubectl get nodes`. When it answers, the kubelets cannot reach it: look at the virtual address "
            "and the switch. When it does not, look at the hosts' power and at etcd with `talosctl etcd status`.",
        ),
        Alert(
            "PrometheusTargetDown",
            "sum by (namespace, job) (up == bool 0) > 0",
            10,
            "critical",
            "Targets of {{ $labels.job }} in {{ $labels.namespace }} do not answer Prometheus",
            "Open Prometheus, Status, Targets: the error stands beside the target. A timeout is a network policy or a dead "
            "pod; a refused connection is a process that does not listen.",
        ),
        absent("KubeStateMetricsAbsent", "kube-state-metrics", Pods(NAMESPACE, STATE_METRICS), "kube-state-metrics"),
        absent("NodeExporterAbsent", "node-exporter", Pods(NAMESPACE, NODE_EXPORTER), "node-exporter"),
    ]
    if len(hosts(plan)) > 1:
        found.insert(1, _host_down())
    return tuple(found)


def _host_down() -> Alert:
    return Alert(
        "HostDown",
        f"sum by ({ZONE}) (kube_node_labels * on (node) group_left () {READY}) == 0",
        2,
        "critical",
        f"No node on host {{{{ $labels.{ZONE} }}}} is ready",
        "One machine is away with everything on it. Look at its power and its console. Pods move after five minutes; "
        "volumes of one pod follow a few minutes later. Do not drain or reboot another host now.",
    )


def config(plan: Plan) -> Values:
    """Alertmanager's configuration. It holds no secret: the Slack webhook is read from a file."""
    wanted = plan.homelab.alerts
    receivers: list[Values] = [{"name": "null"}]
    routes: list[Values] = []
    if wanted.heartbeat:
        receivers.append({"name": "heartbeat", "webhook_configs": [{"url": wanted.heartbeat, "send_resolved": False}]})
        often = {"group_wait": "0s", "group_interval": "1m", "repeat_interval": "1m"}
        routes.append({"receiver": "heartbeat", "matchers": ['alertname = "Watchdog"'], **often})
    quiet = ['alertname =~ "Watchdog|InfoInhibitor"', 'severity =~ "info|none"']
    routes += [{"receiver": "null", "matchers": [matcher]} for matcher in quiet]
    if people := _people(plan):
        receivers.append({"name": "people", **people})
    return {
        "route": {
            "receiver": "people" if people else "null",
            "group_by": ["alertname", "namespace"],
            "repeat_interval": "12h",
            "routes": routes,
        },
        "receivers": receivers,
    }


def called(plan: Plan) -> tuple[str, ...]:
    """The addresses that Alertmanager calls."""
    wanted = plan.homelab.alerts
    return tuple(filter(None, (SLACK_HOOKS if wanted.slack else None, wanted.webhook, wanted.heartbeat)))


def _people(plan: Plan) -> Values:
    """Every way on which a person hears of an alert: two where two are given, for one of them may be dead."""
    wanted = plan.homelab.alerts
    slack = {
        "api_url_file": f"{SLACK_FOLDER}/url",
        "channel": wanted.slack.channel if wanted.slack else "",
        "send_resolved": True,
        "title": "{{ .Status | toUpper }}: {{ .CommonLabels.alertname }}",
        "text": "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ end }}",
    }
    return filled(
        slack_configs=[slack] if wanted.slack else None,
        webhook_configs=[{"url": wanted.webhook, "send_resolved": True}] if wanted.webhook else None,
    )


def secrets(plan: Plan, _settings: Any) -> tuple[SecretRequest, ...]:
    """The Slack webhook, where alerts go to Slack."""
    slack = plan.homelab.alerts.slack
    if not slack:
        return ()
    where = f"ask:the incoming webhook of Slack for {slack.channel}: api.slack.com/apps, Incoming Webhooks"
    return (SecretRequest(SLACK, NAMESPACE, f"Alerts reach {slack.channel} through it", {"url": where}),)


def slack_volume(plan: Plan) -> Values:
    """How Alertmanager reads the webhook: optional, so that it starts and calls others before the secret is sealed."""
    if not plan.homelab.alerts.slack:
        return {}
    return {
        "volumes": [{"name": "slack", "secret": {"secretName": SLACK, "optional": True}}],
        "volumeMounts": [{"name": "slack", "mountPath": SLACK_FOLDER, "readOnly": True}],
    }
