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

locals {
  installer = "factory.talos.dev/installer/${talos_image_factory_schematic.this.id}:v${var.cluster.talos}"
}
