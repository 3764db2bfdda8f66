"""JUnit XML, which every CI shows: a suite per check, a failure per finding, what is unknown as skipped."""

from __future__ import annotations

from collections import defaultdict
from xml.sax.saxutils import escape, quoteattr

from homelab.cli.fail_on import Failing
from homelab.cli.listing import mended
from homelab.findings import Finding
from homelab.report import Assessment, Open


def junit(assessment: Assessment, fail_on: Failing) -> str:
    """The document.

    Args:
        assessment: what was found; a check that ran without findings is a passing case.
        fail_on: findings that do not fail are told as output of a passing case.
    """
    by_check: dict[str, list[Finding]] = defaultdict(list)
    unknown: dict[str, list[Open]] = defaultdict(list)
    for finding in assessment.findings:
        by_check[finding.check].append(finding)
    for entry in assessment.unknown:
        unknown[entry.check or "input"].append(entry)
    suites, total, failed, skipped = [], 0, 0, 0
    for name in sorted({*assessment.judged, *by_check, *unknown}):
        findings = by_check.get(name, [])
        opens = unknown.get(name, [])
        cases = [_case(finding, fails=fail_on.fails(finding, assessment)) for finding in findings]
        cases += [_skipped(name, entry) for entry in opens]
        cases = cases or [f"    <testcase classname={_attribute(name)} name={_attribute('every object')}/>"]
        failures = sum(fail_on.fails(finding, assessment) for finding in findings)
        total, failed, skipped = total + len(cases), failed + failures, skipped + len(opens)
        counts = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{len(opens)}"'
        suites.append(f"  <testsuite name={_attribute(name)} {counts}>\n" + "\n".join(cases) + "\n  </testsuite>")
    counts = f'tests="{total}" failures="{failed}" errors="0" skipped="{skipped}"'
    inside = "\n".join(suites)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="homelab assess" {counts}>\n{inside}\n</testsuites>'
    )


def _case(finding: Finding, *, fails: bool) -> str:
    place = finding.place or finding.option_place
    where = ""
    if place:
        where = f" file={_attribute(place.file)}" + (f' line="{place.line}"' if place.line else "")
    head = f"    <testcase classname={_attribute(finding.check)} name={_attribute(str(finding.subject))}{where}>"
    text = "\n".join(filter(None, (finding.message, str(place or ""), mended(finding))))
    if not fails:
        return f"{head}\n      <system-out>{_text(text)}</system-out>\n    </testcase>"
    kind = f"type={_attribute(finding.severity.word)} message={_attribute(finding.message)}"
    return f"{head}\n      <failure {kind}>{_text(text)}</failure>\n    </testcase>"


def _skipped(name: str, entry: Open) -> str:
    return (
        f"    <testcase classname={_attribute(name)} name={_attribute(entry.what)}>\n"
        f"      <skipped message={_attribute(entry.why)}/>\n    </testcase>"
    )


def _text(text: str) -> str:
    return escape(_clean(text))


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold, whatever a hostile name holds."""
    return "".join(
        c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
    )
