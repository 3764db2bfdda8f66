"""What Elasticsearch and Kibana have in common: the pod template that a person may change, and Services with their defaults.

Source: elastic/cloud-on-k8s 3.5.0 pkg/controller/common/defaults/{pod_template,service}.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from homelab.kube.resource import Manifest, dig
from homelab.software.shapes import container, service, template

HTTP = 9200
IMAGES = "docker.elastic.co"
MEMORY = {"requests": {"memory": "2Gi"}, "limits": {"memory": "2Gi"}}
"""What either gets that says nothing of its resources."""


def protocol(spec: Mapping[str, Any]) -> str:
    """`https`, unless the certificate that the operator signs is switched off and no other is given."""
    tls = dig(spec, ["http", "tls"], {})
    off = dig(tls, ["selfSignedCertificate", "disabled"], default=False) and not dig(
        tls, ["certificate", "secretName"], ""
    )
    return "http" if off else "https"


def container_of(
    name: str, image: str, ports: Mapping[str, int], given: Mapping[str, Any], resources: Any, **fields: Any
) -> Manifest:
    """The main container; what a person's pod template says of it counts before the defaults."""
    own: Manifest = next((each for each in dig(given, ["spec", "containers"], ()) if each.get("name") == name), {})
    made = container(name, image, ports=ports, resources=resources or MEMORY, **fields)
    return {**made, **own}


def pod_of(labels: Mapping[str, str], main: Manifest, given: Mapping[str, Any], **defaults: Any) -> Manifest:
    """A pod template with its main container, the containers and fields of a person beside it."""
    spec = {key: value for key, value in (given.get("spec") or {}).items() if value is not None}
    others = [each for each in spec.pop("containers", ()) if each.get("name") != main["name"]]
    asked = dig(given, ["metadata", "labels"], {})
    return template({**asked, **labels}, [main, *others], **{**defaults, **spec})


def served(
    name: str,
    space: str,
    selector: Mapping[str, str],
    ports: Sequence[Manifest],
    given: Mapping[str, Any],
    *,
    headless: bool = False,
) -> Manifest:
    """A Service that a person may change: a type, a selector or ports of theirs count."""
    spec = dict(given.get("spec") or {})
    chosen, listed = spec.pop("selector", None) or selector, spec.pop("ports", None) or ports
    plain = {} if spec.get("type") else {"clusterIP": "None"} if headless else {"type": "ClusterIP"}
    return service(name, space, chosen, listed, **{**plain, **spec})
