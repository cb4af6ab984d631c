-- The trace of what a message tells of, where no fact in this database carries it: facts of polls
-- are with their owner.
alter table webhook_messages add column traceparent text;
