"""What a drill shows of a commit: what Argo CD deletes, what it leaves behind, which claims go, and whose pods are made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from homelab.findings import Subject
from homelab.gitops.commits.deletion import Deleted, deleted
from homelab.gitops.commits.immutable import refused
from homelab.kube.admission.served import GONE
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.twin.drills.looks import REAL
from homelab.twin.drills.naming import OTHERS, about, key
from homelab.twin.drills.rows import By, Row, Seen
from homelab.twin.drills.scenario import Expectation
from homelab.twin.drills.scene import Record, Scene

CLAIM = "PersistentVolumeClaim"
BEHIND = (
    "what it would prune and may not, or change and cannot, leaves an Application OutOfSync until somebody deletes it"
)
"""Source: Argo CD's user guide, Sync Options, *No Prune Resources*."""
UNKNOWN = "Argo CD asks for the repository anew, and is not answered"


def goes(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Everything that Argo CD and Kubernetes delete, a row for each kind of which something goes, and one for all others."""
    by_kind: dict[str, dict[str, str]] = defaultdict(dict)
    for each in _deleted(scene):
        by_kind[each.resource.kind].setdefault(str(each.resource.subject), each.because)
    for kind, names in sorted(by_kind.items()):
        says, because = f"{kind}s that are deleted", "; ".join(sorted(set(names.values())))
        yield Row(key(expectation, kind), says, sorted(names), By.ARGO_CD, because=because)
    rest = "of other kinds" if by_kind else "that the repository declares and"
    yield Row(key(expectation, OTHERS), f"objects {rest} that are deleted", [], By.ARGO_CD)


def goes_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Objects of before that are there no more."""
    gone = _gone(record, expectation)
    kinds = {about(row) for row in rows}
    for row in rows:
        own = {kind for kind in (about(row),) if kind != OTHERS}
        yield Seen(row.id, [each for each in gone if _kind(each) in own or (not own and _kind(each) not in kinds)])


def stays(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """What nobody deploys any more, and stays: it has to be deleted by hand, or taken back into the repository."""
    if scene.change is None or scene.change.breaks:
        return
    for resource in left(scene.inventory, scene.change.inventory):
        says = f"{resource.subject} stays, though nobody deploys it"
        yield Row(key(expectation, resource.subject), says, value=True, by=By.ARGO_CD)


def stays_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Whether each is still there."""
    there = set(record.looks[expectation.at].objects)
    yield from (Seen(row.id, about(row) in there) for row in rows)


def claims(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Claims that go, and with them the data where the class deletes: those that are pruned, and those whose maker or namespace is."""
    found = list(_deleted(scene))
    makers = {f"{each.resource.kind} {each.resource.namespace}/{each.resource.name}" for each in found}
    spaces = {each.resource.name for each in found if each.resource.kind == "Namespace"}
    going = [each.resource for each in found if each.resource.kind == CLAIM]
    made = [each for each in scene.inventory.of(CLAIM) if each.origin.maker == "operator"]
    made = [each for each in made if each.origin.via in makers or each.namespace in spaces]
    by = By.STOOD_IN if made else By.ARGO_CD
    names = sorted({f"{each.namespace}/{each.name}" for each in (*going, *made)})
    yield Row(key(expectation), "claims that go", names, by)


def claims_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """Claims of before that are there no more."""
    before = record.looks["before"].claims
    yield Seen(key(expectation), sorted(set(before) - set(record.looks[expectation.at].claims)))


def well(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """All Applications are Synced and Healthy, but for the one that is broken, and all that read what cannot be reached."""
    wrong, because = list[str](), ""
    if expectation.at == "back":
        pass
    elif scene.target.unreachable:
        wrong, because = sorted(each.name for each in scene.inventory.applications), UNKNOWN
    elif scene.change and scene.change.breaks:
        wrong, because = [scene.change.breaks], scene.change.title
    elif scene.change:
        wrong, because = unsynced(scene.inventory, scene.change.inventory), BEHIND
    elif scene.target.version:
        wrong, because = (
            unserved(scene.inventory, scene.target.version),
            "they deploy what the new version does not serve",
        )
    says = "Applications that are not Synced and Healthy"
    yield Row(key(expectation), says, wrong, By.ARGO_CD, because=because)


def well_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """What Argo CD says."""
    yield Seen(key(expectation), list(record.looks[expectation.at].unwell))


def again(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """What was deleted is made again when the commit is taken back."""
    yield Row(key(expectation), f"objects that are not there again after {scene.target.name}", [], By.ARGO_CD)


def again_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """Objects of before that are missing."""
    yield Seen(key(expectation), _gone(record, expectation))


def anew(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Workloads whose template is another, and may be: each of their pods is made anew; all other pods stay as they are."""
    after = scene.change.inventory if scene.change and not scene.change.breaks else scene.inventory
    before, then, there = _templates(scene.inventory), _templates(after), set(scene.before.subjects)
    there -= {each.resource.subject for each in refused(scene.inventory, after)}
    names = [subject for subject, body in before.items() if then.get(subject, body) != body and subject in there]
    yield Row(key(expectation), "workloads whose pods are made anew", sorted(map(str, names)), By.CONTROLLERS)


def anew_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """Workloads that have pods, and none of before."""
    before, now = record.looks["before"], record.looks[expectation.at]
    both = [each for each in before.subjects if each.kind in REAL - {"Job"} and now.of(each)]
    old = before.uids
    yield Seen(key(expectation), [str(each) for each in both if not old & {pod.uid for pod in now.of(each)}])


def _deleted(scene: Scene) -> tuple[Deleted, ...]:
    """What goes; nothing while Argo CD cannot read the repository, or cannot render the Application."""
    if scene.change is None or scene.change.breaks:
        return ()
    found = deleted(scene.inventory, scene.change.inventory)
    return tuple(each for each in found if tracked(each.resource))


def left(before: Inventory, after: Inventory) -> list[Resource]:
    """What is declared no more, and stays."""
    gone = {each.resource.identity for each in deleted(before, after)} | {each.identity for each in after.resources}
    return [each for each in before.resources if tracked(each) and each.identity not in gone]


def unsynced(before: Inventory, after: Inventory) -> list[str]:
    """Applications that are not in step with a commit: what they would prune may not go, or what they change cannot be changed.

    Those that stay though their source is gone are among them.
    """
    there = {each.name for each in after.applications}
    fixed = {each.resource.origin.application for each in refused(before, after)}
    stays = left(before, after)
    lost = {each.name for each in stays if each.kind == "Application"}
    return sorted({each.origin.application for each in stays} & there | lost | fixed)


def unserved(inventory: Inventory, version: str) -> list[str]:
    """Applications of which an object has a version of its API that this Kubernetes serves no more."""
    number = int(version.split(".")[1])
    gone = {pair for pair, each in GONE.items() if number >= each.minor}
    found = [each for each in inventory.resources if (each.api_version, each.kind) in gone and tracked(each)]
    return sorted({each.origin.application for each in found})


def tracked(resource: Resource) -> bool:
    """Whether Argo CD deploys an object and looks after it."""
    hooks = {"helm.sh/hook", "argocd.argoproj.io/hook"} & resource.annotations.keys()
    return resource.origin.maker != "operator" and bool(resource.origin.application) and not hooks


def _templates(inventory: Inventory) -> dict[Subject, object]:
    return {each.subject: dig(each.body, ["spec", "template"]) for each in inventory.resources if each.kind in REAL}


def _gone(record: Record, expectation: Expectation) -> list[str]:
    return sorted(set(record.looks["before"].objects) - set(record.looks[expectation.at].objects))


def _kind(subject: str) -> str:
    """The kind of `namespace/Kind/name` or `Kind/name`."""
    return subject.split("/")[-2]
