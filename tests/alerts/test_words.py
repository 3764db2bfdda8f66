"""What an alert says: how bad it is, of what it speaks, and commands that find what they look for."""

from __future__ import annotations

import re
import shlex

import pytest

from alerts.labs import EXAMPLES, alerts, example
from alerts.scenarios import scenarios
from homelab.kube.selector import matches

CRITICAL = {
    "AllNodesNotReady": "no node can run anything",
    "ArgoCDApplicationOutOfSync": "the cluster is not what the repository says",
    "ArgoCDSyncFailed": "a commit could not be carried out",
    "CNPGLastFailedArchiveTime": "the database's log reaches no archive",
    "CertificateExpiresIn24Hours": "a certificate ends within a day",
    "CephClusterErrorState": "storage is in an error",
    "PrometheusTargetDown": "something that is watched does not answer",
}
"""The alerts that the reference README calls critical, and what each is about."""
COMMAND = re.compile(r"`(kubectl [^`]+)`")
PLACEHOLDER = re.compile(r"<\w+>|\{\{.*?\}\}")
KINDS = {
    "pods": "Pod", "deployment": "Deployment", "ds": "DaemonSet", "nodes": "Node", "gateway": "Gateway", "services": "Service",
    "cluster": "Cluster", "clusters": "Cluster", "httproutes": "HTTPRoute", "cephcluster": "CephCluster",
    "sealedsecrets": "SealedSecret", "application": "Application", "certificate": "Certificate", "cnp": "CiliumNetworkPolicy",
    "ccnp": "CiliumClusterwideNetworkPolicy", "backups": "Backup", "schedule": "Schedule", "backuprepository": "BackupRepository", "backups.postgresql.cnpg.io": "Backup", "backupstoragelocations": "BackupStorageLocation", "backupstoragelocation": "BackupStorageLocation",
}  # fmt: skip
"""Words of kubectl to kinds; a word that is not here is a word that nobody tried."""
FLAGS = {"-n": True, "--namespace": True, "-l": True, "-o": True, "-c": True, "-A": False, "--tail": True}
"""Flags of kubectl, and whether a value follows."""
MADE_LATER = {
    "Node",
    "BackupRepository",
    "SealedSecret",
    "Backup",
    "CiliumClusterwideNetworkPolicy",
    "BackupStorageLocation",
}
"""Kinds whose objects the repository need not hold: the cluster, a person or an operator makes them."""


def parsed(command: str) -> tuple[list[str], dict[str, str]]:
    """The words of a command up to the program it starts in a pod, and its flags."""
    words, flags = [], {}
    tokens = iter(shlex.split(re.sub(r"\{\{ \$labels\.(\w+) \}\}", r"<\1>", command))[1:])
    for token in tokens:
        if token == "--":
            break
        if not token.startswith("-"):
            words.append(token)
        else:
            assert token in FLAGS, f"{command}: nobody knows {token}"
            flags[token] = next(tokens) if FLAGS[token] else ""
    return words, flags


def commands():
    """Example, alert, command: each once."""
    return sorted(
        {
            (name, entry.rule["alert"], command)
            for name in EXAMPLES
            for entry in alerts(name)
            for command in COMMAND.findall(entry.rule["annotations"]["description"])
        }
    )


def found(lab, kinds, names, flags):
    """What a command finds in the objects of a lab; a place that a person fills in is anything."""
    space = flags.get("-n") or flags.get("--namespace") or ""
    space = "" if PLACEHOLDER.search(space) else space
    chosen = {"matchLabels": dict(pair.split("=") for pair in flags["-l"].split(","))} if "-l" in flags else {}
    for kind in kinds:
        if kind == "Pod":
            if any((not space or w.namespace == space) and matches(chosen, w.labels) for w in lab.inventory.workloads):
                yield kind
            continue
        for each in lab.inventory.of(kind):
            named = not names or any(PLACEHOLDER.fullmatch(name) or name == each.name for name in names)
            if named and (not space or each.namespace == space):
                yield kind


def known_labels(rule):
    """Labels that a firing alert has: those its rule groups by or makes, else those of the series that its case is broken with."""
    made = re.findall(r'"(\w+)", "[^"]*", "", ""\)', rule["expr"])
    if grouped := re.findall(r"by \(([^)]*)\)", rule["expr"]):
        return {label.strip() for group in grouped for label in group.split(",")}
    broken = scenarios()[rule["alert"]].broken if rule["alert"] in scenarios() else ()
    return {*made, *re.findall(r"(\w+)!?=", " ".join([rule["expr"], *broken]))}


def test_the_critical_alerts_of_the_reference_are_critical():
    """Each alert that the reference README names is rendered by an example with the severity it names."""
    rendered = {entry.rule["alert"]: entry.rule["labels"]["severity"] for name in EXAMPLES for entry in alerts(name)}
    assert {alert: rendered.get(alert) for alert in CRITICAL} == dict.fromkeys(CRITICAL, "critical")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_alert_says_what_to_do(name):
    """Each alert has a severity that is routed, a sentence, a way to go on, and speaks of no label that its rule does not have."""
    assert alerts(name)
    for entry in alerts(name):
        rule, said = entry.rule, entry.rule["annotations"]
        assert rule["alert"].isalnum()
        assert rule["labels"]["severity"] in {"critical", "warning"}, rule["alert"]
        assert said["summary"], rule["alert"]
        assert len(said["description"].split()) >= 10, rule["alert"]
        for label in re.findall(r"\$labels\.(\w+)", said["summary"] + said["description"]):
            assert label in known_labels(rule), f"{rule['alert']} speaks of {label}"


def test_every_command_of_a_runbook_finds_something():
    """Typed against the objects of each example, a command of kubectl names kinds, namespaces, names and labels that are there."""
    tried = commands()
    assert len(tried) > 50
    wrong = []
    for name, alert, command in tried:
        words, flags = parsed(command)
        verb, what, *names = words
        if verb in {"exec", "logs"}:
            what, _, one = what.partition("/")
            names = [one]
        if verb == "cnpg":  # its own plugin: `kubectl cnpg status <cluster>`
            what = "clusters"
        kinds = [KINDS[word] for word in what.split(",")]
        hits = set(found(example(name), kinds, names, flags))
        if not hits and not set(kinds) <= MADE_LATER:
            wrong.append(f"{name}: {alert}: {command}")
    assert wrong == []
