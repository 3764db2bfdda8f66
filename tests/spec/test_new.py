"""A first homelab.yaml: short, right, and asked for with as few questions as can be."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.errors import UsageError
from homelab.spec.load import loads
from homelab.spec.new import PROMPTS, Answers, smallest


def test_few_questions_are_asked():
    """Four questions, three of them with an answer already; nothing that can be derived is among them."""
    assert [prompt.key for prompt in PROMPTS] == ["address", "cpu", "memory", "disk"]
    assert [prompt.key for prompt in PROMPTS if prompt.default is None] == ["address"]
    assert [prompt.default({}) for prompt in PROMPTS if prompt.default] == ["4", "16Gi", "250GB"]


def test_smallest_lab_is_short_and_right():
    """At most fifteen lines, and everything else follows from the machine's address."""
    text = smallest(Answers("192.168.7.20", apps=("n8n",)))
    assert text.count("\n") <= 15
    homelab = loads(text)
    assert (homelab.network.nodes, homelab.network.gateway) == ("192.168.7.0/24", "192.168.7.1")
    assert homelab.network.load_balancers == "192.168.7.241-192.168.7.250"
    assert homelab.profile == "starter"
    assert homelab.apps == {"n8n": {}}


@given(st.integers(2, 254), st.sampled_from(["10.0.0", "192.168.1", "172.16.5"]))
def test_any_address_makes_a_lab_without_mistakes(last, prefix):
    """Wherever the machine stands in its network, the derived ranges keep out of its way."""
    homelab = loads(smallest(Answers(f"{prefix}.{last}")))
    first, _, end = homelab.network.load_balancers.partition("-")
    assert not IPv4Address(first) <= IPv4Address(f"{prefix}.{last}") <= IPv4Address(end)


def test_answers_can_be_given_instead_of_derived():
    """Whoever knows better says so, and a large machine is no starter."""
    text = smallest(
        Answers(
            "10.0.0.9", memory="64Gi", network="10.0.0.0/28", gateway="10.0.0.14", load_balancers="10.0.0.2-10.0.0.4"
        )
    )
    homelab = loads(text)
    assert (homelab.network.nodes, homelab.network.gateway, homelab.profile) == ("10.0.0.0/28", "10.0.0.14", "homelab")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (Answers("mini.lan"), "mini.lan is not an IPv4 address"),
        (Answers(""), "an empty answer"),
        (Answers("10.0.0.9", network="10.0.0.1/24"), "not a network"),
        (Answers("10.0.0.9", memory="much"), "memory is much, expected a size"),
        (Answers("10.0.0.9", name="My Lab"), "expected a DNS label"),
        (Answers("10.0.0.1"), "10.0.0.1 is also network.gateway"),
        (Answers("10.0.0.9", network="10.1.0.0/24"), "lies outside"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_answer_that_does_not_fit_is_a_sentence(answers, said):
    """A wrong answer is said at once, and no file is made of it."""
    with pytest.raises(UsageError, match=said):
        smallest(answers)
