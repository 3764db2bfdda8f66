"""Strimzi: the Secrets of a Kafka's authorities and users, and the Services by which brokers are called.

Sources: strimzi-kafka-operator 0.48 `KafkaResources.java`, `KafkaUserModel.java`, `KafkaConnectResources.java`.
"""

from __future__ import annotations

from homelab.software.made import made
from homelab.software.software import Software

GROUP = "kafka.strimzi.io"

STRIMZI = Software(
    name="strimzi",
    kinds=(
        *made(
            GROUP,
            "Kafka",
            "Secret {name}-cluster-ca-cert",
            "Secret {name}-clients-ca-cert",
            "Secret {name}-cluster-ca",
            "Secret {name}-clients-ca",
            "Service {name}-kafka-bootstrap",
            "Service {name}-kafka-brokers",
            whole=False,
        ),
        *made(GROUP, "KafkaUser", "Secret {name}"),
        *made(GROUP, "KafkaTopic KafkaRebalance"),
    ),
)
