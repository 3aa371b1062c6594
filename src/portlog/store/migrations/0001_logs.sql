-- One row a log. Lists read the light columns; bodies are split into `text` and shapes (docs/internals/storage.md).
-- Weekly partitions: retention drops whole ones, and an insert of a day's logs makes one part.
CREATE TABLE logs
(
    `id` FixedString(16) CODEC(ZSTD(1)),
    `created_at` DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    `received_at` DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    `wal_seq` UInt64 CODEC(Delta, ZSTD(1)),
    `workspace` LowCardinality(String),
    `api_key_id` LowCardinality(String),
    `organisation_id` LowCardinality(String),
    `source_shape` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `parent_span_id` String CODEC(ZSTD(1)),
    `span_name` LowCardinality(String),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `status` Int32 CODEC(ZSTD(1)),
    `response_ms` Nullable(Float64) CODEC(ZSTD(1)),
    `input_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `output_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `total_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `cache_read_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `cache_write_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `reasoning_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `cost_usd` Nullable(Float64) CODEC(ZSTD(1)),
    `stream` Nullable(UInt8) CODEC(ZSTD(1)),
    `finish_reason` LowCardinality(String),
    `cache_status` LowCardinality(String),
    `retry_count` Nullable(Int16) CODEC(ZSTD(1)),
    `option_path` LowCardinality(String),
    `virtual_key` LowCardinality(String),
    `config` LowCardinality(String),
    `prompt_slug` LowCardinality(String),
    `sdk_version` LowCardinality(String),
    `runtime` LowCardinality(String),
    `runtime_version` LowCardinality(String),
    `user` String CODEC(ZSTD(1)),
    `metadata` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `preview` String CODEC(ZSTD(3)),
    `response_preview` String CODEC(ZSTD(3)),
    `error_message` String CODEC(ZSTD(3)),
    `request_url` String CODEC(ZSTD(1)),
    `request_method` LowCardinality(String),
    `tracked` UInt8 CODEC(ZSTD(1)),
    -- Long windows and large blocks: a conversation repeats its past in every request.
    `text` String CODEC(ZSTD(3, 24)) SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304),
    `request_headers` String CODEC(ZSTD(3)),
    `request_body` String CODEC(ZSTD(3, 24)) SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304),
    `request_rest` String CODEC(ZSTD(3)),
    `response_headers` String CODEC(ZSTD(3)),
    `response_body` String CODEC(ZSTD(3)),
    `response_rest` String CODEC(ZSTD(3)),
    `metadata_raw` String CODEC(ZSTD(3)),
    `rest` String CODEC(ZSTD(3)),
    `warnings` String CODEC(ZSTD(3)),
    INDEX wal_seq_range wal_seq TYPE minmax GRANULARITY 1,
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX user_bloom user TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX text_words text TYPE text(tokenizer = splitByNonAlpha, preprocessor = lowerUTF8(text), posting_list_codec = 'bitpacking')
)
ENGINE = MergeTree
PARTITION BY toMonday(created_at)
ORDER BY (created_at, id)
SETTINGS
    -- Small granules: one log is read by decompressing few neighbours.
    index_granularity_bytes = 1048576,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    -- Merges a column at a time in small blocks: half the peak memory of the defaults.
    merge_max_block_size = 1024,
    merge_max_block_size_bytes = 4194304,
    vertical_merge_algorithm_min_rows_to_activate = 1,
    vertical_merge_algorithm_min_columns_to_activate = 1,
    -- Exactly-once is the applier's, by ids; the engine must not drop equal blocks by itself.
    non_replicated_deduplication_window = 0,
    -- Merged parts are synced: their sources need not be kept for eight minutes.
    old_parts_lifetime = 30,
    parts_to_throw_insert = 10000
