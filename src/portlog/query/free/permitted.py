"""What free SQL may name: functions, table functions, kinds of nodes in the engine's tree. What is not here is refused."""

from __future__ import annotations

import functools
import re
from importlib import resources

TABLE_FUNCTIONS = frozenset(
    ("numbers", "numbers_mt", "zeros", "zeros_mt", "generateSeries", "generate_series", "values", "SQLStandardValues")
)

# By kind, the members of a node that may be there. What a member holds is looked at too.
_OUTPUT = ("is_outfile_append", "is_outfile_truncate", "is_into_outfile_with_stdout")
NODES: dict[str, frozenset[str]] = {
    kind: frozenset(("type", *members.split()))
    for kind, members in {
        "SelectWithUnionQuery": f"union_mode list_of_modes list_of_selects {' '.join(_OUTPUT)}",
        "SelectIntersectExceptQuery": "children final_operator operator",
        "SelectQuery": "with recursive_with cte_aliases select distinct tables prewhere where group_by group_by_all"
        " group_by_with_rollup group_by_with_cube group_by_with_totals group_by_with_grouping_sets"
        " group_by_with_constant_keys having window qualify order_by order_by_all limit_by limit_by_length"
        " limit_by_offset limit_by_all limit_length limit_offset limit_with_ties interpolate",
        "ExpressionList": "children",
        "WithElement": "name subquery is_materialized aliases",
        "Subquery": "children alias cte_name",
        "Identifier": "name name_parts alias",
        "TableIdentifier": "name name_parts alias",
        "Literal": "value alias",
        "Function": "name arguments parameters alias is_operator is_lambda_function is_window_function kind"
        " window_definition window_name nulls_action",
        "WindowDefinition": "parent_window_name partition_by order_by frame_is_default frame_type frame_begin_type"
        " frame_begin_offset frame_begin_preceding frame_end_type frame_end_offset frame_end_preceding",
        "WindowListElement": "name definition",
        "TablesInSelectQuery": "children",
        "TablesInSelectQueryElement": "table_expression table_join array_join",
        "TableExpression": "database_and_table_name table_function subquery final column_aliases sample_size sample_offset",
        "TableJoin": "kind strictness locality on_expression using_expression_list is_natural",
        "ArrayJoin": "kind expression_list",
        "SampleRatio": "numerator denominator",
        "OrderByElement": "direction nulls_direction nulls_direction_was_explicitly_specified with_fill expression collation"
        " fill_from fill_to fill_step fill_staleness",
        "InterpolateElement": "column expr",
        "Asterisk": "transformers expression",
        "QualifiedAsterisk": "qualifier transformers",
        "ColumnsRegexpMatcher": "pattern transformers expression",
        "ColumnsListMatcher": "column_list transformers expression",
        "QualifiedColumnsRegexpMatcher": "qualifier pattern transformers",
        "QualifiedColumnsListMatcher": "qualifier column_list transformers",
        "ColumnsTransformerList": "children",
        "ColumnsApplyTransformer": "func_name parameters lambda lambda_arg column_name_prefix",
        "ColumnsExceptTransformer": "children is_strict pattern",
        "ColumnsReplaceTransformer": "children is_strict",
        "ColumnsReplaceTransformerReplacement": "name children",
    }.items()
}

# A function's name may stand where a lambda may: these take no argument, so there they do nothing.
HARMLESS_NAMES = frozenset(("user", "version", "revision", "uptime", "tid", "timezone", "database", "schema", "nested"))

_COMBINATOR = re.compile(
    "(If|Array|Map|Distinct|OrNull|OrDefault|State|SimpleState|Merge|MergeState|ForEach|Resample|ArgMin|ArgMax|Tuple)$"
)


@functools.cache
def functions() -> dict[str, frozenset[str]]:
    """Allowed functions by the sections of functions.txt, in lower case."""
    text = (resources.files("portlog.query.free") / "functions.txt").read_text(encoding="utf-8")
    sections = re.findall(r"^\[(.+)\]\n((?:(?!\[).*\n)*)", text, re.MULTILINE)
    return {name: frozenset(body.lower().split()) for name, body in sections}


@functools.cache
def _all() -> frozenset[str]:
    return frozenset().union(*functions().values())


def may_call(name: str) -> bool:
    """Whether free SQL may call a function; an aggregate's name may carry combinators (`sumIf`)."""
    if name.lower() in _all():
        return True
    aggregates, base = functions()["aggregate"], name
    while (match := _COMBINATOR.search(base)) and match.start():
        base = base[: match.start()]
        if base.lower() in aggregates:
            return True
    return False
