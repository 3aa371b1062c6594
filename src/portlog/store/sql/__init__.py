"""The only place where SQL text is made. Values travel beside it, bound; nothing a caller sent becomes text."""

from portlog.store.sql.error_groups import ERROR_COLUMNS, error_groups, error_totals
from portlog.store.sql.exports import export_light, export_rows, export_sizes, export_start, export_total
from portlog.store.sql.feedback import (
    feedback_of_ids,
    feedback_of_trace,
    feedback_of_traces,
    feedback_page,
    feedback_revisions,
    read_feedback,
    traces_of_logs,
)
from portlog.store.sql.filters import condition
from portlog.store.sql.graphs import graph_points, graph_series, group_count, group_page, top_values
from portlog.store.sql.joins import (
    fillings,
    halves,
    next_chunk,
    present,
    removals,
    spans_alike,
    spans_of_traces,
    whole,
)
from portlog.store.sql.live import LIVE
from portlog.store.sql.logs import count_logs, one, page, scope, sights, total
from portlog.store.sql.parts import (
    ALL_NAMES,
    LIGHT_NAMES,
    Binder,
    Statement,
    between_moments,
    id_set,
    quoted,
    selected,
)

__all__ = [
    "ALL_NAMES",
    "ERROR_COLUMNS",
    "LIGHT_NAMES",
    "LIVE",
    "Binder",
    "Statement",
    "between_moments",
    "condition",
    "count_logs",
    "error_groups",
    "error_totals",
    "export_light",
    "export_rows",
    "export_sizes",
    "export_start",
    "export_total",
    "feedback_of_ids",
    "feedback_of_trace",
    "feedback_of_traces",
    "feedback_page",
    "feedback_revisions",
    "fillings",
    "graph_points",
    "graph_series",
    "group_count",
    "group_page",
    "halves",
    "id_set",
    "next_chunk",
    "one",
    "page",
    "present",
    "quoted",
    "read_feedback",
    "removals",
    "scope",
    "selected",
    "sights",
    "spans_alike",
    "spans_of_traces",
    "top_values",
    "total",
    "traces_of_logs",
    "whole",
]
