# The key pair that opens every sealed secret. Made beforehand, so that secrets can be sealed offline
# and a rebuilt cluster opens them again; the controller takes the newest key it finds. Of the namespace only the name is
# OpenTofu's: its labels are Argo CD's, and a label with two owners stays when one of them drops it.
resource "kubernetes_namespace_v1" "sealing" {
  metadata {
    name = var.sealing.namespace
  }

  lifecycle {
    ignore_changes = [metadata[0].labels, metadata[0].annotations]
  }
}

resource "kubernetes_secret_v1" "sealing" {
  metadata {
    name      = "sealing-key"
    namespace = kubernetes_namespace_v1.sealing.metadata[0].name
    labels = {
      "sealedsecrets.bitnami.com/sealed-secrets-key" = "active"
    }
  }

  type = "kubernetes.io/tls"
  data = {
    "tls.crt" = file(var.sealing.certificate)
    "tls.key" = file(var.sealing.key)
  }
}
