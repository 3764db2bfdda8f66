"""Reports to print in tests, small and hostile."""

from __future__ import annotations

from dataclasses import replace

from homelab.errors import Place
from homelab.findings import Command, Finding, Patch, Severity, SpecEdit, Subject
from homelab.report import Accepted, Assessment, Open, Pending

DEPLOYMENT = Subject("Deployment", "web", "shop")

SINGLE = Finding(
    check="single-replica-deployment",
    severity=Severity.HIGH,
    subject=DEPLOYMENT,
    message="one replica, two would survive a drain",
    place=Place("kubernetes/apps/web.yaml", 7, 3),
    option="apps.web.replicas",
    option_place=Place("homelab.yaml", 41, 5),
    hint="run two",
    fix=SpecEdit("apps.web.replicas", 2),
)
PROBES = tuple(
    Finding(
        check="liveness-missing",
        severity=Severity.MEDIUM,
        subject=Subject("Deployment", f"argo-{n}", "argocd"),
        message="no liveness probe",
        place=Place("kubernetes/argocd/values.yaml", n + 1),
        group="chart argo-cd 10.1.1",
        fix=Patch(Subject("Deployment", f"argo-{n}", "argocd"), "spec.template", {"a": 1}),
    )
    for n in range(5)
)
HOSTILE = Finding(
    check="plain-secret-committed",
    severity=Severity.CRITICAL,
    subject=Subject("Secret", 'x"|<b>\n\x00&\ud800', "../../etc"),
    message="a|b <script>\x1b[31m",
    place=Place("a b/ü#?.yaml", 1, 1),
    fix=Command(("homelab", "secrets", "seal"), "seal it"),
)
LOW = replace(
    SINGLE, check="image-tag-floating", severity=Severity.LOW, fix=None, hint=None, option=None, option_place=None
)

ASSESSMENT = Assessment(
    findings=(SINGLE, *PROBES, LOW),
    applications=("argocd", "web"),
    unreachable=("kubernetes/old.yaml",),
    unknown=(Open("widget/Widget/w", "no schema", Place("w.yaml", 2), "schema"), Open("chart x", "not rendered")),
    pending=(Pending("token", "shop", "pays", "homelab secrets seal token --namespace shop"),),
    accepted=(Accepted(LOW, "it is a demo", "2030-01-01"),),
    objects=9,
)
