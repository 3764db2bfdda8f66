"""Forms of text: what a URL, a name, a path or an expression of homelab.yaml must look like, each typed once.

No option is bare text: whoever reads it later (Talos, Proxmox, Alertmanager, git) refuses what has another form, and by then
the file that says so is far away. A form is a type; its mistake says what was expected and, where there is one, the nearest
right word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, ip_interface
from math import isfinite
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from homelab.spec.endpoint import literal, network
from homelab.spec.words import near

_PLAIN = re.compile(r"[!-~]+")
"""Printable, without spaces: what stands in a URL."""
_NAME = re.compile(
    r"(?=.{1,253}$)[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*"
)
_ONLY_PERL = re.compile(r"\(\?(?![imsU-]*[:)]|P<)|\\[1-9]|\\[KGkg]|[*+?}]\+")
"""What Python's expressions have and RE2's have not: assertions, back references, possessive repetition."""
_REPEATED = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_OF_SHELLS = re.compile(r"[\s$`\"'\\!#&;|<>(){}]")
"""Characters that mean something to a shell: a repository and a branch are typed into one, by the guide and its recipes."""
_IMAGE = re.compile(
    r"([a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::[0-9]{1,5})?/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:@sha256:[a-f0-9]{64})?|@sha256:[a-f0-9]{64})"
)
_IN_REVISION = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|\.lock(/|$)|(^|/)\.|[/.]$|^[-/]|^@$")


class FormError(ValueError):
    """Text of another form: what was expected, and the nearest right word where there is one."""

    def __init__(self, expected: str, hint: str | None = None) -> None:
        super().__init__(f"expected {expected}")
        self.hint = hint


def form(expected: str, fits: Callable[[str], bool]) -> AfterValidator:
    """A validator that takes text that fits, and says what was expected of any other."""

    def check(text: str) -> str:
        if not fits(text):
            raise FormError(expected)
        return text

    return AfterValidator(check)


def matches(pattern: str) -> Callable[[str], bool]:
    """A test for text that matches a pattern as a whole."""
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether text is a host name or an IPv4 address; digits and dots alone are an address or nothing."""
    if text.replace(".", "").isdigit():
        try:
            return bool(IPv4Address(text))
        except AddressValueError:
            return False
    return _NAME.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """Whether text is an IPv4 or IPv6 address without a zone."""
    return "%" not in text and literal(text) is not None


def is_url(text: str, schemes: tuple[str, ...] = ("http", "https")) -> bool:
    """Whether text is a URL with one of these schemes and a name or an address as host; no user, no password."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    plain = _PLAIN.fullmatch(text) is not None and "@" not in parts.netloc and not parts.netloc.endswith(":")
    host = parts.hostname or ""
    bracketed = re.fullmatch(r"\[[0-9A-Fa-f:.]+\](:[0-9]+)?", parts.netloc) is not None
    there = is_address(host) if bracketed else is_name(host)
    return plain and parts.scheme in schemes and there and port != 0


def is_repository(text: str) -> bool:
    """Whether text is where git clones from: https, ssh with a user and a port of any number, or `git@host:path`."""
    if _OF_SHELLS.search(text):
        return False
    user = re.match(r"ssh://[A-Za-z0-9_][A-Za-z0-9._-]*@", text)
    return (
        is_url(text, ("https",))
        or is_url(f"ssh://{text[user.end() :]}" if user else text, ("ssh",))
        or re.fullmatch(r"git@[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9~._/-]+", text) is not None
    )


def is_expression(text: str) -> bool:
    """Whether text is a regular expression that RE2 (and so everything written in Go) can read."""
    if not text or _ONLY_PERL.search(re.sub(r"\\[^1-9KGkg]", "_", text)):
        return False
    if any(int(bound) > 1000 for bounds in _REPEATED.findall(text) for bound in bounds if bound):
        return False
    try:
        return bool(re.compile(text))
    except (re.error, OverflowError, RecursionError):
        return False


def _destination(text: str) -> str:
    if is_name(text) or (network(text) and "%" not in text):
        return text
    try:
        hint = f"did you mean {ip_interface(text).network}?"
    except ValueError:
        hint = None
    raise FormError("a name, an address or a network such as db.home.arpa, 10.0.0.5 or 10.0.0.0/24", hint)


def _zone(text: str) -> str:
    from homelab.spec.zones import ZONES

    if text not in ZONES:
        raise FormError("a time zone such as Europe/Berlin", near(text, ZONES))
    return text


def is_image(text: str) -> bool:
    """Whether text names an image and its version: a tag, a digest, or both."""
    return _IMAGE.fullmatch(text) is not None


def _folder(text: str) -> bool:
    return re.fullmatch(r"(/[A-Za-z0-9._@+-]+)+", text) is not None and not {".", ".."} & set(text.split("/"))


def _text(value: object) -> object:
    """Numbers and switches as a program's environment holds them: `8080`, `true`."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) and isfinite(value) else value


def _mount_path(text: str) -> bool:
    steps = text.split("/")
    return re.fullmatch(r"/var/mnt(/[A-Za-z0-9._-]+)+", text) is not None and not {".", ".."} & set(steps)


Sentence = Annotated[str, form("printable text on one line", lambda text: bool(text.strip()) and text.isprintable())]
"""Free text for people, on one line."""
Url = Annotated[str, Field(max_length=2048), form("a URL such as https://example.org/path", is_url)]
"""An http or https URL; credentials have no place in it."""
HttpsUrl = Annotated[
    str, Field(max_length=2048), form("a URL such as https://example.org:8006/", lambda text: is_url(text, ("https",)))
]
"""An https URL."""
HostName = Annotated[str, form("a name or an address such as time.cloudflare.com", is_name)]
"""A host name or an IPv4 address."""
Destination = Annotated[str, Field(max_length=253), AfterValidator(_destination)]
"""A host name, an address, or a network with its prefix length."""
TimeZone = Annotated[str, AfterValidator(_zone)]
"""A name of the time zone database."""
Expression = Annotated[
    str, Field(max_length=1000), form("a regular expression such as ^(eth|en).* as Go reads them (RE2)", is_expression)
]
"""A regular expression for programs in Go."""
MountPath = Annotated[
    str, Field(max_length=255), form("a folder below /var/mnt, the only one that the kubelet sees", _mount_path)
]
"""A folder on a Talos machine that pods can mount."""
Revision = Annotated[
    str,
    Field(max_length=244),
    form(
        "a branch such as main", lambda text: bool(text) and not (_IN_REVISION.search(text) or _OF_SHELLS.search(text))
    ),
]
"""A branch, a tag or a commit, as git names them, but for characters that a shell reads."""
Repository = Annotated[
    str,
    Field(max_length=2048),
    form(
        "a repository URL that begins with https://, ssh:// or git@",
        is_repository,
    ),
]
"""Where git clones from, without a password in it."""
Device = Annotated[str, form("a device such as /dev/sda", matches(r"/dev(/[A-Za-z0-9][A-Za-z0-9_.:+-]*){1,4}"))]
"""A disk of a machine by its path."""
Disk = Annotated[
    str, form("the name of a disk such as sdb", matches(r"[a-z][A-Za-z0-9_.:+-]*(/[A-Za-z0-9_.:+-]+){0,3}"))
]
"""A disk of a machine by its name below `/dev`."""
Storage = Annotated[
    str, form("the id of a Proxmox storage such as local-zfs", matches(r"[A-Za-z][A-Za-z0-9._-]{0,98}[A-Za-z0-9]"))
]
"""A storage of Proxmox by its id."""
Bridge = Annotated[str, form("a network bridge such as vmbr0", matches(r"[A-Za-z][A-Za-z0-9_.]{0,14}"))]
"""A network bridge, whose name Linux cuts at fifteen characters."""
Tag = Annotated[
    str,
    form("a tag of Proxmox: lower-case letters, digits, '_', '-', '+', '.'", matches(r"[a-z0-9_][a-z0-9_+.-]{0,59}")),
]
"""A tag of a virtual machine."""
Bucket = Annotated[
    str,
    form(
        "a bucket name: 3 to 63 lower-case letters, digits, '-' and '.'",
        lambda text: (
            re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text) is not None
            and not re.search(r"\.[.-]|-\.", text)
            and not text.replace(".", "").isdigit()
        ),
    ),
]
"""A bucket by the rules of S3."""
Region = Annotated[str, form("a region such as eu-central-1", matches(r"[a-z0-9][a-z0-9-]{0,62}"))]
"""A region of an S3 service."""
Channel = Annotated[str, form("a channel such as '#alerts'", matches(r"[#@]?[^\s#@,<>\x00-\x1f\x7f]{1,80}"))]
"""A Slack channel."""
Email = Annotated[
    str,
    form(
        "an address such as me@example.org",
        lambda text: (
            re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", text) is not None
            and is_name(text.rpartition("@")[2])
        ),
    ),
]
"""A mail address."""
Argument = Annotated[str, form("one kernel argument such as net.ifnames=0", matches(r"[!#-&(-\[\]-~]{1,256}"))]
"""A kernel argument: printable, without spaces, quotes and backslashes."""
Registry = Annotated[
    str,
    form(
        "a registry such as docker.io or registry.lan:5000",
        lambda text: text == "*" or (is_url(f"https://{text}") and not set(text) & set("/?#")),
    ),
]
"""An image registry by its name, or `*` for all others."""
Parameter = Annotated[
    str, form("a kernel parameter such as vm.max_map_count", matches(r"[a-z][a-z0-9_-]*([./][A-Za-z0-9_:-]+){1,8}"))
]
"""A kernel parameter by its name."""
RULED = "judged by a rule"
"""Marks text whose form a rule of `spec.rules` judges, with a sentence that depends on the rest of the file."""
Address = Annotated[str, RULED]
"""An IPv4 address."""
Network = Annotated[str, RULED]
"""An IPv4 network with its prefix length."""
Range = Annotated[str, RULED]
"""First and last IPv4 address."""
RESOLVED = "resolved by name"
"""Marks a name that is looked up: what it does not refer to is a mistake with the nearest right word."""
Name = Annotated[str, RESOLVED]
"""A name that refers to something that homelab knows."""
Glob = Annotated[str, form("a glob over namespace/kind/name such as n8n-*/Deployment/*", matches(r"[!-~]{1,400}"))]
"""A pattern with `*` and `?`."""
Image = Annotated[
    str, Field(max_length=512), form("an image with its version such as docker.io/library/nginx:1.29.1", is_image)
]
"""An image by its name and its tag or digest."""
ChartRepository = Annotated[
    str,
    Field(max_length=2048),
    form(
        "a chart repository such as https://charts.example.org or oci://ghcr.io/example/charts",
        lambda text: is_url(text, ("https", "oci")) and not set(text) & set("?#"),
    ),
]
"""Where Argo CD takes a chart from."""
ChartName = Annotated[str, form("the name of a chart such as app-template", matches(r"[a-z0-9][a-z0-9._-]{0,127}"))]
"""A chart by its name in its repository."""
ChartVersion = Annotated[
    str,
    form(
        "a whole version such as 4.1.1",
        matches(r"v?[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(-[0-9A-Za-z.-]{1,100})?(\+[0-9A-Za-z.-]{1,100})?"),
    ),
]
"""A version of a chart, and no range of versions."""
Variable = Annotated[str, form("the name of a variable such as BASE_URL", matches(r"[A-Za-z_][A-Za-z0-9_]{0,127}"))]
"""A variable of a program's environment."""
VariableText = Annotated[
    str,
    BeforeValidator(_text),
    Field(max_length=8192),
    form("text, a number, true or false", lambda text: "\0" not in text),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
"""The value of a variable."""
Word = Annotated[str, Field(max_length=8192), form("text", lambda text: "\0" not in text)]
"""One word of a command line."""
Folder = Annotated[str, Field(max_length=255), form("a folder in the container such as /config", _folder)]
"""A folder as a program sees it."""
HttpPath = Annotated[str, form("a path such as /health", matches(r"/[!-~]{0,255}"))]
"""The path of a URL."""
PortName = Annotated[
    str,
    form(
        "the name of a port: at most 15 lower-case letters, digits and '-'", matches(r"[a-z]([a-z0-9-]{0,13}[a-z0-9])?")
    ),
]
"""A port by its name (RFC 6335)."""
LabelKey = Annotated[
    str,
    form(
        "the key of a label such as app.kubernetes.io/name",
        matches(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"),
    ),
]
"""The key of a label."""
LabelValue = Annotated[str, form("the value of a label", matches(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?"))]
"""The value of a label."""
