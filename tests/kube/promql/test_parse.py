"""PromQL: what Prometheus parses is taken, what it refuses is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.kube.promql.parse import problem

GOOD = [
    "up", "up == 0", "1", "-1", "sum", "vector(1)", "up{job=\"a\", instance!~'b.*',} > bool 1", '{__name__=~"a.+"}', '{"my.metric"}',
    'sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m])) > 0.05',
    "sum(rate(x[5m])) by (a, b,)", "topk(3, x)", "quantile(0.9, x)", 'count_values("v", x)', "sum without() (x)", "time() - x > 3600",
    "max_over_time(x[1h30m:])", "max_over_time(rate(x[5m])[1h:1m] offset 5m)", "x offset -1d", "x[5m] @ 1609746000", "rate(x[5m] @ end())",
    "a * on(b) group_left(c, d) e", "a and on() b or c unless ignoring(x) d", "absent(up{job='x'})", "a ^ b ^ -c", "(a + b) % 2 == 1",
    'label_replace(x, "a", "$1", "b", "(.*)")', 'label_join(x, "a", ",", "b", "c", "d")', "histogram_quantile(0.99, sum(rate(x_bucket[5m])) by (le))",
    "day_of_week() > 5", "day_of_week(x)", "round(x, 0.1)", "round(x)", "# comment\nup # more\n== 0", "0x1F + 1e3 + .5 + Inf + NaN", "1 > bool 2",
    "job:requests:rate5m{job='a'}", "predict_linear(x[1h], 4 * 3600) < 0", "x[300]", "time() > bool 5m", "up{a='it\\'s'}", "up{a=`b\\d`}",
    "min(x) BY (a)", "SUM(x)", "x atan2 y", "x > 1 and y < 2", "avg_over_time((a - b)[10m:1m])", "sort_desc(x)", "scalar(x) * 2 > bool 1",
    'up{a=~"[[:alpha:]]+"}', "up{on='a', by='b'}", "count(up{} == 1)", "rate(x[5m:1m])", 'kube_pod_info{a="b"}[5m:]',
]  # fmt: skip
BAD = [
    ("sum(rate(http_requests_total[5m]) > 1", "parenthesis"), ("up)", "closes nothing"), ("rate(x[5m)", "closes nothing"), ("", "too early"),
    ("up ==", "too early"), ("== 0", "unexpected"), ("up = 0", "unexpected"), ("sum rate(x[5m])", "unexpected"), ("up{job=web}", "quotes"),
    ("up{job='web}", "quote"), ("rate(x)", "range vector"), ("rate(x[5 minutes])", "unexpected"), ("rat(x[5m])", "rate"),
    ("sum(x[5m])", "instant vector"), ("x[5m] > 1", "range vector"), ("1 > 2", "bool"), ("1 and x", "scalar"), ("up and", "too early"),
    ("topk(x)", "2 arguments"), ("histogram_quantile(x)", "2 arguments"), ("x + bool y", "bool"), ("{}", "empty text"), ('{a=~".*"}', "empty text"),
    ('up{a=~"("}', "regular expression"), ("a on(b) c", "unexpected"), ("up == 0 1", "unexpected"), ("a b", "unexpected"), ("(a + b)[5m]", "subquery"),
    ("x offset", "duration"), ("x offset abc", "duration"), ("rate(x[5m],)", "comma"), ("up > 5%", "too early"), ("up && x", "starts nothing"),
    ('"a" + 1', "string"), ("a and on(b) group_left c", "grouping"), ("up{job=='a'}", "expected"), ("up{job}", "expected"), ("$x", "starts nothing"),
    ("rate(x[abc])", "duration"), ("vector(x)", "scalar"), ("up @ x", "time"), ("by (a)", "no function"), ("rate(sum(x)[5m])", "subquery"), ("5m5", "starts nothing"),
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_what_prometheus_parses_is_taken(text):
    """Selectors, ranges, subqueries, modifiers, aggregations, calls and literals, in the spellings that rules use."""
    assert problem(text) is None


@pytest.mark.parametrize(("text", "part"), BAD)
def test_what_prometheus_refuses_is_named(text, part):
    """Syntax, types, counts of arguments, unknown functions and selectors of everything: each with its reason."""
    assert part in (problem(text) or "")


@given(st.text(alphabet="abrate sum()[]{}5m=~\"'+-*/,:@<>!", max_size=40))
def test_any_text_is_judged(text):
    """No text stops the judgement."""
    said = problem(text)
    assert said is None or said
