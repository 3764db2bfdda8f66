"""Capabilities: what is needed and provided. The joint between components, probes and the availability model."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Capability(StrEnum):
    """A thing one component provides and another needs, as `noun.kind`; `meaning` is its sentence."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """A member whose value is its dotted name."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    MACHINE = "machine", "Machines that boot Talos, by name and address"
    CLUSTER_API = "cluster.api", "A Kubernetes API server that answers"
    CLUSTER_DNS = "cluster.dns", "Names of Services resolve inside the cluster"
    KUBELET = "cluster.kubelet", "The kubelet's API on every node"
    NETWORK_POD = "network.pod", "Pods reach pods across nodes"
    NETWORK_POLICY = "network.policy", "Network policies are enforced"
    NETWORK_ADDRESS = "network.address", "Services of type LoadBalancer get an address of the LAN"
    NETWORK_FLOWS = "network.flows", "Who talks to whom can be looked at"
    GATEWAY_API = "gateway.api", "The Gateway API kinds exist"
    GATEWAY_HTTP = "gateway.http", "HTTPRoutes are served, with TLS"
    TLS_ISSUER = "tls.issuer", "Certificates are issued and renewed"
    ACCESS_PUBLIC = "access.public", "Chosen hostnames are reachable from the Internet"
    SECRETS_GIT = "secrets.git", "Secrets live encrypted in Git"
    GITOPS_SYNC = "gitops.sync", "The cluster follows the repository"
    STORAGE_BLOCK = "storage.block", "Volumes for one pod at a time that outlive it and its node"
    STORAGE_FILE = "storage.file", "Volumes that several pods share"
    STORAGE_OBJECT = "storage.object", "Buckets that speak S3"
    STORAGE_LOCAL = "storage.local", "Volumes on the disks of one machine"
    BACKUP_CLUSTER = "backup.cluster", "Objects and volumes of every namespace are backed up on a schedule"
    METRICS_STORE = "metrics.store", "Metrics are collected, kept and queried"
    METRICS_CRDS = "metrics.crds", "ServiceMonitor, PodMonitor and PrometheusRule exist"
    ALERTS_ROUTE = "alerts.route", "Alerts reach a person"
    DATABASE_POSTGRES = "database.postgres", "PostgreSQL clusters on demand"
    CACHE_REDIS = "cache.redis", "Redis on demand"
    POLICY_FOUNDATION = "policy.foundation", "Namespaces, pod security levels, quotas and network policies exist"
