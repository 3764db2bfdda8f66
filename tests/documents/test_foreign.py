"""Templates and encrypted files are told from YAML, and YAML with braces is not taken for a template."""

from __future__ import annotations

import pytest

from homelab.documents.foreign import Foreign, foreign
from homelab.documents.read import templated


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a: {{ .Values.b }}\n", Foreign.GO_TEMPLATE),
        ("{{- if .Values.x }}\na: 1\n{{- end }}\n", Foreign.GO_TEMPLATE),
        ("{% for x in y %}\n- a\n{% endfor %}\n", Foreign.JINJA_TEMPLATE),
        ("#% if x %#\na: 1\n#% endif %#\n", Foreign.JINJA_TEMPLATE),
        ("{# note #}\na: {{ b }}\n", Foreign.JINJA_TEMPLATE),
        ("a: {{ b }}\n", Foreign.TEMPLATE),
        (b"\0GITCRYPT\0\x12\x34", Foreign.GIT_CRYPT),
        (b"age-encryption.org/v1\n-> X25519", Foreign.AGE),
        ("-----BEGIN AGE ENCRYPTED FILE-----\n", Foreign.AGE),
        ("$ANSIBLE_VAULT;1.1;AES256\n6161\n", Foreign.VAULT),
        ("data: ENC[AES256_GCM,data:x]\nsops:\n  mac: x\n", Foreign.SOPS),
    ],
)
def test_a_file_that_is_no_yaml_is_named(text: bytes | str, kind: Foreign) -> None:
    """Each kind is recognised; all but SOPS, whose keys are true, are skipped."""
    assert foreign(text) is kind
    assert templated(text) is (kind is not Foreign.SOPS)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "a: '{{ .name }}'\n",
        "description: |\n  {{ $labels.pod }} is down\n",
        "name: x-{{ .path }}\n",
        "# 100 % sure\na: 1\n",
        "a: [b\n",
        "a: sops:\n",
        b"\xff\xfe",
    ],
)
def test_braces_in_strings_are_no_template(text: bytes | str) -> None:
    """Alert texts, ApplicationSets and plainly broken files are what they are."""
    assert foreign(text) is None
    assert not templated(text)
