"""Where kube-scheduler puts a pod: its filters, and its scores with the weights of the default plugins."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from availability.world.lab import HOSTNAME, Lab, Pod, Term

NOTHING_ASKED = (100, 200 * 2**20)
"""Requests that the scores assume where a pod has none (DefaultMilliCPURequest, DefaultMemoryRequest)."""


class Scheduler:
    """Filters and scores over the state that it is handed: on which node each pod is, and which nodes are open."""

    def __init__(self, lab: Lab) -> None:
        """Prepare what no event changes: topology values, and whom the rules of others are about."""
        self.lab = lab
        keys = {HOSTNAME} | {t.key for p in lab.pods for t in (*p.away, *p.near, *p.spread)}
        self.value = {key: [m.labels.get(key) for m in lab.machines] for key in keys}
        self.shunned: list[list[tuple[int, Term]]] = [[] for _ in lab.pods]
        for index, pod in enumerate(lab.pods):
            for term in pod.away:
                for other in term.others:
                    self.shunned[other].append((index, term))

    def fits(self, index: int, node: int, where: Sequence[int], used: Sequence[list[int]]) -> bool:
        """Whether a node passes every filter that can depend on other pods."""
        pod, machine = self.lab.pods[index], self.lab.machines[node]
        cpu, memory = used[node]
        if cpu + pod.cpu > machine.cpu or memory + pod.memory > machine.memory:
            return False
        for term in pod.away:
            if term.hard and self._meets(term, index, node, where):
                return False
        for term in pod.near:
            if term.hard and not self._meets(term, index, node, where) and not self._first(term, index, where):
                return False
        for other, term in self.shunned[index]:
            if term.hard and other != index and where[other] >= 0:
                value = self.value[term.key]
                if value[node] is not None and value[where[other]] == value[node]:
                    return False
        return all(self._even(term, pod, index, node, where) for term in pod.spread if term.hard)

    def _meets(self, term: Term, index: int, node: int, where: Sequence[int]) -> bool:
        value = self.value[term.key]
        here = value[node]
        return here is not None and any(
            where[other] >= 0 and other != index and value[where[other]] == here for other in term.others
        )

    def _first(self, term: Term, index: int, where: Sequence[int]) -> bool:
        """The first pod of a group that wants to be with its own kind may go anywhere."""
        return index in term.others and all(where[other] < 0 for other in term.others if other != index)

    def _counts(self, term: Term, pod: Pod, index: int, where: Sequence[int]) -> dict[str, int]:
        value = self.value[term.key]
        found = {value[n]: 0 for n in pod.nodes if value[n] is not None}
        for other in term.others:
            node = where[other]
            if node >= 0 and other != index and value[node] in found:
                found[value[node]] += 1
        return found  # type: ignore[return-value]

    def _even(self, term: Term, pod: Pod, index: int, node: int, where: Sequence[int]) -> bool:
        here = self.value[term.key][node]
        if here is None:
            return False
        counts = self._counts(term, pod, index, where)
        return counts[here] + int(term.own) - min(counts.values()) <= term.skew

    def choose(
        self,
        index: int,
        where: Sequence[int],
        used: Sequence[list[int]],
        open_: Sequence[bool],
        among: frozenset[int],
        chance: random.Random,
    ) -> int:
        """The node for a pod, -1 where none passes."""
        pod = self.lab.pods[index]
        able = [n for n in among if open_[n] and self.fits(index, n, where, used)]
        if len(able) <= 1:
            return able[0] if able else -1
        total = dict.fromkeys(able, 0.0)
        cpu, memory = pod.cpu or NOTHING_ASKED[0], pod.memory or NOTHING_ASKED[1]
        for node in able:
            machine = self.lab.machines[node]
            share = min(1.0, (used[node][0] + cpu) / machine.cpu), min(1.0, (used[node][1] + memory) / machine.memory)
            total[node] += 100 * (1 - (share[0] + share[1]) / 2) + 100 * (1 - abs(share[0] - share[1]) / 2)
        self._add(total, {n: float(pod.preferred.get(n, 0)) for n in able}, 2, inverse=False)
        self._add_near(total, pod, index, where)
        soft = [term for term in pod.spread if not term.hard]
        if soft:
            self._add_spread(total, soft, pod, index, where)
        best = max(total.values())
        return chance.choice([n for n, score in total.items() if score > best - 1e-9])

    @staticmethod
    def _add(total: dict[int, float], raw: dict[int, float], weight: float, *, inverse: bool) -> None:
        low, high = min(raw.values()), max(raw.values())
        if high > low or (high > 0 and not inverse):
            spread = high - (low if inverse else 0.0)
            for node, score in raw.items():
                part = (high - score) / spread if inverse else score / spread
                total[node] += weight * int(100 * part)

    def _add_near(self, total: dict[int, float], pod: Pod, index: int, where: Sequence[int]) -> None:
        """InterPodAffinity: preferences of the pod, and those of pods that are there about it; weight 2."""
        raw = dict.fromkeys(total, 0.0)
        rules = [(t, o, t.weight) for t in pod.near if not t.hard for o in t.others]
        rules += [(t, o, -t.weight) for t in pod.away if not t.hard for o in t.others]
        rules += [(t, o, -t.weight) for o, t in self.shunned[index] if not t.hard]
        for term, other, weight in rules:
            value = self.value[term.key]
            there = value[where[other]] if other != index and where[other] >= 0 else None
            for node in raw:
                if there is not None and value[node] == there:
                    raw[node] += weight
        low, high = min(raw.values()), max(raw.values())
        if high > low:
            for node, score in raw.items():
                total[node] += 2 * int(100 * (score - low) / (high - low))

    def _add_spread(
        self, total: dict[int, float], soft: list[Term], pod: Pod, index: int, where: Sequence[int]
    ) -> None:
        """PodTopologySpread: fewer of its kind in the domain is better; weight 2. Rarer domains weigh more."""
        raw = dict.fromkeys(total, 0.0)
        for term in soft:
            value = self.value[term.key]
            counts = self._counts(term, pod, index, where)
            weight = math.log(len({value[n] for n in total} if term.key != HOSTNAME else total) + 2)
            for node in raw:
                if value[node] is not None:
                    raw[node] += counts.get(value[node], 0) * weight + term.skew - 1
        low, high = min(raw.values()), max(raw.values())
        for node, score in raw.items():
            total[node] += 2 * (100 if high == 0 else int(100 * (high + low - score) / high))
