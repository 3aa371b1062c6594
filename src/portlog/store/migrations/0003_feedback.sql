-- Feedback: one row a revision; of one id the highest revision counts, and none if that one is deleted.
-- Sorted by trace, since most questions ask for the feedback of a page's traces; an id holds its created_at, as a log's does.
CREATE TABLE feedback
(
    `id` FixedString(16) CODEC(ZSTD(1)),
    `workspace` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `log_id` FixedString(16) CODEC(ZSTD(1)),
    `value` Int8 CODEC(ZSTD(1)),
    `weight` Float64 CODEC(ZSTD(1)),
    `metadata` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `metadata_raw` String CODEC(ZSTD(3)),
    `api_key_id` LowCardinality(String),
    `created_at` DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    `updated_at` DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    `revision` UInt32 CODEC(ZSTD(1)),
    `deleted` UInt8 CODEC(ZSTD(1)),
    INDEX id_bloom id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(revision, deleted)
PARTITION BY toYYYYMM(created_at)
ORDER BY (workspace, trace_id, id)
SETTINGS
    -- Small granules: a list reads the few rows of fifty traces that lie anywhere.
    index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    -- The same feedback may be given twice in the same words.
    non_replicated_deduplication_window = 0,
    old_parts_lifetime = 30,
    parts_to_throw_insert = 10000
