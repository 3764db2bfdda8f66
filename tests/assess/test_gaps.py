"""What was not read is no perfect part of a figure: the service has its figure at most, and says what is missing."""

from __future__ import annotations

import pytest

from homelab.assess.uptime import uptime
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.ground import FILE

LAB = """
nodes:
  a: {role: control-plane, schedulable: true, host: one, cpu: 4, memory: 8Gi}
  b: {role: worker, host: two, cpu: 4, memory: 8Gi}
"""
ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: side, namespace: shop}
spec: {gatewayClassName: another, listeners: [{name: web, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: another}
spec: {controllerName: example.org/gateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: shop}
spec: {gatewayClassName: eg, listeners: [{name: web, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec: {parentRefs: [{name: %s}], hostnames: [web.example.org], rules: [{backendRefs: [{name: %s, port: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1", env: [{name: DB, value: "%s"}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty, namespace: shop}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
"""


def gaps(parent: str = "door", backend: str = "web", calls: str = "") -> tuple[str, ...]:
    found = uptime(read(of_texts({FILE: LAB, "all.yaml": ROUTE % (parent, backend, calls)})))
    (service,) = [each for each in found.services if each.name == "web.example.org"]
    assert found.lab.unknown == tuple(f"web.example.org: {why}" for why in service.unknown)
    assert service.json()["unknown"] == list(service.unknown)
    return service.unknown


@pytest.mark.parametrize(("asked", "said"), [
    ({"parent": "gate"}, "Gateway shop/gate is not known"),
    ({"parent": "side"}, "the proxies of Gateway shop/side are not known"),
    ({"backend": "other"}, "Service shop/other is not known"),
    ({"backend": "empty"}, "what stands behind shop/Service/empty is not known"),
    ({"backend": "outside"}, "it leads out of what was read"),
    ({"calls": "http://db.shop.svc:5432"}, "shop/Deployment/web calls db.shop.svc, which is not known"),
    ({"calls": "http://empty.shop.svc:80"}, "what stands behind shop/Service/empty is not known"),
])  # fmt: skip
def test_what_is_not_known_stands_in_the_row(asked, said):
    """A Gateway, a Service, its pods or what they call: each that is not known is said, of the service and of the lab."""
    assert [why for why in gaps(**asked) if said in why] == list(gaps(**asked))
    assert gaps(**asked)


@pytest.mark.parametrize("calls", ["", "http://web.shop.svc:80", "https://api.example.org"])
def test_a_service_that_was_read_has_a_whole_figure(calls):
    """Where everything behind a hostname is known, nothing is said."""
    assert gaps(calls=calls) == ()


UNREAD = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: keep, namespace: argocd%s}
spec:
  project: default
  source: {repoURL: "https://charts.example.org", chart: keep, targetRevision: "1.0.0"}
  destination: {namespace: shop}
"""


def test_a_backend_in_a_chart_that_was_not_read_says_which():
    """The reason names the chart that may bring the Service, and the capability that it serves is no better known."""
    note = ", annotations: {homelab.dev/capability: metrics.store}"
    own = UNREAD.replace('repoURL: "https://charts.example.org", chart: keep, targetRevision: "1.0.0"',
                         'repoURL: "https://git.example.org/lab.git", path: web').replace("name: keep", "name: web")  # fmt: skip
    files = {
        FILE: LAB,
        "apps/keep.yaml": UNREAD % note,
        "apps/web.yaml": own % "",
        "web/all.yaml": ROUTE % ("door", "keep", ""),
    }
    found = {service.name: service.unknown for service in uptime(read(of_texts(files))).services}
    assert "chart keep" in found["web.example.org"][0]
    assert "chart keep" in found["metrics.store"][0]
    assert found["kubernetes-api"] == ()


def test_who_serves_an_ingress_is_no_part_of_the_model():
    """Controllers of Ingresses are not modelled, and so not perfect."""
    ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\nspec: {rules: [{host: i.example.org, http: {paths: [{backend: {service: {name: web, port: {number: 80}}}}]}}]}\n---\n"
    found = uptime(read(of_texts({FILE: LAB, "all.yaml": ingress + ROUTE % ("door", "web", "")})))
    unknown = {service.name: service.unknown for service in found.services}
    assert unknown["i.example.org"] == ("who serves shop/Ingress/i is not part of the model",)
    assert unknown["web.example.org"] == ()
