"""Peers: the names that other linters give to what a check finds, and the annotations by which their users ignore it.

Sources: kube-score 1.20 (README_CHECKS.md, scorecard/scorecard.go and enabled.go), kube-linter 0.8 (pkg/builtinchecks,
pkg/ignore/ignore.go), Polaris 10 (checks/, pkg/validator/schema.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.kube.resource import Resource, dig

REQUESTS = ("cpu-request-missing", "memory-request-missing")
PROBES = ("liveness-missing", "readiness-missing")

KUBE_SCORE: Mapping[str, tuple[str, ...]] = {
    "ingress-targets-service": ("route-backend-missing",),
    "container-resources": (*REQUESTS, "memory-limit-missing"),
    "container-image-tag": ("image-tag-floating",),
    "statefulset-has-poddisruptionbudget": ("pdb-missing",),
    "deployment-has-poddisruptionbudget": ("pdb-missing",),
    "networkpolicy-targets-pod": ("policy-selects-nothing",),
    "pod-probes": PROBES,
    "service-targets-pod": ("service-selects-nothing",),
    "stable-version": ("api-version-removed",),
    "deployment-has-host-podantiaffinity": ("replicas-may-share-node",),
    "statefulset-has-host-podantiaffinity": ("replicas-may-share-node",),
    "pod-topology-spread-constraints": ("replicas-may-share-node",),
    "deployment-pod-selector-labels-match-template-metadata-labels": ("selector-does-not-match-template",),
    "statefulset-pod-selector-labels-match-template-metadata-labels": ("selector-does-not-match-template",),
    "horizontalpodautoscaler-has-target": ("hpa-target-missing",),
    "deployment-replicas": ("single-replica-deployment",),
}
KUBE_LINTER: Mapping[str, tuple[str, ...]] = {
    "dangling-horizontalpodautoscaler": ("hpa-target-missing",),
    "dangling-ingress": ("route-backend-missing",),
    "dangling-networkpolicy": ("policy-selects-nothing",),
    "dangling-service": ("service-selects-nothing",),
    "dangling-servicemonitor": ("monitor-selects-nothing",),
    "env-var-secret": ("secret-in-env-literal",),
    "latest-tag": ("image-tag-floating",),
    "minimum-three-replicas": ("single-replica-deployment",),
    "mismatching-selector": ("selector-does-not-match-template",),
    "no-anti-affinity": ("replicas-may-share-node",),
    "no-extensions-v1beta": ("api-version-removed",),
    "no-liveness-probe": ("liveness-missing",),
    "no-readiness-probe": ("readiness-missing",),
    "no-startup-probe": ("startup-missing-for-slow-starter",),
    "non-existent-service-account": ("service-account-missing",),
    "pdb-max-unavailable": ("pdb-blocks-drain",),
    "pdb-min-available": ("pdb-blocks-drain",),
    "schema-validation": ("schema-invalid",),
    "unset-cpu-requirements": ("cpu-request-missing",),
    "unset-memory-requirements": ("memory-request-missing", "memory-limit-missing"),
}
POLARIS: Mapping[str, tuple[str, ...]] = {
    "cpuRequestsMissing": ("cpu-request-missing",),
    "deploymentMissingReplicas": ("single-replica-deployment",),
    "livenessProbeMissing": ("liveness-missing",),
    "memoryLimitsMissing": ("memory-limit-missing",),
    "memoryRequestsMissing": ("memory-request-missing",),
    "missingPodDisruptionBudget": ("pdb-missing",),
    "pdbDisruptionsIsZero": ("pdb-blocks-drain",),
    "readinessProbeMissing": ("readiness-missing",),
    "sensitiveContainerEnvVar": ("secret-in-env-literal",),
    "tagNotSpecified": ("image-tag-floating",),
    "topologySpreadConstraint": ("replicas-may-share-node",),
}
NAMES: Mapping[str, tuple[str, ...]] = {**KUBE_SCORE, **KUBE_LINTER, **POLARIS}
"""Name to the checks of ours that it covers; no name is two tools' for different things."""

SCORE_IGNORES = "kube-score/ignore"
LINTER_IGNORES, LINTER_IGNORES_ALL = "ignore-check.kube-linter.io/", "kube-linter.io/ignore-all"
POLARIS_PREFIX, POLARIS_EXEMPTS, POLARIS_EXEMPTS_ALL = "polaris.fairwinds.com/", "-exempt", "exempt"


def aliases_of(check: str) -> tuple[str, ...]:
    """The peers' names that mean this check and no other."""
    return tuple(name for name, covered in NAMES.items() if covered == (check,))


def ignored(resource: Resource) -> Iterator[tuple[str, str]]:
    """(check, reason) for everything that an object's annotations tell a peer to leave alone, as that peer reads them.

    What exempts an object from all checks of a peer exempts it from those of ours that the peer has.
    """
    template = dig(resource.body, ["spec", "template", "metadata", "annotations"], {})
    for notes in (resource.annotations, template if isinstance(template, Mapping) else {}):
        listed = str(notes.get(SCORE_IGNORES) or "").split(",")
        yield from _covered(KUBE_SCORE, [name.strip() for name in listed], SCORE_IGNORES)
    for key, value in resource.annotations.items():
        if key == LINTER_IGNORES_ALL:
            yield from _covered(KUBE_LINTER, KUBE_LINTER, key, value)
        elif key.startswith(LINTER_IGNORES):
            yield from _covered(KUBE_LINTER, [key.removeprefix(LINTER_IGNORES)], key, value)
        elif key.startswith(POLARIS_PREFIX) and str(value).lower() == "true":
            name = key.removeprefix(POLARIS_PREFIX)
            names = POLARIS if name == POLARIS_EXEMPTS_ALL else [name.removesuffix(POLARIS_EXEMPTS)]
            yield from _covered(POLARIS, names, key)


def _covered(
    table: Mapping[str, tuple[str, ...]],
    names: Mapping[str, tuple[str, ...]] | list[str],
    key: str,
    reason: object = "",
) -> Iterator[tuple[str, str]]:
    said = str(reason or "").strip()
    for name in names:
        for check in table.get(name, ()):
            yield check, f"{said} ({key})" if said else f"{key} says so"
