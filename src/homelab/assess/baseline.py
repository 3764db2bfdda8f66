"""Baseline: what was found once, kept in a file, so that later judgements tell what is new and what is mended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from homelab.errors import Place, UnreadableDocument
from homelab.findings import Finding, Subject
from homelab.report import VERSION, Assessment, Compared, Known, fingerprint, subject_json


def dump(assessment: Assessment) -> str:
    """The file: a finding a line, in an order that keeps differences small, and no line number in it."""
    known = sorted(map(_known, assessment.findings), key=lambda k: (str(k.subject), k.check, k.fingerprint))
    rows = ",\n".join(
        "    " + json.dumps({"check": k.check, "subject": subject_json(k.subject), "fingerprint": k.fingerprint})
        for k in known
    )
    listed = f"[\n{rows}\n  ]" if rows else "[]"
    return f'{{\n  "version": {VERSION},\n  "findings": {listed}\n}}\n'


def parse(text: str, file: str) -> tuple[Known, ...]:
    """What a baseline knows; the `--json` output of an earlier run is one, too.

    Raises:
        UnreadableDocument: it is neither.
    """
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise UnreadableDocument(f"a baseline of version {data['version']}", where=Place(file))
        return tuple(map(_parsed, data["findings"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        hint = "`homelab assess --write-baseline FILE` writes one"
        raise UnreadableDocument("is no baseline", where=Place(file), hint=hint) from None


def _parsed(entry: Mapping[str, Any]) -> Known:
    about = entry["subject"]
    subject = Subject(str(about["kind"]), str(about["name"]), str(about["namespace"]))
    return Known(str(entry["check"]), subject, str(entry["fingerprint"]))


def _known(finding: Finding) -> Known:
    return Known(finding.check, finding.subject, fingerprint(finding))


def compared(assessment: Assessment, before: Iterable[Known], judged: Collection[str] | None = None) -> Assessment:
    """The assessment with what is new in it since `before`, and what of that is no longer found.

    Args:
        assessment: what is found now.
        before: what was found then.
        judged: checks of whose findings absence means that they are mended; by default those that could judge everything.
    """
    judged = assessment.judged if judged is None else judged
    accepted = Counter(fingerprint(each.finding) for each in assessment.accepted)
    left = Counter(each.fingerprint for each in before)
    new = []
    for finding in assessment.findings:
        if left[fingerprint(finding)]:
            left[fingerprint(finding)] -= 1
        else:
            new.append(finding)
    return replace(assessment, compared=Compared(tuple(new), tuple(_gone(before, left - accepted, judged))))


def _gone(before: Iterable[Known], left: Counter[str], judged: Collection[str]) -> Iterator[Known]:
    for known in before:
        if left[known.fingerprint] and known.check in judged:
            left[known.fingerprint] -= 1
            yield known


def of_assessment(assessment: Assessment) -> tuple[Known, ...]:
    """What a judgement found, to compare another with."""
    return tuple(map(_known, assessment.findings))
