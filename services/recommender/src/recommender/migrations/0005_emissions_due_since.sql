-- Since when there is something to tell of a poll, where there is: for a gauge of what waits.
alter table emissions add column due_since timestamptz not null default now();
