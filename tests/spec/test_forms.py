"""Forms: what each kind of text takes and refuses, as the program that reads it later does."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from homelab.spec import forms

TAKEN = {
    "Sentence": ["two boxes", "ß – 100 %"],
    "Destination": ["db.home.arpa", "nas", "10.0.0.5", "10.0.0.0/24", "fd00::5", "fd00::/64"],
    "Url": [
        "https://example.org",
        "http://[fd00::5]:9000/x",
        "http://10.0.0.9:9000/x?y=1",
        "https://hc-ping.com/00000000-0000#a",
    ],
    "HttpsUrl": ["https://pve.example.org:8006/"],
    "HostName": ["time.cloudflare.com", "10.0.0.1", "pool"],
    "TimeZone": ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"],
    "Expression": ["^(eth|en).*", r"^en[op]\d+$", "(?i)eth", "(?P<a>x)", r"\\1", "a{1,1000}"],
    "MountPath": ["/var/mnt/local", "/var/mnt/a/b_c.d"],
    "Revision": ["main", "release/1.2", "v1.0.0", "0123abc"],
    "Repository": [
        "https://git.example.org/lab.git",
        "ssh://git@host:2222/a/b.git",
        "git@github.com:me/lab.git",
        "ssh://forgejo@[fd00::5]:2222/a.git",
        "https://[fd00::5]:3000/a.git",
    ],
    "Device": ["/dev/sda", "/dev/nvme0n1", "/dev/disk/by-id/ata-X_1"],
    "Disk": ["sdb", "nvme0n1", "disk/by-id/ata-X_1"],
    "Storage": ["local-zfs", "local"],
    "Bridge": ["vmbr0", "lan.7"],
    "Tag": ["talos", "a_b+c"],
    "Bucket": ["homelab-backups", "a.b.c"],
    "Region": ["eu-central-1", "auto"],
    "Channel": ["#alerts", "C0123ABCD"],
    "Email": ["me@example.org"],
    "Argument": ["net.ifnames=0", "-selinux", "console=ttyS0,115200"],
    "Registry": ["docker.io", "registry.lan:5000", "*"],
    "Parameter": ["vm.max_map_count", "net/ipv4/ip_forward", "net.ipv4.conf.eth0.rp_filter"],
    "Glob": ["*", "n8n-*/Deployment/*"],
    "Image": [
        "nginx:1.29.1",
        "ghcr.io/me/app:v1",
        "registry.lan:5000/a/b-c__d:1@sha256:" + "0" * 64,
        "docker.io/a/b@sha256:" + "f" * 64,
    ],
    "ChartRepository": ["https://charts.example.org/x", "oci://ghcr.io/me/charts", "oci://registry.lan:5000/charts"],
    "ChartName": ["app-template", "n8n", "a.b_c"],
    "ChartVersion": ["4.1.1", "v1.0.0", "1.2.3-rc.1+build"],
    "Variable": ["BASE_URL", "_x", "a1"],
    "VariableText": ["", "two words", "ß"],
    "Word": ["--config=/etc/x", "two words"],
    "Folder": ["/config", "/var/lib/my-app", "/a@b/.c"],
    "HttpPath": ["/", "/health?full=1"],
    "PortName": ["http", "web-ui", "p2p"],
    "LabelKey": ["app", "app.kubernetes.io/name"],
    "LabelValue": ["", "n8n", "a.b_c"],
}
REFUSED = {
    "Sentence": ["", "  ", "two\nlines", "\x1b[31m"],
    "Url": ["", "example.org", "ftp://x", "https://", "https://a b", "https://u:p@x", "https://x:0", "https://x:99999",
            "https://x:", "https://fd00::5/", "https://[fe80::1%25eth0]/", "https://[x]/", "https://-x", "https://[", "https://x/\n", "https://1.2.3", "javascript:alert(1)"],
    "Destination": ["", "a b", "10.0.0.5/24", "10.0.0.0/33", "fe80::1%eth0", "*.example.org", "https://x", "x:5432", "[fd00::5]"],
    "HttpsUrl": ["http://pve"],
    "HostName": ["", "time server", "10.0.0.256", "-a", "a..b", "a_b", "x" * 64],
    "TimeZone": ["", "Berlin", "europe/berlin", "Europe/Berlin ", "../etc/passwd"],
    "Expression": ["", "^(eth", "[", "*", "(?=eth)", "(?<!a)b", r"(a)\1", "a++", "(?>a)", "a{1001}", "a{2,1}", "(?P=a)"],
    "MountPath": ["", "/", "/var/mnt", "/var/mnt/", "/etc/x", "/var/mnt/../x", "var/mnt/x", "/var/mnt/a b", "/var/mntx/y"],
    "Revision": ["$(id)", "a'b", "a;b", "a&b", "", "-x", "a b", "a..b", "x.lock", "x/", "/x", "a//b", "@", "a@{1}", "a~1", ".a", "a/.b", "a\\b", "x."],
    "Repository": ["", "github.com/x/y", "https://u:p@x/y", "git@", "git@host", "file:///x", "ssh://", "https://a b",
                   "ssh://u:p@x/y", "ssh://@x/y", "git@[fd00::5]:x", "git@host:22:x",
                   "https://x.org/$(id).git", "https://x.org/`id`.git", "https://x.org/a;id", "https://x.org/{{id}}", "ssh://git@x.org/a'b"],
    "Device": ["", "sda", "/dev", "/dev/", "/dev/../x", "/etc/x", "/dev/a b"],
    "Disk": ["", "/dev/sdb", "../x", "a b", "1"],
    "Storage": ["", "a", "1a", "a b", "a-"],
    "Bridge": ["", "0", "a" * 16, "a b", "a/b"],
    "Tag": ["", "Talos", "a b", "-a"],
    "Bucket": ["", "ab", "A-b", "a..b", "a_b", "192.168.1.1", "a.-b", "x" * 64],
    "Region": ["", "EU", "a b"],
    "Channel": ["", "#", "two words", "#a,b", "##a"],
    "Email": ["", "me", "me@", "@x.org", "a b@x.org", "me@x", "me@-x.org"],
    "Argument": ["", "a b", 'a"b', "a'b", "a\\b", "ä"],
    "Registry": ["", "https://docker.io", "docker.io/library", "a b", "x:0"],
    "Parameter": ["", "vm", ".vm", "vm..x", "vm x.y", "VM.x"],
    "Glob": ["", "a b", "a\n"],
    "Image": ["", "nginx", "jellyfin/jellyfin", "Nginx:1", "nginx:", "a b:1", "registry.lan:5000/a", "nginx:1@sha256:0", "https://x/y:1", "x:" + "a" * 129],
    "ChartRepository": ["", "http://charts.example.org", "git@x:y", "https://u:p@x", "https://x/?a", "oci://"],
    "ChartName": ["", "A", "a b", "../x", "a/b"],
    "ChartVersion": ["", "4.1", "^4.1.1", "*", "latest", "4.x.x", ">=1.0.0"],
    "Variable": ["", "1A", "A-B", "A B", "A=B"],
    "VariableText": ["a\0b", "x" * 8193],
    "Word": ["a\0b", "x" * 8193],
    "Folder": ["", "/", "config", "/a/../b", "/a b", "/a/", "/a:b"],
    "HttpPath": ["", "health", "/a b"],
    "PortName": ["", "Http", "1a", "x" * 16, "a-", "a_b"],
    "LabelKey": ["", "/a", "a/b/c", "a b", "-a"],
    "LabelValue": ["-a", "a b", "x" * 64],
}  # fmt: skip


def test_every_form_has_both_sides():
    """Each form of text is shown what it takes and what it refuses; those that a rule or a table judges stand elsewhere."""
    elsewhere = {"RULED", "RESOLVED", "Address", "Network", "Range", "Name", "FormError"}
    known = {
        name
        for name in vars(forms)
        if name[0].isupper() and getattr(forms, name).__class__.__name__ == "_AnnotatedAlias"
    }
    assert known - elsewhere - {"Annotated"} == set(TAKEN) == set(REFUSED)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in TAKEN.items() for text in texts])
def test_form_takes_what_is_right(name, text):
    """Text that the later reader understands is taken as it is."""
    assert TypeAdapter(getattr(forms, name)).validate_python(text) == text


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in REFUSED.items() for text in texts])
def test_form_refuses_what_is_wrong(name, text):
    """Text that the later reader would refuse, or take for something else, is a mistake."""
    with pytest.raises(ValidationError, match=r"expected|at most|at least"):
        TypeAdapter(getattr(forms, name)).validate_python(text)


def test_time_zone_has_a_nearest_word():
    """A zone in the wrong case is answered with the right one."""
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(forms.TimeZone).validate_python("Europe/Berln")
    assert raised.value.errors()[0]["ctx"]["error"].hint == "did you mean Europe/Berlin?"
