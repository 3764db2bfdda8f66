"""A newcomer's computer: whoever types a command of the guide here has it recorded, and refused where the program would refuse it.

Programs that exist run as they are. Of those that need a cluster, an account or a hypervisor, the arguments are checked: kubectl by
kubectl itself, which reads them before it finds that no server answers; the others by what their documentation says.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from itertools import pairwise
from pathlib import Path

COMMANDS = {
    "tofu init": "-upgrade", "tofu apply": "-target -replace -refresh-only", "tofu output": "-raw", "tofu state rm": "",
    "tofu plan": "", "tofu state pull": "", "tofu state push": "", "talosctl service etcd": "--nodes",
    "talosctl upgrade": "--nodes --image", "talosctl upgrade-k8s": "--nodes --to --dry-run", "talosctl version": "--nodes",
    "talosctl health": "--nodes", "talosctl reset": "--graceful --reboot --system-labels-to-wipe --nodes", "talosctl bootstrap": "--nodes --recover-from",
    "talosctl etcd snapshot": "--nodes", "talosctl etcd members": "--nodes", "talosctl etcd remove-member": "--nodes",
    "qm stop": "", "qm destroy": "--purge",
    "talosctl get disks": "--insecure --nodes", "talosctl get links": "--insecure --nodes",
    "cloudflared tunnel login": "", "cloudflared tunnel create": "", "cloudflared tunnel route dns": "",
    "velero backup create": "--from-schedule --wait", "velero backup get": "--selector",
    "velero restore create": "--from-schedule --include-namespaces --namespace-mappings --include-resources --exclude-resources "
    "--selector --existing-resource-policy --wait",
    "helm template": "--repo --version --namespace --include-crds --skip-tests --kube-version --values --set",
    "pveum user add": "", "pveum role add": "--privs", "pveum acl modify": "--users --roles",
    "pveum user token add": "--privsep", "pvesm set": "--content", "pvesm status": "", "pvesh get": "--output-format", "pveversion": "",
    "curl": "--cacert --resolve -fLo -sSI", "kubectl cnpg backup": "--namespace --method --plugin-name",
}  # fmt: skip
"""Command to its flags; `kubectl cnpg` is a plugin, all else of kubectl is asked of kubectl.

Sources: https://opentofu.org/docs/cli/commands/, https://docs.siderolabs.com/talos/v1.13/reference/cli,
https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/do-more-with-tunnels/local-management/tunnel-useful-commands/,
https://velero.io/docs/main/, https://helm.sh/docs/helm/helm_template/, https://pve.proxmox.com/pve-docs/pveum.1.html, .../pvesm.1.html.
"""
FILES = ("--values", "--cacert", "-f", "--recover-from")
"""Flags whose value is a file that must be there; `-` is what comes in."""
SAYS = {"helm template": "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}}", "pveversion": "pve-manager/9.0.3/abc", "pvesh get": "content: iso,backup", "tofu output -raw kubeconfig": "{apiVersion: v1, kind: Config}",
        "tofu output -raw schematic": "0123abc", "tofu output -raw installer": "factory.talos.dev/metal-installer/0123abc:v1.13.9"}  # fmt: skip


def refused(name: str, args: list[str]) -> str | None:
    """Why a program would refuse these arguments; None where it would not."""
    for flag, value in pairwise(
        part for arg in args for part in (arg.split("=", 1) if arg.startswith("--recover") else [arg])
    ):
        if flag in FILES and value != "-" and not Path(value).is_file():
            return f"{value} is not there"
    line = " ".join([name, *args])
    found = max((command for command in COMMANDS if f"{line} ".startswith(f"{command} ")), key=len, default=None)
    if found is None:
        return "no such command"
    flags = {arg.partition("=")[0] for arg in args if arg.startswith("-")}
    wrong = flags - set(COMMANDS[found].split())
    return f"no such flag: {', '.join(sorted(wrong))}" if wrong else None


def kubectl(args: list[str]) -> str | None:
    """Why kubectl refuses; it is asked with a server that does not answer, so that it gets as far as reading its arguments."""
    real = os.environ["REAL_KUBECTL"]
    if "--dry-run=client" in args or "--local" in args:
        os.execv(real, [real, *args])
    if args[:1] == ["cnpg"]:
        return refused("kubectl", args)
    argv = [real, "--server=http://127.0.0.1:1", *args, *(["--timeout=1s"] if "wait" in args else [])]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    if not re.search(r"refused|timed out", done.stderr):
        return done.stderr
    if "jsonpath={.data.tls\\.crt}" in args:
        sys.stdout.write(b64encode(Path("sealing.pem").read_bytes()).decode())
    if "--output" in args and "name" in args:
        print("pod/cilium-1")  # noqa: T201 - as kubectl says it
    return None


def main(name: str, args: list[str]) -> int:
    """Record a call, and be what it calls."""
    with Path(os.environ["RECORD"]).open("a", encoding="utf-8") as record:
        record.write(json.dumps([name, *args]) + "\n")
    why = kubectl(args) if name == "kubectl" else refused(name, args)
    if why:
        sys.stderr.write(f"{name} {' '.join(args)}: {why}\n")
        return 64
    for command, says in SAYS.items():
        if " ".join([name, *args]).startswith(command):
            print(says)  # noqa: T201 - as the program says it
    if [name, *args][:3] == ["talosctl", "etcd", "snapshot"]:
        Path(args[2]).write_text("etcd", encoding="utf-8")
    if "-fLo" in args:
        Path(args[args.index("-fLo") + 1]).write_text("image", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).name, sys.argv[2:]))
