terraform {
  required_version = ">= 1.8"

  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.38"
    }
    proxmox = {
      source  = "bpg/proxmox"
      version = "~> 0.100"
    }
  }
}

# A stack of its own: a provider fed by another resource's output makes `plan` fail while there is no cluster.
provider "kubernetes" {
  config_path = var.kubeconfig
}

# The token comes from the environment: PROXMOX_VE_API_TOKEN. Making users takes more rights than making machines.
provider "proxmox" {
  endpoint = var.proxmox.endpoint
  insecure = var.proxmox.insecure
}
