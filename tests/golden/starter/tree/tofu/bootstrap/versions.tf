terraform {
  required_version = ">= 1.8"

  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.38"
    }
  }
}

# A stack of its own: a provider fed by another resource's output makes `plan` fail while there is no cluster.
provider "kubernetes" {
  config_path = var.kubeconfig
}
