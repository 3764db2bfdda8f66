"""SARIF 2.1.0, which code hosts show beside the line: rules with their pages, regions, and fingerprints without lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from homelab.cli.listing import fix_text, mended
from homelab.errors import Place, UsageError
from homelab.findings import Finding, Severity, SpecEdit
from homelab.report import Assessment, Compared, finding_json, fingerprint

if TYPE_CHECKING:
    from homelab.spec.source import Source

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "2.0",
    Severity.INFO: "0.0",
}
"""What code hosts sort by; the scale is theirs, 0 to 10."""


Mends = Mapping[int, Mapping[str, tuple[str, str]]]
"""By the `id` of a finding: files that its proved mend changes, with the texts before and after."""


def sarif(
    assessment: Assessment, version: str, source: Source | None = None, mends: Mends = MappingProxyType({})
) -> dict[str, Any]:
    """The whole document; `source` is the homelab.yaml that edits would be written into, where there is one."""
    rules = sorted({finding.check for finding in assessment.findings} | {a.finding.check for a in assessment.accepted})
    index = {name: number for number, name in enumerate(rules)}
    results = [_result(finding, index, source, assessment.compared) for finding in assessment.findings]
    for finding, result in zip(assessment.findings, results, strict=True):
        if id(finding) in mends:
            result["fixes"] = [_mend(finding, mends[id(finding)])]
    for accepted in assessment.accepted:
        suppression = {"kind": "external", "status": "accepted", "justification": accepted.reason}
        results.append({**_result(accepted.finding, index, source), "suppressions": [suppression]})
    driver = {
        "name": "homelab",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(name) for name in rules],
    }
    notifications = [
        {
            "level": "note",
            "descriptor": {"id": "unknown"},
            "message": {"text": f"{unknown.what} could not be judged: {unknown.why}"},
            **({"locations": [_location(unknown.place)]} if unknown.place else {}),
        }
        for unknown in assessment.unknown
    ]
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": notifications}
    run = {"tool": {"driver": driver}, "invocations": [invocation], "columnKind": "unicodeCodePoints"}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{**run, "results": results}]}


def _rule(name: str) -> dict[str, Any]:
    """A check, or a notice, as a rule, with its page as help."""
    from homelab.assess.names import described

    check = next((c for c in described() if c.id == name), None)
    if check is None:  # a report of another version
        return {"id": name, "shortDescription": {"text": name.replace("-", " ")}}
    page = check.page.read_text(encoding="utf-8") if check.page.is_file() else check.summary
    severity = check.severity
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": check.summary},
        "help": {"text": page, "markdown": page},
        **({"helpUri": address} if (address := _address()) else {}),
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"security-severity": SECURITY_SEVERITY[severity], "problem.severity": LEVELS[severity]},
    }


@cache
def _address() -> str:
    """Where the documentation of this package is published, as its metadata says; empty where they do not."""
    try:
        said = metadata("provenlab").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    urls = {name.strip().lower(): url.strip() for name, _, url in (entry.partition(",") for entry in said)}
    return next((urls[name] for name in ("documentation", "homepage") if name in urls), "")


def _result(
    finding: Finding, index: dict[str, int], source: Source | None, compared: Compared | None = None
) -> dict[str, Any]:
    text = f"{finding.subject}: {finding.message}"
    mend = mended(finding)
    place = finding.place or finding.option_place
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": index[finding.check],
        "level": LEVELS[finding.severity],
        "message": {"text": f"{text}\nfix: {mend}" if mend else text},
        "partialFingerprints": {"subjectAndOption/v1": fingerprint(finding)},
        "properties": {"finding": finding_json(finding)},
    }
    if compared:
        result["baselineState"] = "new" if finding in compared.new else "unchanged"
    if place:
        result["locations"] = [_location(place, finding)]
    if finding.option_place and place is not finding.option_place:
        related = {**_location(finding.option_place), "message": {"text": f"made by {finding.option}"}}
        result["relatedLocations"] = [related]
    if fixes := list(_fixes(finding, source)):
        result["fixes"] = fixes
    return result


def _location(place: Place, finding: Finding | None = None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line:
        region = {"startLine": place.line, **({"startColumn": place.column} if place.column else {})}
        physical["region"] = region
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding:
        location["logicalLocations"] = [{"fullyQualifiedName": str(finding.subject), "kind": "resource"}]
    return location


def _uri(file: str) -> str:
    from urllib.parse import quote

    return quote(file.removeprefix("./"))


def _fixes(finding: Finding, source: Source | None) -> Iterator[dict[str, Any]]:
    """Edits as SARIF's replacement of whole lines: exactly what `--fix` would write into the file."""
    fix = finding.fix
    edits = fix if isinstance(fix, tuple) else (fix,) if isinstance(fix, SpecEdit) else ()
    if not edits or source is None or not source.text:
        return
    from homelab.spec.edit import apply

    try:
        before, after = source.text.splitlines(True), apply(source.text, edits, source.file).splitlines(True)
    except UsageError:
        return
    yield {"description": {"text": fix_text(fix)}, "artifactChanges": [_change(source.file, before, after)]}


def _mend(finding: Finding, files: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """A mend of manifests: what `--fix` would write, file by file."""
    changes = [
        _change(file, before.splitlines(True), after.splitlines(True))
        for file, (before, after) in sorted(files.items())
    ]
    return {"description": {"text": mended(finding)}, "artifactChanges": changes}


def _change(file: str, before: list[str], after: list[str]) -> dict[str, Any]:
    first, last = _differing(before, after)
    region = {"startLine": first + 1, "startColumn": 1, "endLine": len(before) - last + 1, "endColumn": 1}
    inserted = "".join(after[first : len(after) - last])
    replacement = {"deletedRegion": region, "insertedContent": {"text": inserted}}
    return {"artifactLocation": {"uri": _uri(file)}, "replacements": [replacement]}


def _differing(before: list[str], after: list[str]) -> tuple[int, int]:
    """How many lines are equal at the beginning, and how many of the others at the end."""
    first = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    rest = zip(reversed(before[first:]), reversed(after[first:]), strict=False)
    last = next((n for n, (a, b) in enumerate(rest) if a != b), min(len(before), len(after)) - first)
    return first, last
