-- Questions about one key of the metadata read that key alone: a map is read whole, some 30 times as much (ADR 8).
-- Derived by the engine, so that no reader or writer of rows knows it. The mark before each value keeps the engine
-- from reading a date or a number into it.
ALTER TABLE logs ADD COLUMN `metadata_keys` JSON(max_dynamic_paths = 64)
    MATERIALIZED CAST(mapApply((k, v) -> (k, concat('=', v)), metadata), 'JSON(max_dynamic_paths = 64)')
    AFTER `metadata`
;
ALTER TABLE logs MATERIALIZE COLUMN `metadata_keys`
;
-- Users are many logs each: a dictionary makes grouping by them three times as fast.
ALTER TABLE logs DROP INDEX user_bloom
;
ALTER TABLE logs MODIFY COLUMN `user` LowCardinality(String) CODEC(ZSTD(1))
;
ALTER TABLE logs ADD INDEX user_bloom user TYPE bloom_filter(0.01) GRANULARITY 4
;
ALTER TABLE logs MATERIALIZE INDEX user_bloom
;
