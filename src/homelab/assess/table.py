"""Every check, one line each, imported on use. A test proves that this table is complete."""

from __future__ import annotations

CHECKS: tuple[str, ...] = (
    "homelab.assess.checks.disruption.pdb_blocks_drain:pdb_blocks_drain",
    "homelab.assess.checks.disruption.pdb_matches_nothing:pdb_matches_nothing",
    "homelab.assess.checks.disruption.pdb_missing:pdb_missing",
    "homelab.assess.checks.disruption.pdb_overlap:pdb_overlap",
    "homelab.assess.checks.redundancy.fix_would_break_singleton:fix_would_break_singleton",
    "homelab.assess.checks.redundancy.gateway_data_plane_single_replica:gateway_data_plane_single_replica",
    "homelab.assess.checks.redundancy.gitops_engine_not_redundant:gitops_engine_not_redundant",
    "homelab.assess.checks.redundancy.leader_election_without_standby:leader_election_without_standby",
    "homelab.assess.checks.redundancy.metrics_stack_single_replica:metrics_stack_single_replica",
    "homelab.assess.checks.redundancy.postgres_not_redundant:postgres_not_redundant",
    "homelab.assess.checks.redundancy.single_replica_deployment:single_replica_deployment",
    "homelab.assess.checks.redundancy.single_replica_statefulset:single_replica_statefulset",
)
