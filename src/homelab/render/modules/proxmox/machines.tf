# One download a host, one virtual machine a node. A machine never moves: its disks are on its host.
#
# Everything goes through the API, as a token may. `disk.file_id` would not: the provider imports it over SSH, and says
# "*Deprecated*, use `import_from` instead" (registry.terraform.io/providers/bpg/proxmox, virtual_environment_vm).
locals {
  platform = "nocloud"
}

resource "proxmox_download_file" "talos" {
  for_each = toset([for node in var.nodes : node.host])

  # "The `import` content type is not enabled by default on Proxmox VE storages": docs/build.md says how, once a host.
  content_type = "import"
  datastore_id = var.proxmox.image_datastore
  node_name    = var.hosts[each.key].node_name
  # Proxmox tells the format by the name ("need to rename the file to *.qcow2 to indicate the actual file format for import").
  file_name = "talos-${var.cluster.talos}-${substr(talos_image_factory_schematic.this.id, 0, 12)}.qcow2"
  url       = "https://factory.talos.dev/image/${talos_image_factory_schematic.this.id}/v${var.cluster.talos}/nocloud-amd64.qcow2"
  # "If `false`, no size checks are performed and the file is never automatically replaced."
  overwrite = false
}

resource "proxmox_virtual_environment_vm" "node" {
  for_each = var.nodes

  name      = each.key
  node_name = var.hosts[each.value.host].node_name
  vm_id     = each.value.vm_id
  # "If the list in template is not sorted, then Proxmox will always report a difference on the resource."
  tags    = sort(concat(var.proxmox.tags, [each.value.role]))
  machine = "q35"
  on_boot = true
  # The default, `virtio-scsi-pci`, has one thread for all disks: `iothread` of a disk does nothing there.
  scsi_hardware = "virtio-scsi-single"

  # "The maximum amount of time to wait for data from the QEMU agent to become available (defaults to `15m`)": the
  # image has the agent, as an extension.
  agent {
    enabled = true
  }

  cpu {
    cores = each.value.cpu
    type  = "host"
  }

  memory {
    dedicated = each.value.memory
  }

  network_device {
    bridge      = var.hosts[each.value.host].bridge
    mac_address = each.value.mac
  }

  disk {
    datastore_id = var.hosts[each.value.host].datastore
    # "The image must be of `import` content type."
    import_from = proxmox_download_file.talos[each.value.host].id
    interface   = "scsi0"
    size        = each.value.disk
    iothread    = true
    discard     = "on"
    ssd         = true
  }

  # Raw disks for Ceph, each from the storage that is named for it: no cache between it and the disk.
  dynamic "disk" {
    for_each = each.value.ceph
    content {
      datastore_id = disk.value.datastore
      # Rook finds each by this name: /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi1, and so on.
      interface   = "scsi${disk.key + 1}"
      size        = disk.value.size
      file_format = "raw"
      cache       = "none"
      iothread    = true
      discard     = "on"
      ssd         = true
    }
  }

  operating_system {
    type = "l26"
  }

  initialization {
    datastore_id = var.hosts[each.value.host].datastore
    ip_config {
      ipv4 {
        address = "${each.value.address}/${var.network.prefix}"
        gateway = var.network.gateway
      }
    }
  }

  # Deleting a machine deletes its disks, those of Ceph too: `tofu` refuses that, also where a node left homelab.yaml.
  # docs/replace.md says how a machine goes: drained, out of etcd and Kubernetes, out of the state, and then out of Proxmox.
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [disk[0].import_from, initialization]
  }
}

resource "terraform_data" "machines" {
  input = [for machine in proxmox_virtual_environment_vm.node : machine.id]
}

variable "network" {
  description = "The LAN of the nodes."
  type = object({
    prefix  = number
    gateway = string
  })
}
