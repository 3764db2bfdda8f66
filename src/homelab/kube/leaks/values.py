"""Values: whether a text is a secret by what it is and where it stands. Nothing here ever returns the text itself.

Three things are asked: does the key promise a secret (`telling`), is the text something else that may stand there (`harmless`:
a reference, a placeholder, a path, a setting), and does it look like a secret wherever it stands (`form_of`, `strong`).
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

MEANT = (
    ("password",), ("passwd",), ("passphrase",), ("pwd",), ("pass",), ("pw",), ("token",), ("secret",), ("bootstraptoken",),
    ("api", "key"), ("apikey",), ("access", "key"), ("secret", "key"), ("private", "key"), ("privatekey",), ("encryption", "key"),
    ("signing", "key"), ("auth", "key"), ("authkey",), ("license", "key"), ("tls", "key"), ("key", "data"), ("client", "key"),
    ("ssh", "key"), ("master", "key"), ("account", "key"), ("service", "key"), ("unseal", "key"), ("hmac", "key"), ("credential",),
    ("application", "key"), ("secretkey",), ("encryptionkey",), ("identity", "key"), ("keydata",), ("userinfo",),
)  # fmt: skip
"""How the words of a key end that promises a secret."""
NAMES = frozenset(
    {"existing", "name", "ref", "pull", "public", "key", "csrf", "next", "page", "max", "min", "num", "total", "use", "create",
     "auto", "automount", "mount", "enable", "enabled", "disable", "require", "required", "allow", "show", "reset", "forgot"}
)  # fmt: skip
"""Words in a key that make it a name, a number or a switch about secrets (`existingSecret`, `maxToken`)."""
TAILS = frozenset({"value", "b", "base", "plain", "text", "string"})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_FILLED = re.compile(
    r"\$\{|\{\{|\$\(|%\{|<path:|@@[A-Z_]+@@|^\$[A-Za-z_]\w*$|^\$(?:1|2[abxy]|5|6|7|y|argon2\w*|pbkdf2\S*|scrypt)\$"
    r"|^ENC\[|^Ag[A-Z][A-Za-z0-9+/]{60,}|^!(?:vault|env|secret|ref)\b|__[A-Z]|%[A-Z_]+%|^\s*$"
)
"""Filled in before it is used, or sealed."""
_REFERENCE = re.compile(
    r"^(?:op|vault|bao|ref\+\w+|secretref\+\w+|env|file|sops|doppler|bws?|infisical|aws\w*|gcp\w*|azure\w*|akeyless|keepass|"
    r"pass|secret|k8s|kubernetes|projects|arn|sm|ssm)[:+]",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"^(?:n/a|<[^<>]*>|\[[^\[\]]*\]|\{[^{}]*\}|x+|\*+|\.+|-+|_+|#+|\?+)$", re.IGNORECASE)
_STANDS_FOR = frozenset(
    {"changeme", "changeit", "replaceme", "placeholder", "todo", "tbd", "fixme", "example", "dummy", "redacted", "insert",
     "your", "yours", "none", "null", "nil", "unset", "undefined", "empty", "here", "masked", "hidden", "fake", "sample",
     "true", "false", "yes", "no", "on", "off", "auto", "automatic", "generated", "generate", "required", "optional",
     "disabled", "enabled", "default", "basic", "bearer", "string", "managed"}
)  # fmt: skip
_CHANGE = re.compile(
    r"change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|with|this)|xxxx|\*\*\*|(?<![a-z])(?:put|fill)[-_ ]", re.IGNORECASE
)
_AMOUNT = re.compile(r"^-?[0-9]{1,5}(?:\.[0-9]+)?\s*(?:[a-zA-Z]{1,3}|%)?$")
_PATH = re.compile(r"^(?:~|\.{1,2})?/[\w.@-]+(?:/[\w.@-]+)*/?$")
_HOST = re.compile(
    r"^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?(?:/.*)?$|^\d+(?:\.\d+){3}(?::\d+|/\d+)?$",
    re.IGNORECASE,
)
_PUBLIC = re.compile(
    r"^(?:ssh-(?:rsa|ed25519|dss) |ecdsa-|age1[a-z0-9]{20,}$|p(?:hc_|k_)|-----BEGIN (?:CERTIFICATE|PUBLIC))"
)
_EMAIL = re.compile(r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$")
_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HASHED = re.compile(r"^(?:\{(?:SSHA|SHA|CRYPT|ARGON2)|pbkdf2|argon2|scrypt|sha(?:1|256|512)[:$])", re.IGNORECASE)

FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY(?: BLOCK)?-----[\s\\nr]+[A-Za-z0-9+/=\s\\:,-]{40,}")),
    ("an age key", re.compile(r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b")),
    ("a token of GitHub", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})")),
    ("a token of GitLab", re.compile(r"\bgl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}")),
    ("a token of Slack", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{20,}")),
    ("a webhook of Slack", re.compile(r"hooks\.slack\.com/(?:services|workflows)/T[A-Z0-9]{6,}/[AB][A-Z0-9]{6,}/[A-Za-z0-9]{20,}")),
    ("a webhook of Discord", re.compile(r"discord(?:app)?\.com/api/webhooks/\d{15,}/[A-Za-z0-9_-]{50,}")),
    ("a token of Telegram", re.compile(r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b")),
    ("a key of Stripe", re.compile(r"\b[sr]k_live_[A-Za-z0-9]{20,}")),
    ("a key of Google", re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    ("a token of Vault", re.compile(r"\bhv[sb]\.[A-Za-z0-9_-]{24,}")),
    ("a key of Tailscale", re.compile(r"\btskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,}-[A-Za-z0-9]{20,}")),
    ("a token of npm", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a key of SendGrid", re.compile(r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b")),
    ("a token of DigitalOcean", re.compile(r"\bdo[opr]_v1_[a-f0-9]{64}\b")),
    ("a signed token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}")),
)  # fmt: skip
"""Texts that are secrets wherever they stand, by who gives them out."""
_LOGIN = re.compile(
    r"[a-z][a-z0-9+.-]{0,20}://(?P<user>[^\s:/@'\"<>{}()\[\]]{0,256}):(?P<password>[^\s@/'\"]{1,512})@[^\s'\"]",
    re.IGNORECASE,
)
"""Bounded, so that no text costs more than its length."""
_ANY = re.compile(
    r"-----BEGIN|AGE-SECRET|gh[pousr]_|github_pat|gl(?:pat|dt|rt|ptt)-|xox|hooks\.slack|/webhooks/|:AA|k_live|AIza|hv[sb]\.|tskey|npm_|SG\.|_v1_|eyJ|://"
)


@lru_cache(maxsize=4096)
def words(key: str) -> tuple[str, ...]:
    """The words of a key, whatever its case: `dbPassword`, `DB_PASSWORD` and `db-password` are the same."""
    return tuple(word.lower() for word in _WORDS.findall(key))


@lru_cache(maxsize=4096)
def telling(key: str) -> bool:
    """Whether a key promises a secret: `DB_PASSWORD`, `apiKey`; not what is about one (`password_min_length`, `tokenPath`)."""
    found = list(words(key))
    while len(found) > 1 and (found[-1] in TAILS or found[-1].isdigit()):
        found.pop()
    for meant in MEANT:
        if tuple(found[-len(meant) :]) == meant:
            return not NAMES & set(found[: -len(meant)])
    return False


@lru_cache(maxsize=4096)
def names_another(key: str) -> bool:
    """Whether a key that promises a secret may as well name an object that holds it: `tlsSecret`, `secretKey`, `credential`."""
    found = words(key)
    return bool(found) and (
        found[-1] in {"secret", "credential"} or found[-2:] in {("secret", "key"), ("access", "key")}
    )


def harmless(text: str) -> bool:
    """Whether a text is none of its own: empty, a placeholder, a reference, filled in later, hashed, a path, a host, an amount."""
    text = text.strip()
    if len(text) < 3 or any(sign.search(text) for sign in (_FILLED, _REFERENCE, _WHOLE, _PUBLIC, _HASHED)):
        return True
    if len(text) < 256 and (_CHANGE.search(text) or _STANDS_FOR & set(re.split(r"[^a-z0-9]+", text.lower()))):
        return True
    if _URL.match(text):
        return _LOGIN.search(text) is None
    return any(sign.match(text) for sign in (_AMOUNT, _PATH, _HOST, _EMAIL))


def strong(text: str) -> bool:
    """Whether a text looks like a password or a key, and like nothing a person calls a thing: letters and digits, no blanks."""
    if not 8 <= len(text) <= 4096 or any(map(str.isspace, text)) or harmless(text):
        return False
    kinds = sum(
        map(
            bool,
            (re.search("[a-z]", text), re.search("[A-Z]", text), re.search("[0-9]", text), re.search(r"[^\w-]", text)),
        )
    )
    if kinds < 2:
        return False
    return re.fullmatch(r"[a-z]+(?:[-_.][a-z]+)*(?:[-_.]?v?[0-9]{1,2})?", text) is None


def random(text: str) -> bool:
    """Whether a text is so mixed that nobody chose it: long, of three kinds of characters, or a long number in hexadecimal."""
    if len(text) < 20 or not strong(text) or "/" in text[:1]:
        return False
    if re.fullmatch(r"[0-9a-f]{32,}", text):
        return True
    mixed = all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    changes = sum(a.isdigit() != b.isdigit() or a.isupper() != b.isupper() for a, b in itertools.pairwise(text))
    return mixed and changes >= len(text) // 4 and re.fullmatch(r"[\w+/=.~-]+", text) is not None


def form_of(text: str) -> str | None:
    """What secret a text holds wherever it stands: a private key, a known kind of token, a login in a URL."""
    if not _ANY.search(text):
        return None
    for what, form in FORMS:
        if (found := form.search(text)) and not _CHANGE.search(found[0]) and "EXAMPLE" not in found[0]:
            return what
    for found in _LOGIN.finditer(text):
        password = found["password"]
        if not harmless(password) and password.lower() not in {
            "password",
            "pass",
            "pwd",
            "secret",
            found["user"].lower(),
        }:
            return "a login in a URL"
    return None
