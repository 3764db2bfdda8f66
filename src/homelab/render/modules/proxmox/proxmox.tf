variable "proxmox" {
  description = "How OpenTofu reaches Proxmox, and where images go."
  type = object({
    endpoint        = string
    insecure        = optional(bool, false)
    image_datastore = optional(string, "local")
    tags            = optional(list(string), ["kubernetes", "talos"])
  })
}

variable "hosts" {
  description = "Physical machines: their name in Proxmox, storage for system disks, network bridge."
  type = map(object({
    node_name = string
    datastore = string
    bridge    = string
  }))
}
