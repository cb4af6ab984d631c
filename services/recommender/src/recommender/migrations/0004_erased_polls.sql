-- Polls that were erased. Of them nothing is left but this row, and it stays, also when everything
-- else is made anew: facts and names that come late bring nothing back.
create table erased_polls (
    poll_id uuid primary key
);
