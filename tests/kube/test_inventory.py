"""Inventory: its memoised joins say what plain loops over all objects would say."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from homelab.errors import Place
from homelab.findings import Subject
from homelab.ground import DeclaredSecret, Ground
from homelab.kube.facts import Produces, Role
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest, Origin, Resource
from homelab.kube.selector import matches, selects
from homelab.kube.workload import Workload

SPACES, KEYS, VALUES = st.sampled_from(["a", "b"]), st.sampled_from(["k", "l"]), st.sampled_from(["1", "2"])
PAIRS = st.dictionaries(KEYS, VALUES, max_size=2)
EXPRESSIONS = st.lists(
    st.builds(
        lambda key, operator, values: {"key": key, "operator": operator, "values": values},
        KEYS,
        st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
        st.lists(VALUES, max_size=2),
    ),
    max_size=2,
)
SELECTORS = st.one_of(
    st.none(),
    st.builds(lambda equal, more: {"matchLabels": equal, "matchExpressions": more}, PAIRS, EXPRESSIONS),
    st.builds(lambda equal: {"matchLabels": equal}, PAIRS),
)


def body(kind: str, space: str, name: str, **spec: object) -> Manifest:
    group = {"Deployment": "apps/v1", "PodDisruptionBudget": "policy/v1"}.get(kind, "v1")
    return {"apiVersion": group, "kind": kind, "metadata": {"name": name, "namespace": space}, "spec": spec}


def of(*bodies: Manifest, **more: Any) -> Inventory:
    return Inventory(tuple(Resource(b, Origin("a.yaml", n)) for n, b in enumerate(bodies)), **more)


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Workloads, Services and budgets in two namespaces with labels that meet often."""
    found = [
        body("Deployment", space, f"d{n}", template={"metadata": {"labels": labels}})
        for n, (space, labels) in enumerate(draw(st.lists(st.tuples(SPACES, PAIRS), max_size=5)))
    ]
    found += [
        body("Service", space, f"s{n}", selector=labels)
        for n, (space, labels) in enumerate(draw(st.lists(st.tuples(SPACES, PAIRS), max_size=4)))
    ]
    found += [
        body("PodDisruptionBudget", space, f"p{n}", selector=chosen)
        for n, (space, chosen) in enumerate(draw(st.lists(st.tuples(SPACES, SELECTORS), max_size=4)))
    ]
    return of(*found)


@given(inventories(), SPACES, SELECTORS)
def test_select_is_a_loop(found: Inventory, space: str, chosen: dict[str, Any] | None) -> None:
    """The index by label gives what asking every workload gives, in the same order."""
    naive = tuple(w for w in found.workloads if w.namespace == space and matches(chosen, w.labels))
    assert found.select(space, chosen) == naive


@given(inventories())
def test_services_and_budgets_of_a_workload_are_loops(found: Inventory) -> None:
    """Joins from the workload's side and from the other's are one relation."""
    for workload in found.workloads:
        space, labels = workload.namespace, workload.labels
        services = [s for s in found.of("Service") if s.namespace == space and selects(s.get("spec.selector"), labels)]
        budgets = [
            b
            for b in found.of("PodDisruptionBudget")
            if b.namespace == space and matches(b.get("spec.selector"), labels)
        ]
        assert list(found.services_of(workload)) == services
        assert list(found.budgets_of(workload)) == budgets
        assert all(workload in found.workloads_of(service) for service in services)
        assert all(workload in found.workloads_of_budget(budget) for budget in budgets)


@given(inventories())
def test_looking_up_is_a_loop(found: Inventory) -> None:
    """By kind, by name and by subject; of two of one name the first."""
    for resource in found.resources:
        assert found.get(resource.kind, resource.namespace, resource.name) == resource
        assert found.subject(resource.subject) == resource
        assert found.lookup(resource.kind, resource.namespace, resource.name) == resource.body
    assert found.get("Deployment", "a", "none") is None
    assert found.lookup("Deployment", "a", "none") is None
    assert set(found.namespaces) == {r.namespace for r in found.resources}


def test_a_pods_own_name_names_its_stateful_set() -> None:
    """A Service for one pod of a StatefulSet selects by the label that Kubernetes gives the pod."""
    pods = {"template": {"metadata": {"labels": {"app": "db"}}}}
    chosen = {"app": "db", "statefulset.kubernetes.io/pod-name": "db-0"}
    sets = [{**body("StatefulSet", "a", name, **pods), "apiVersion": "apps/v1"} for name in ("db", "other")]
    found = of(*sets, body("Service", "a", "first", selector=chosen))
    assert [w.name for w in found.workloads_of(found.of("Service")[0])] == ["db"]


def test_the_fewest_replicas_are_those_of_the_scaler() -> None:
    """An autoscaler's floor replaces what is declared; without one it is one."""
    web = body("Deployment", "a", "web", replicas=5)
    target = {"kind": "Deployment", "name": "web"}
    assert of(web).least_replicas(Workload(of(web).resources[0])) == 5
    for kind, spec, expected in (
        ("HorizontalPodAutoscaler", {"minReplicas": 2}, 2),
        ("ScaledObject", {"minReplicaCount": 0}, 0),
        ("HorizontalPodAutoscaler", {}, 1),
    ):
        found = of(web, body(kind, "a", "scaler", scaleTargetRef=target, **spec))
        assert found.least_replicas(found.workloads[0]) == expected
        assert [s.name for s in found.scalers_of(found.workloads[0])] == ["scaler"]


def test_what_appears_at_run_time_exists() -> None:
    """What facts say is made exists, in its namespace or in every one; secrets declared and not sealed are pending."""
    made = Produces(Subject("Cluster", "db", "a"), (Subject("Secret", "db-app", "a"), Subject("Secret", "shared", "*")))
    secrets = tuple(DeclaredSecret(name, "a", "for a test", ()) for name in ("db-app", "missing"))
    found = of(facts=(made,), ground=Ground(secrets=secrets))
    names = ("db-app", "shared", "none")
    assert [n for n in names if found.exists("Secret", "a", n)] == ["db-app", "shared"]
    assert [n for n in names if found.exists("Secret", "b", n)] == ["shared"]
    assert [s.name for s in found.pending] == ["missing"]
    assert of().pending == frozenset()


def test_facts_are_found_by_type_and_subject() -> None:
    """Facts of one type, all or about one subject."""
    one, two = Role(Subject("X", "a"), "run"), Role(Subject("X", "b"), "run")
    found = of(facts=(one, two))
    assert found.facts_of(Role) == (one, two)
    assert found.facts_about(Subject("X", "b"), Role) == (two,)
    assert found.facts_of(Produces) == found.facts_about(Subject("X", "b"), Produces) == ()


def test_places_are_those_of_the_owner() -> None:
    """A field's place is asked of the file; what a chart made stands where its values stand."""
    asked: list[tuple[str, int, tuple[str, ...]]] = []

    def locate(file: str, index: int, path: tuple[str, ...]) -> Place:
        asked.append((file, index, path))
        return Place(file)

    by_file = Resource({}, Origin("a.yaml", 2))
    by_chart = Resource({}, Origin("values.yaml", 0, "chart", key="server.replicas"))
    found = Inventory((by_file, by_chart), locate=locate)
    found.place(by_file, "spec.replicas")
    found.place(by_chart, "spec.replicas")
    assert asked == [("a.yaml", 2, ("spec", "replicas")), ("values.yaml", 0, ("server", "replicas"))]
    assert of().place(by_file) is None
