"""Functions and aggregations of PromQL with what they take and give (`promql/parser/functions.go`, Prometheus 3)."""

from __future__ import annotations

from collections.abc import Mapping

SCALAR, VECTOR, MATRIX, STRING = "scalar", "instant vector", "range vector", "string"
Signature = tuple[tuple[str, ...], int, str]
"""Types of arguments, how many of the last may be left out (negative: it may be repeated), and the type given."""


def _each(names: str, takes: tuple[str, ...], spare: int = 0, gives: str = VECTOR) -> dict[str, Signature]:
    return dict.fromkeys(names.split(), (takes, spare, gives))


FUNCTIONS: Mapping[str, Signature] = {
    **_each(
        "abs ceil exp floor ln log10 log2 sgn sqrt acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh deg rad"
        " absent timestamp sort sort_desc histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar",
        (VECTOR,),
    ),
    **_each(
        "absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time max_over_time"
        " min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time mad_over_time first_over_time"
        " ts_of_max_over_time ts_of_min_over_time ts_of_last_over_time ts_of_first_over_time",
        (MATRIX,),
    ),
    **_each("day_of_month day_of_week day_of_year days_in_month hour minute month year", (VECTOR,), 1),
    **_each("clamp", (VECTOR, SCALAR, SCALAR)),
    **_each("clamp_max clamp_min", (VECTOR, SCALAR)),
    **_each("round", (VECTOR, SCALAR), 1),
    **_each("scalar", (VECTOR,), gives=SCALAR),
    **_each("vector", (SCALAR,)),
    **_each("time pi", (), gives=SCALAR),
    **_each("histogram_quantile", (SCALAR, VECTOR)),
    **_each("histogram_fraction", (SCALAR, SCALAR, VECTOR)),
    **_each("histogram_quantiles", (VECTOR, STRING, SCALAR), -10),
    **_each("quantile_over_time", (SCALAR, MATRIX)),
    **_each("predict_linear", (MATRIX, SCALAR)),
    **_each("holt_winters double_exponential_smoothing", (MATRIX, SCALAR, SCALAR)),
    **_each("label_replace", (VECTOR, STRING, STRING, STRING, STRING)),
    **_each("label_join", (VECTOR, STRING, STRING, STRING), -1000),
    **_each("sort_by_label sort_by_label_desc", (VECTOR, STRING), -1000),
    **_each("info", (VECTOR, VECTOR), 1),
    **_each("start end step range", (), gives=SCALAR),
}
WITH_PARAMETER: Mapping[str, str] = {
    "topk": SCALAR,
    "bottomk": SCALAR,
    "quantile": SCALAR,
    "limitk": SCALAR,
    "limit_ratio": SCALAR,
    "count_values": STRING,
}
"""Aggregations that take something before the vector."""
AGGREGATIONS = frozenset({"sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", *WITH_PARAMETER})
