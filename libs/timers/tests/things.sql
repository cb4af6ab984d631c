-- An owner of timers, as small as one can be.
create table things (id text primary key, version int not null, status text not null);
