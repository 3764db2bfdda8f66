locals {
  control_planes = { for name, node in var.nodes : name => node if node.role == "control-plane" }
  first          = local.control_planes[sort(keys(local.control_planes))[0]]
}

# The identity of the cluster: whoever can read this state has the cluster. It is encrypted; keep a copy elsewhere.
resource "talos_machine_secrets" "this" {
  talos_version = "v${var.cluster.contract}"

  # A new identity is a new cluster: docs/rebuild.md says when one wants that, and what it takes.
  lifecycle {
    prevent_destroy = true
  }
}

data "talos_machine_configuration" "node" {
  for_each = var.nodes

  cluster_name     = var.cluster.name
  cluster_endpoint = "https://${var.cluster.endpoint}:6443"
  machine_type     = each.value.role == "control-plane" ? "controlplane" : "worker"
  machine_secrets  = talos_machine_secrets.this.machine_secrets
  # The contract of the first day, not the version that runs: nodes upgrade one after the other, and an older one refuses fields
  # that it does not know. `homelab contract` moves it, once all nodes are there.
  talos_version = "v${var.cluster.contract}"
  # One apply gives this to all nodes at once: let `talosctl upgrade-k8s` go before it, one node after the other (docs/upgrade.md).
  kubernetes_version = var.cluster.kubernetes
  docs               = false
  examples           = false

  config_patches = concat(
    [
      file("${path.module}/patches/all.yaml"),
      yamlencode({ machine = { install = { image = local.installer } } }),
    ],
    each.value.role == "control-plane" ? [file("${path.module}/patches/control-plane.yaml")] : [],
    [file("${path.module}/patches/nodes/${each.key}.yaml")],
  )
}

resource "talos_machine_configuration_apply" "node" {
  for_each = var.nodes

  client_configuration        = talos_machine_secrets.this.client_configuration
  machine_configuration_input = data.talos_machine_configuration.node[each.key].machine_configuration
  node                        = each.value.address

  depends_on = [terraform_data.machines]
}

resource "talos_machine_bootstrap" "this" {
  client_configuration = talos_machine_secrets.this.client_configuration
  node                 = local.first.address

  depends_on = [talos_machine_configuration_apply.node]
}

resource "talos_cluster_kubeconfig" "this" {
  client_configuration = talos_machine_secrets.this.client_configuration
  node                 = local.first.address

  depends_on = [talos_machine_bootstrap.this]
}

data "talos_client_configuration" "this" {
  cluster_name         = var.cluster.name
  client_configuration = talos_machine_secrets.this.client_configuration
  endpoints            = [for node in local.control_planes : node.address]
  nodes                = [for node in var.nodes : node.address]
}
