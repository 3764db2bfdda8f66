output "kubeconfig" {
  description = "Administrator's kubeconfig: `tofu output -raw kubeconfig > kubeconfig && chmod 600 kubeconfig`."
  value       = talos_cluster_kubeconfig.this.kubeconfig_raw
  sensitive   = true
}

output "talosconfig" {
  description = "Administrator's talosconfig: `tofu output -raw talosconfig > talosconfig && chmod 600 talosconfig`."
  value       = data.talos_client_configuration.this.talos_config
  sensitive   = true
}

output "installer" {
  description = "What `talosctl upgrade --image` takes: this lab's Talos with its extensions, for this platform."
  value       = local.installer
}

output "schematic" {
  description = "Id of the image's schematic, for boot media from the image factory."
  value       = talos_image_factory_schematic.this.id
}
