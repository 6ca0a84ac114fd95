"""Counting against the limits is one call: PostgreSQL plans it once a connection, and not at every message.

Revision: 0020, after 0019
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One function more. The second statement in it sees what was counted before the locks were got: in PostgreSQL's
    usual isolation each statement of a function that changes something looks anew."""
    op.execute(
        """
        create function count_lately(counted text[], at_most int[], step_seconds float8[], steps int)
        returns table (wait float8, fewest int) language plpgsql volatile as $$
        begin
            perform pg_advisory_xact_lock(27753, hashtext(each.sender)) from unnest(counted) as each (sender);
            return query
            with asked as (
                select given.sender, given.most, given.seconds,
                    floor(extract(epoch from clock_timestamp()) / given.seconds)::bigint as step
                from unnest(counted, at_most, step_seconds) as given (sender, most, seconds)
            ), summed as (
                select asked.most, asked.seconds, coalesce(sum(lately.count), 0) as count, min(lately.step) as oldest
                from asked
                left join lately on lately.sender = asked.sender and lately.step > asked.step - steps
                group by asked.sender, asked.most, asked.seconds
            ), full_up as (
                select max((summed.oldest + steps) * summed.seconds - extract(epoch from clock_timestamp())) as wait
                from summed where summed.count >= summed.most
            ), added as (
                insert into lately as kept (sender, step, count, gone_at)
                select asked.sender, asked.step, 1,
                    clock_timestamp() + make_interval(secs => asked.seconds * (steps + 1))
                from asked where not exists (select from summed where summed.count >= summed.most)
                on conflict (sender, step) do update set count = kept.count + 1
                returning kept.count
            )
            select (select full_up.wait from full_up)::float8, (select min(added.count) from added)::int;
        end $$
        """
    )
