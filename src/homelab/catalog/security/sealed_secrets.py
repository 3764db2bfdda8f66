"""Sealed Secrets: secrets live encrypted in Git, and only the cluster can open them.

One controller: the chart writes one replica. While it is away no new secret is opened, and every existing one stays.
The key pair is made before the cluster, so that secrets can be sealed offline and a rebuilt cluster opens them again.
"""

from __future__ import annotations

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.needs import start
from homelab.catalog.offers.lab import sized
from homelab.catalog.offers.monitoring import absent, monitored
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Alert
from homelab.documents.duration import format_go_duration
from homelab.spec.units import YEAR, Seconds

NAMESPACE = "sealed-secrets"
CONTROLLER = "sealed-secrets-controller"
"""The name by which kubeseal looks for the controller."""
LABELS = {"app.kubernetes.io/name": "sealed-secrets", "app.kubernetes.io/instance": "sealed-secrets"}


class Settings(component.Settings):
    """The controller."""

    key_renewal: Seconds = Field(default=0, le=10 * YEAR)
    """How often a new sealing key is made, as `720h`; off: only when rotated on purpose, so that a backup of the key never ages."""


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart."""
    renewal = format_go_duration(settings.key_renewal) if settings.key_renewal else "0"
    found: Values = {
        "fullnameOverride": because(CONTROLLER, "the name by which kubeseal looks for it"),
        "keyrenewperiod": because(renewal, "a new key would make every backup of the old one incomplete"),
        "metrics": {"serviceMonitor": {"enabled": monitored(plan, settings)}},
    }
    if practice(plan, settings, "probes"):
        found["startupProbe"] = {"enabled": True, "periodSeconds": 5, "failureThreshold": 30}
    if resources := sized(plan, settings, cpu="20m", memory="64Mi", limit="128Mi"):
        found["resources"] = resources
    return found


def flows(_plan: Plan, _settings: Settings) -> tuple[Flow, ...]:
    """`kubeseal --fetch-cert` comes through the API server; the controller watches and writes there."""
    pods = Pods(NAMESPACE, LABELS)
    return (
        Serves(pods, 8080, audience="api-server"),
        Serves(pods, 8081, audience="metrics"),
        Uses(pods, outside="api-server"),
    )


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """A secret that cannot be opened, and a controller that is away; none where nothing is scraped."""
    if not monitored(plan, settings):
        return ()
    return (
        Alert(
            "SealedSecretNotOpened",
            # The state, not the counter of errors: that one is born with its first error, which `increase` does not see.
            'max by (namespace, name) (sealed_secrets_controller_condition_info{condition="Synced"}) == -1',
            15,
            "warning",
            "The SealedSecret {{ $labels.namespace }}/{{ $labels.name }} cannot be opened",
            "`kubectl get sealedsecrets -A` says why. It was sealed for another name, namespace or key: seal it again with "
            "`homelab secrets seal`.",
        ),
        absent("SealedSecretsAbsent", "sealed-secrets", Pods(NAMESPACE, LABELS), f"{CONTROLLER}-metrics"),
    )


SEALED_SECRETS = Component(
    name="sealed-secrets",
    area=Area.SECURITY,
    summary="Encrypted secrets in Git that only the cluster opens.",
    settings=Settings,
    parts=(
        Part(
            "sealed-secrets",
            NAMESPACE,
            chart=Chart("https://bitnami.github.io/sealed-secrets", "sealed-secrets", "2.19.1"),
            values=values,
            folder=".",
        ),
    ),
    namespaces=(Namespace(NAMESPACE),),
    provides=frozenset({Capability.SECRETS_GIT}),
    needs=(start(Capability.CLUSTER_API, "SealedSecrets are read and Secrets are written there"),),
    flows=flows,
    alerts=alerts,
    homepage="https://github.com/bitnami/sealed-secrets",
    applies=lambda _homelab: True,
)
