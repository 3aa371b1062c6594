-- A block of a bloom filter is looked at in each part for each question: few large and sharp blocks find a trace among ten
-- million logs in milliseconds, where many small ones were looked at for longer than the trace took to read.
ALTER TABLE logs DROP INDEX IF EXISTS trace_id_bloom
;
ALTER TABLE logs ADD INDEX trace_id_bloom trace_id TYPE bloom_filter(0.0001) GRANULARITY 32
;
ALTER TABLE logs MATERIALIZE INDEX trace_id_bloom
;
ALTER TABLE logs ADD INDEX IF NOT EXISTS session_bloom session TYPE bloom_filter(0.0001) GRANULARITY 32
;
ALTER TABLE logs MATERIALIZE INDEX session_bloom
;
