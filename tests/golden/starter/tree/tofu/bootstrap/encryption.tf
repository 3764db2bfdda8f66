# State and plans hold the authorities and keys of the cluster: they are written encrypted, by a passphrase that no file holds.
# Without it they are lost, and with them every further `tofu apply`: keep it outside of this house as well.
variable "state_passphrase" {
  description = "Opens the state, 16 characters or more; from the environment: TF_VAR_state_passphrase."
  type        = string
  sensitive   = true
}

terraform {
  encryption {
    key_provider "pbkdf2" "passphrase" {
      passphrase = var.state_passphrase
    }

    method "aes_gcm" "passphrase" {
      keys = key_provider.pbkdf2.passphrase
    }

    state {
      method   = method.aes_gcm.passphrase
      enforced = true
    }

    plan {
      method   = method.aes_gcm.passphrase
      enforced = true
    }
  }
}
