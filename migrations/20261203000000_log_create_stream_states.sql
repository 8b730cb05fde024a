-- States of long streams, kept now and then so that looking back need not fold them from their first event. They follow
-- from the log, are no part of it, and may be emptied at any time.

create table stream_states (
    aggregate_type text    not null collate "C",
    aggregate_id   text    not null collate "C",
    -- Of the code that folded it: other code leaves it alone.
    state_version  integer not null,
    sequence       bigint  not null check (sequence > 0),
    position       bigint  not null check (position > 0),
    state          json    not null,
    constraint stream_states_key primary key (aggregate_id, aggregate_type, state_version, sequence)
);

comment on table stream_states is 'What streams had come to at some of their events; may be emptied at any time.';
comment on column stream_states.position is 'Of the event with this sequence: a state whose event stands elsewhere is not used.';

-- How many events a stream had at a position, found by bisection: sequence and position grow together.
create function souk_sequence_at(kind text, id text, up_to bigint) returns bigint language plpgsql stable as $$
declare
    low  bigint := 0;
    high bigint := coalesce((select max(sequence) from events where aggregate_id = id and aggregate_type = kind), 0);
    mid  bigint;
begin
    while low < high loop
        mid := (low + high + 1) / 2;
        if (select position <= up_to from events
             where aggregate_id = id and aggregate_type = kind and sequence = mid) then
            low := mid;
        else
            high := mid - 1;
        end if;
    end loop;
    return low;
end
$$;
