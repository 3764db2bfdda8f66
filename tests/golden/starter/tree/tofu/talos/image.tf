# One image for every machine: the schematic names its extensions, the factory builds it.
resource "talos_image_factory_schematic" "this" {
  schematic = yamlencode({
    customization = {
      extraKernelArgs = var.kernel_arguments
      systemExtensions = {
        officialExtensions = [for name in var.extensions : "siderolabs/${name}"]
      }
    }
  })
}

# "Generates URLs for different assets supported by the Talos image factory": each platform has an installer of its own,
# and the one of another platform changes what the machine believes to be at its first upgrade.
data "talos_image_factory_urls" "this" {
  talos_version = "v${var.cluster.talos}"
  schematic_id  = talos_image_factory_schematic.this.id
  platform      = local.platform
}

locals {
  installer = data.talos_image_factory_urls.this.urls.installer
}
