"""Whom the API server of a twin trusts when it calls, and with which certificate a stand-in answers."""

from __future__ import annotations

import base64

from homelab.cluster.api import ApiRefused, Event
from homelab.twin.callbacks.certificates import Certificates, accepted
from homelab.twin.callbacks.injector import HOOKS, Injector
from homelab.twin.callbacks.trust import callers, trusting
from homelab.twin.keys import Keys, Signer

SERVICE = {"service": {"name": "web", "namespace": "shop"}}
BUNDLE = b"-----BEGIN CERTIFICATE-----\nOURS"
OTHER = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nTHEIRS").decode()


def hooks(annotations=None, **client):
    """A webhook configuration of one webhook."""
    meta = {"name": "hooks", "resourceVersion": "7", "annotations": annotations or {}}
    webhook = {"name": "v.example.org", "clientConfig": client}
    return {"kind": "ValidatingWebhookConfiguration", "metadata": meta, "webhooks": [webhook]}


def written(place):
    """The patch that writes our bundle."""
    return [{"op": "add", "path": f"{place}/caBundle", "value": base64.b64encode(BUNDLE).decode()}]


def test_trust_is_written_where_nobody_wrote_it():
    """A filler is nobody's; a bundle of somebody else stays, and so does a webhook outside of the cluster."""
    place = "/webhooks/0/clientConfig"
    assert trusting(hooks(**SERVICE), BUNDLE) == written(place)
    assert trusting(hooks(**SERVICE, caBundle="Cg=="), BUNDLE) == written(place)
    assert trusting(hooks(**SERVICE, caBundle="no base64"), BUNDLE) == written(place)
    assert trusting(hooks(**SERVICE, caBundle=OTHER), BUNDLE) == []
    assert trusting(hooks(**SERVICE, caBundle=base64.b64encode(BUNDLE).decode()), BUNDLE) == []
    assert trusting(hooks(url="https://hooks.example.org"), BUNDLE) == []


def test_who_asks_for_trust_gets_ours_once():
    """As cainjector does, whatever stood there; and then it is left alone."""
    asks = {"cert-manager.io/inject-ca-from": "shop/web"}
    assert trusting(hooks(asks, **SERVICE, caBundle=OTHER), BUNDLE) == written("/webhooks/0/clientConfig")
    assert trusting(hooks(asks, **SERVICE, caBundle=base64.b64encode(BUNDLE).decode()), BUNDLE) == []


def test_aggregated_apis_and_conversions_are_calls_too():
    """An APIService that checks nobody needs no bundle; a kind of the server itself calls nobody."""

    def api(**spec):
        return {"kind": "APIService", "metadata": {"name": "a"}, "spec": {"group": "x", **spec}}

    assert trusting(api(**SERVICE), BUNDLE) == written("/spec")
    assert trusting(api(**SERVICE, insecureSkipTLSVerify=True), BUNDLE) == []
    assert trusting(api(), BUNDLE) == []
    conversion = {"strategy": "Webhook", "webhook": {"clientConfig": SERVICE}}
    crd = {"kind": "CustomResourceDefinition", "metadata": {"name": "c"}, "spec": {"conversion": conversion}}
    assert trusting(crd, BUNDLE) == written("/spec/conversion/webhook/clientConfig")
    assert [(each.by, each.service, each.path) for body in (api(**SERVICE), crd) for each in callers(body)] == [
        ("x", "web.shop.svc", "/"),
        ("conversion", "web.shop.svc", "/"),
    ]


class Edited:
    """An API that remembers what was edited, and refuses with a code."""

    def __init__(self, code=0):
        self.code, self.edits = code, []

    def edit(self, _body, patch):
        """Remember, or refuse."""
        if self.code:
            raise ApiRefused("no", self.code, "")
        self.edits.append(patch)


def test_an_object_that_changed_in_between_is_not_written_to():
    """Its version is part of the change; the refusal is silent, any other is told with the object's name."""
    api, said = Edited(), []
    injector = Injector(api, BUNDLE, said.append)
    injector.learn(hooks(**SERVICE))
    same = {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    assert api.edits == [[same, *written("/webhooks/0/clientConfig")]]
    for code in (409, 422, 403):
        api.code = code
        injector.learn(hooks(**SERVICE))
    assert said == ["ValidatingWebhookConfiguration/hooks: no"]


def test_who_calls_is_known_by_service_and_path():
    """A record names the webhook and not only the program."""
    injector = Injector(Edited(), BUNDLE, print)
    service = {"service": {**SERVICE["service"], "path": "/validate"}}
    injector.learn(hooks(**service, caBundle=OTHER))
    assert injector.names("web.shop.svc", "/validate") == "v.example.org"
    assert injector.names("web.shop.svc", "/other") == ""
    assert injector.bundles("web.shop.svc") == {base64.b64decode(OTHER)}
    assert injector.bundles("other.shop.svc") == frozenset()


class Told:
    """An API whose list, an object a page, and whose watch are given."""

    def __init__(self, listed, *events):
        self.listed, self.events = listed, events
        self.edit = Edited().edit

    def kind(self, *_):
        """Any kind."""
        return self

    def path(self):
        """Any path."""
        return "/x"

    def call(self, _method, path):
        """A page of the list."""
        number = int(path.partition("continue=")[2] or 0)
        more = {"continue": str(number + 1)} if number + 1 < len(self.listed) else {}
        return {"items": self.listed[number : number + 1], "metadata": {"resourceVersion": "1", **more}}

    def watch(self, *_):
        """The events."""
        yield from self.events


def test_what_is_deleted_calls_nobody_any_more():
    """Lists of many pages and watches are taken in; who is gone, from either, is forgotten."""
    about = HOOKS, "ValidatingWebhookConfiguration"
    bodies = [hooks(service={"name": name, "namespace": "shop"}) for name in ("one", "two")]
    for name, body in zip(("one", "two"), bodies, strict=True):
        body["metadata"]["name"] = name
    api = Told(bodies, Event("DELETED", bodies[0]), Event("BOOKMARK", {"metadata": {"resourceVersion": "9"}}))
    injector = Injector(api, BUNDLE, print)

    def known():
        return [name for name in ("one", "two") if injector.names(f"{name}.shop.svc", "/")]

    assert injector._list(*about) == "1"
    assert known() == ["one", "two"]
    bodies[0]["metadata"]["resourceVersion"] = "8"
    assert injector._watch(*about, "1") == "9"
    assert known() == ["two"]
    api.listed = bodies[:1]
    injector._list(*about)
    assert known() == ["one"]


def chart(folder, host):
    """What a chart renders: a bundle, and the Secret whose certificate it believes for a host."""
    keys = Keys(folder)
    certificate, key = (
        file.read_bytes() for file in Signer(keys.authority, keys.key(Keys.AUTHORITY)).files(folder / "pair", host)
    )
    data = {"tls.crt": base64.b64encode(certificate).decode(), "tls.key": base64.b64encode(key).decode()}
    return keys.authority.read_bytes(), certificate, {"data": data}


def test_a_certificate_is_accepted_as_the_api_server_would(tmp_path):
    """For its names, from its authority, or because it is trusted itself."""
    bundle, certificate, _ = chart(tmp_path / "a", "web.shop.svc")
    other, wild, _ = chart(tmp_path / "b", "*.shop.svc")
    assert accepted(certificate, bundle, "web.shop.svc")
    assert accepted(certificate, certificate, "web.shop.svc")
    assert accepted(wild, bundle + other, "web.shop.svc")
    assert not accepted(certificate, bundle, "api.shop.svc")
    assert not accepted(certificate, other, "web.shop.svc")
    assert not accepted(b"none", bundle, "web.shop.svc")
    assert not accepted(other, other, "web.shop.svc")  # an authority names no host


def test_the_pair_of_a_chart_is_shown_where_its_bundle_is_trusted(tmp_path):
    """Looked up among the Secrets beside the Service; what the twin signs is made once."""
    bundle, certificate, secret = chart(tmp_path / "chart", "web.shop.svc")
    keys = Keys(tmp_path / "keys")
    ours = keys.authority.read_bytes()
    signer = Signer(keys.authority, keys.key(Keys.AUTHORITY))
    trusted, asked_for = {"web.shop.svc": frozenset({bundle})}, []

    def secrets(namespace):
        asked_for.append(namespace)
        return [{"data": None}, {"data": {"tls.crt": "?", "tls.key": "?"}}, secret]

    made = Certificates(tmp_path / "made", signer, ours, lambda name: trusted.get(name, frozenset({ours})), secrets)
    made.context("web.shop.svc")
    assert asked_for == ["shop"]
    assert certificate in {file.read_bytes() for file in (tmp_path / "made").glob("*.crt")}
    assert made.context("api.shop.svc") is made.context("api.shop.svc")
    assert asked_for == ["shop"]
    assert made.context("") is made.context("")
