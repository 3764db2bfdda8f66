# A user of its own for the driver that makes volumes: it may look at machines and attach disks, and nothing else.
resource "proxmox_virtual_environment_role" "csi" {
  role_id = "KubernetesCSI"
  privileges = [
    "Datastore.Allocate",
    "Datastore.AllocateSpace",
    "Datastore.Audit",
    "VM.Audit",
    "VM.Config.Disk",
  ]
}

resource "proxmox_virtual_environment_user" "csi" {
  user_id = "kubernetes-csi@pve"
  comment = "Volumes of the cluster; made by tofu/bootstrap"
}

resource "proxmox_acl" "csi" {
  path      = "/"
  role_id   = proxmox_virtual_environment_role.csi.role_id
  user_id   = proxmox_virtual_environment_user.csi.user_id
  propagate = true
}

# "Restrict API token privileges with separate ACLs (default), or give full privileges of corresponding user": without
# separation the token may do what its user may, which is the role above.
resource "proxmox_user_token" "csi" {
  user_id               = proxmox_virtual_environment_user.csi.user_id
  token_name            = "csi"
  comment               = "Volumes of the cluster; made by tofu/bootstrap"
  privileges_separation = false
}

output "csi_token" {
  description = "For the sealed secret of the driver: `tofu output -raw csi_token`, an id and the value after the `=`."
  value       = proxmox_user_token.csi.value
  sensitive   = true
}

variable "proxmox" {
  description = "How OpenTofu reaches Proxmox."
  type = object({
    endpoint = string
    insecure = optional(bool, false)
  })
}
