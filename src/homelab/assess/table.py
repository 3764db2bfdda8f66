"""Every check, one line each, imported on use. A test proves that this table is complete."""

from __future__ import annotations

CHECKS: tuple[str, ...] = (
    "homelab.assess.checks.disruption.pdb_blocks_drain:pdb_blocks_drain",
    "homelab.assess.checks.disruption.pdb_matches_nothing:pdb_matches_nothing",
    "homelab.assess.checks.disruption.pdb_missing:pdb_missing",
    "homelab.assess.checks.disruption.pdb_overlap:pdb_overlap",
    "homelab.assess.checks.ground.etcd_members_even_or_few:etcd_members_even_or_few",
    "homelab.assess.checks.ground.host_map_missing:host_map_missing",
    "homelab.assess.checks.ground.host_memory_overcommitted:host_memory_overcommitted",
    "homelab.assess.checks.ground.no_room_after_host_loss:no_room_after_host_loss",
    "homelab.assess.checks.ground.quorum_majority_on_one_host:quorum_majority_on_one_host",
    "homelab.assess.checks.ground.single_control_plane_node:single_control_plane_node",
    "homelab.assess.checks.ground.zone_label_not_physical:zone_label_not_physical",
    "homelab.assess.checks.redundancy.fix_would_break_singleton:fix_would_break_singleton",
    "homelab.assess.checks.redundancy.gateway_data_plane_single_replica:gateway_data_plane_single_replica",
    "homelab.assess.checks.redundancy.gitops_engine_not_redundant:gitops_engine_not_redundant",
    "homelab.assess.checks.redundancy.leader_election_without_standby:leader_election_without_standby",
    "homelab.assess.checks.redundancy.metrics_stack_single_replica:metrics_stack_single_replica",
    "homelab.assess.checks.redundancy.postgres_not_redundant:postgres_not_redundant",
    "homelab.assess.checks.redundancy.single_replica_deployment:single_replica_deployment",
    "homelab.assess.checks.redundancy.single_replica_statefulset:single_replica_statefulset",
    "homelab.assess.checks.scheduling.replicas_may_share_node:replicas_may_share_node",
    "homelab.assess.checks.scheduling.replicas_share_host:replicas_share_host",
    "homelab.assess.checks.scheduling.workloads_do_not_fit:workloads_do_not_fit",
    "homelab.assess.checks.storage.failure_domain_too_low:failure_domain_too_low",
    "homelab.assess.checks.storage.mon_count_unsafe:mon_count_unsafe",
    "homelab.assess.checks.storage.mon_majority_on_one_host:mon_majority_on_one_host",
    "homelab.assess.checks.storage.pool_size_exceeds_domains:pool_size_exceeds_domains",
    "homelab.assess.checks.storage.storage_gateway_single:storage_gateway_single",
)
