"""Real Helm for whatever is judged: from options to somebody who renders, as `gitops` asks for it.

The order of roads is decided in two places: which chart is taken, by the store (given, carried by the repository, cached,
pulled); and what counts where none can be had, by `gitops.releases`.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from homelab.errors import HomelabError, ToolError
from homelab.gitops.rendering import Answer, Asked, NotAtHand, Refused, Rendered
from homelab.gitops.settings import Setting, Unsettled, settled
from homelab.gitops.truths import guarded
from homelab.kube.resource import Manifest
from homelab.lab.told import Tally, Told, silent
from homelab.software.lookup import expand
from homelab.software.software import Release
from homelab.tools import helm as helms
from homelab.tools.charts.cache import Cache
from homelab.tools.charts.content import RELEASED, ChartUnusable, Content
from homelab.tools.charts.pull import FetchCommand, FetchLibrary, HelmPuller
from homelab.tools.charts.renders import Renders, key_of, key_of_crds
from homelab.tools.charts.staged import whole
from homelab.tools.charts.store import Absent, Store, Wanted
from homelab.tools.find import cache as cache_folder
from homelab.tools.helm import ChartRefused, HelmCommand, HelmLibrary, Template, merged
from homelab.tools.process import Programs

LARGEST = 1 << 20
"""Bytes of a file that is a parameter."""
AT_ONCE = 2
"""Charts rendered at the same time; the library renders one, while the one before is being read."""


@dataclass(frozen=True)
class Options:
    """What a person says about charts.

    Attributes:
        folders: charts, folders of charts, archives.
        pull: whether helm may ask the network for what is not at hand.
        offline: whether nobody may even be asked for that.
        told: hears what is going on.
    """

    folders: tuple[Path, ...] = ()
    pull: bool = False
    offline: bool = False
    told: Told = silent

    @property
    def cache(self) -> Path:
        """The folder of pulled charts and of renders."""
        return cache_folder() / "charts"


@dataclass
class Charts:
    """Renders the charts of one repository; helm starts with the first chart that was not rendered before."""

    options: Options = field(default_factory=Options)
    root: Path | None = None
    """The repository, where it lies on disk."""
    missing: dict[Wanted, tuple[str, Release]] = field(default_factory=dict, init=False)
    """What was not at hand, why, and the first release that asked for it."""
    tally: Tally = field(default_factory=Tally, init=False)
    """Counts the charts that are being looked for or rendered."""
    others: list[Charts] = field(default_factory=list, init=False)
    """Those of other repositories, which end with these."""

    def beside(self, root: Path) -> Charts:
        """The charts of another repository, found and rendered in the same way."""
        found = Charts(self.options, root)
        self.others.append(found)
        return found

    @cached_property
    def store(self) -> Store:
        """Where charts come from."""
        puller = None
        if self.options.pull:
            fetch = FetchLibrary() if HelmLibrary.available() else FetchCommand(Programs())
            puller = HelmPuller(fetch, self._pulling)
        return Store(Cache(self.options.cache / "pulled"), self.options.folders, self.root, puller)

    def _pulling(self, what: str) -> None:
        self.tally.within(what)

    @cached_property
    def renders(self) -> Renders:
        """What was rendered before."""
        return Renders(self.options.cache / "renders")

    @cached_property
    def helm(self) -> HelmLibrary | HelmCommand:
        """The fastest helm of this machine."""
        return helms.helm(Programs())

    @cached_property
    def _identity(self) -> str | None:
        return helms.identity()

    def render(self, asked: Sequence[Asked]) -> list[Answer]:
        """As `gitops.rendering.Helm` promises."""
        with ExitStack() as stack:
            self.tally = Tally(self.options.told, len(asked))
            if len(asked) < 2:
                return [self._answer(one, stack) for one in asked]
            with ThreadPoolExecutor(AT_ONCE) as pool:
                return list(pool.map(lambda one: self._answer(one, stack), asked))

    def brings(self, asked: Sequence[Asked]) -> list[Manifest]:
        """As `gitops.rendering.Helm` promises; charts of the repository are rendered before anything is known of them."""
        found: list[Manifest] = []
        for one in asked:
            with contextlib.suppress(ToolError):
                if one.crds and not one.folder:
                    found += self._crds(self._published(one))
        return found

    def _given(self, chart: Content) -> bool:
        return any(chart.path.is_relative_to(folder) for folder in self.options.folders)

    def _crds(self, chart: Content) -> list[Manifest]:
        key = key_of_crds(chart.digest)
        kept = self.renders.get(key)
        if kept is None or kept[0] is None:
            self.renders.keep(key, list(chart.crds))
            return list(chart.crds)
        return kept[0]

    def _answer(self, asked: Asked, stack: ExitStack) -> Answer:
        self.tally.next(f"reading {asked.release.chart} {asked.release.version}")
        try:
            chart = self.chart(asked, stack)
            question = template(asked, chart, self.root, given=self._given(chart))
        except Absent as error:
            self.missing[error.wanted] = error.message, asked.release
            return NotAtHand(error.message)
        except ChartUnusable as error:
            return NotAtHand(error.message)
        return self._rendered(question, chart)

    @property
    def unread(self) -> dict[Wanted, str]:
        """What was not at hand and no other road knows, with why."""
        gaps = self.missing.items()
        own = {
            chart: why
            for chart, (why, release) in sorted(gaps, key=lambda each: each[0])
            if not guarded(partial(expand, release)).objects
        }
        return {chart: why for each in self.others for chart, why in each.unread.items()} | own

    def allow_pull(self) -> None:
        """Let helm ask the network from now on."""
        self.options = replace(self.options, pull=True)
        self.missing.clear()
        self.__dict__.pop("store", None)
        for each in self.others:
            each.allow_pull()

    def chart(self, asked: Asked, stack: ExitStack) -> Content:
        """The chart of a question, from wherever it can be had; copies last as long as the stack.

        Raises:
            Absent: it is not at hand, or something that it depends on.
            ChartUnusable: it is there, and may not be used.
        """
        if asked.folder:
            if self.root is None:
                raise ChartUnusable("a chart in a repository that does not lie on disk")
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="homelab-chart-"))
            return whole(self.root / asked.folder, self.store, Path(scratch))
        return self._published(asked)

    def _published(self, asked: Asked) -> Content:
        beside = [self.root / asked.home / asked.release.chart] if self.root and asked.home else []
        return self.store.find(wanted(asked), [folder for folder in beside if folder.is_dir()])

    def _rendered(self, template: Template, chart: Content) -> Answer:
        if self._identity is None:
            why = "the chart is at hand, helm is not: install it, or `pip install 'provenlab[helm]'`"
            return NotAtHand(why)
        asks = None if "APIVersions" in str(template.values) else chart.asked_apis
        key = key_of(template, chart.digest, asks=asks, helm=self._identity)
        found = self.renders.get(key)
        if found is None:
            self.tally.within(f"rendering {chart.name} {chart.version}")
            try:
                found = self.helm.render(template), ""
            except ChartRefused as error:
                found = None, error.message
            except HomelabError as error:
                return NotAtHand(error.message)
            self.renders.keep(key, *found)
        objects, refused = found
        return Refused(refused, asks) if objects is None else Rendered(tuple(objects), chart.version, asks)

    def close(self) -> None:
        """End helm, and bound what is kept."""
        for each in self.others:
            each.close()
        if isinstance(self.__dict__.get("helm"), HelmLibrary):
            self.helm.close()  # type: ignore[union-attr]  # just looked
        if self.renders.wrote:
            self.renders.prune()


def wanted(asked: Asked) -> Wanted:
    """The chart that a question is about."""
    return Wanted(asked.release.repository, asked.path or asked.release.chart, asked.release.version)


def template(asked: Asked, chart: Content, root: Path | None, *, given: bool) -> Template:
    """The question as helm is told it; the publisher's release values lie lowest, in charts that the user gave."""
    release = asked.release
    layers: list[Mapping[str, Any]] = [chart.values(RELEASED)] if given and RELEASED in chart.files else []
    for below, name, optional in asked.inside:
        file = name.removeprefix("./")
        layers += [below] if optional and file not in chart.files else [below, chart.values(file)]
    values = _settled(merged([*layers, release.values]), asked, chart, root)
    return Template(
        chart.path,
        release.name,
        release.namespace,
        values,
        release.kubernetes.removeprefix("v"),
        tuple(sorted(release.api_versions)),
        include_crds=asked.crds,
        skip_schema=asked.skip_schema,
    )


def _settled(values: dict[str, Any], asked: Asked, chart: Content, root: Path | None) -> dict[str, Any]:
    """The values with the parameters over them; the text of some is a file."""
    try:
        return settled(values, [_read(each, chart, root) if each.lies else each for each in asked.settings])
    except Unsettled as error:
        raise ChartUnusable(str(error)) from None


def _read(setting: Setting, chart: Content, root: Path | None) -> Setting:
    """The parameter with the text of its file, from the chart or from the repository."""
    name = setting.text.removeprefix("./")
    raw = chart.files.get(name) if setting.lies == "chart" else _file(root, name)
    if raw is None:
        raise ChartUnusable(f"{name}, the file of a parameter, is not there")
    return replace(setting, text=raw.decode("utf-8", "replace"), lies="")


def _file(root: Path | None, name: str) -> bytes | None:
    path = root and (root / name).resolve()
    if not path or not root or not path.is_relative_to(root.resolve()) or not path.is_file():
        return None
    return path.read_bytes() if path.stat().st_size <= LARGEST else None
