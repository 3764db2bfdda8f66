variable "cluster" {
  description = "Name, endpoint and versions of the cluster; `contract` is the Talos for which configurations are generated."
  type = object({
    name       = string
    endpoint   = string
    talos      = string
    contract   = string
    kubernetes = string
  })
}

variable "nodes" {
  description = "Every machine by name; `host` is the Proxmox host that carries it, absent for a machine of its own."
  type = map(object({
    role     = string
    address  = string
    host     = optional(string)
    cpu      = number
    memory   = number
    disk     = number
    ceph     = optional(list(object({ size = number, datastore = optional(string) })), [])
    mac      = optional(string)
    vm_id    = optional(number)
    schedule = optional(bool, true)
  }))

  validation {
    condition     = length([for node in var.nodes : node if node.role == "control-plane"]) > 0
    error_message = "A cluster needs a control plane."
  }
}

variable "extensions" {
  description = "Official Talos system extensions in the image."
  type        = list(string)
  default     = []
}

variable "kernel_arguments" {
  description = "Further kernel arguments in the image."
  type        = list(string)
  default     = []
}
