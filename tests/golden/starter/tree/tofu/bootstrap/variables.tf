variable "kubeconfig" {
  description = "The kubeconfig that tofu/talos wrote."
  type        = string
  default     = "../talos/kubeconfig"
}

variable "sealing" {
  description = "Files of the sealing key pair, made before the cluster and kept outside of it and of Git."
  type = object({
    namespace   = string
    certificate = string
    key         = string
  })
}
