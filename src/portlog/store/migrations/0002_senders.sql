-- Part 2: every sender. Spans, costs, trace links; rows can be replaced and amended (docs/internals/storage.md).
ALTER TABLE logs
    ADD COLUMN `revision` UInt32 CODEC(ZSTD(1)) AFTER `wal_seq`,
    ADD COLUMN `model_requested` LowCardinality(String) AFTER `model`,
    ADD COLUMN `kind` LowCardinality(String) DEFAULT 'llm' AFTER `model_requested`,
    ADD COLUMN `outcome` LowCardinality(String) DEFAULT if(status >= 100 AND status < 400, 'success', 'error') AFTER `kind`,
    ADD COLUMN `counts` UInt8 DEFAULT 1 CODEC(ZSTD(1)) AFTER `outcome`,
    MODIFY COLUMN `status` Nullable(Int32) CODEC(ZSTD(1)),
    ADD COLUMN `input_cost_usd` Nullable(Float64) CODEC(ZSTD(1)) AFTER `cost_usd`,
    ADD COLUMN `output_cost_usd` Nullable(Float64) CODEC(ZSTD(1)) AFTER `input_cost_usd`,
    ADD COLUMN `cost_source` LowCardinality(String) AFTER `output_cost_usd`,
    ADD COLUMN `first_token_ms` Nullable(Float64) CODEC(ZSTD(1)) AFTER `cost_source`,
    ADD COLUMN `source` LowCardinality(String) AFTER `runtime_version`,
    ADD COLUMN `derived_by` LowCardinality(String) AFTER `source`,
    ADD COLUMN `user_from` String CODEC(ZSTD(1)) AFTER `user`,
    ADD COLUMN `session` String CODEC(ZSTD(1)) AFTER `user_from`,
    ADD COLUMN `session_from` String CODEC(ZSTD(1)) AFTER `session`,
    ADD COLUMN `tags` Array(LowCardinality(String)) AFTER `session_from`,
    ADD COLUMN `response_id` String CODEC(ZSTD(1)) AFTER `metadata`,
    ADD COLUMN `duplicate_of` String CODEC(ZSTD(1)) AFTER `response_id`,
    ADD COLUMN `join_key` String CODEC(ZSTD(1)) AFTER `duplicate_of`,
    ADD COLUMN `tools` Array(LowCardinality(String)) AFTER `join_key`,
    ADD COLUMN `has` Array(LowCardinality(String)) AFTER `tools`,
    ADD COLUMN `error_type` LowCardinality(String) AFTER `has`,
    ADD COLUMN `raw` String CODEC(ZSTD(3, 24)) SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304) AFTER `rest`
;
-- Rows are replaced and amended by small patch parts instead of rewritten parts.
ALTER TABLE logs MODIFY SETTING enable_block_number_column = 1, enable_block_offset_column = 1
;
-- One meaning of words with the index and without it: the expression folds case, not the index alone.
ALTER TABLE logs DROP INDEX text_words
;
ALTER TABLE logs ADD INDEX text_words lowerUTF8(text) TYPE text(tokenizer = splitByNonAlpha, posting_list_codec = 'bitpacking')
;
ALTER TABLE logs MATERIALIZE INDEX text_words
;
