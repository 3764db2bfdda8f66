# The machines are there already: boot each from an image of the schematic (output `schematic`), at its address.
locals {
  platform = "metal"
}

resource "terraform_data" "machines" {
  input = keys(var.nodes)
}
