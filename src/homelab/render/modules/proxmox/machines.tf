# One download a host, one virtual machine a node. A machine never moves: its disks are on its host.
resource "proxmox_virtual_environment_download_file" "talos" {
  for_each = toset([for node in var.nodes : node.host])

  content_type            = "iso"
  datastore_id            = var.proxmox.image_datastore
  node_name               = var.hosts[each.key].node_name
  file_name               = "talos-${var.cluster.talos}-${substr(talos_image_factory_schematic.this.id, 0, 12)}.img"
  url                     = "https://factory.talos.dev/image/${talos_image_factory_schematic.this.id}/v${var.cluster.talos}/nocloud-amd64.raw.zst"
  decompression_algorithm = "zst"
  overwrite               = false
}

resource "proxmox_virtual_environment_vm" "node" {
  for_each = var.nodes

  name      = each.key
  node_name = var.hosts[each.value.host].node_name
  vm_id     = each.value.vm_id
  tags      = sort(concat(var.proxmox.tags, [each.value.role]))
  machine   = "q35"
  on_boot   = true

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
    file_id      = proxmox_virtual_environment_download_file.talos[each.value.host].id
    interface    = "scsi0"
    size         = each.value.disk
    iothread     = true
    discard      = "on"
    ssd          = true
  }

  # Raw disks for Ceph: no cache between it and the disk.
  dynamic "disk" {
    for_each = each.value.ceph
    content {
      datastore_id = var.hosts[each.value.host].ceph_datastore
      interface    = "scsi${disk.key + 1}"
      size         = disk.value
      file_format  = "raw"
      cache        = "none"
      iothread     = true
      discard      = "on"
      ssd          = true
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

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [disk[0].file_id, initialization]
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
