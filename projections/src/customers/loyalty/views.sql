create or replace view read.loyalty_accounts as
select customer, balance, owed, earned, adjusted, taken_back, redeemed, expired, updated_at
from accounts;

comment on view read.loyalty_accounts is 'One row per customer who ever had points. balance = earned + adjusted - taken_back - redeemed - expired.';
comment on column read.loyalty_accounts.customer is 'Account UUID of the customer, a pseudonym: names are not here.';
comment on column read.loyalty_accounts.balance is 'Points that can be spent.';
comment on column read.loyalty_accounts.owed is 'Points that returns took back after they were spent: the next ones pay for them.';
comment on column read.loyalty_accounts.earned is 'Points that delivered orders have earned.';
comment on column read.loyalty_accounts.adjusted is 'Points that came by correction, less those that went.';
comment on column read.loyalty_accounts.taken_back is 'Points that went with units that came back, those that paid for what was owed among them.';
comment on column read.loyalty_accounts.redeemed is 'Points that became coupons.';
comment on column read.loyalty_accounts.expired is 'Points that were too old.';
comment on column read.loyalty_accounts.updated_at is 'When the last movement was written into the log.';

create or replace view read.loyalty_movements as
select position, customer, kind, points, balance, order_id, return_id, reward, coupon, reason, expires_at, recorded_at
from movements;

comment on view read.loyalty_movements is 'One row per change of a customer''s points.';
comment on column read.loyalty_movements.position is 'Its place in the log.';
comment on column read.loyalty_movements.customer is 'Account UUID of the customer, a pseudonym: names are not here.';
comment on column read.loyalty_movements.kind is 'earned, adjusted, taken_back, offset (paid for what was owed), redeemed or expired.';
comment on column read.loyalty_movements.points is 'Points that came; below zero, that went.';
comment on column read.loyalty_movements.balance is 'Points that could be spent afterwards.';
comment on column read.loyalty_movements.order_id is 'UUID of the order that earned them, or whose units came back.';
comment on column read.loyalty_movements.return_id is 'UUID of the return that took them back.';
comment on column read.loyalty_movements.reward is 'UUID of the reward that they were spent on.';
comment on column read.loyalty_movements.coupon is 'Code of the coupon that they became.';
comment on column read.loyalty_movements.reason is 'Why somebody corrected them.';
comment on column read.loyalty_movements.expires_at is 'When what is left of those that came is lost; null where that is never.';
comment on column read.loyalty_movements.recorded_at is 'When it was written into the log.';

create or replace view read.loyalty_rewards as
select id as reward, name ->> 'en' as name, points, tier, retired, updated_at
from rewards;

comment on view read.loyalty_rewards is 'One row per reward that could ever be had for points, retired ones too.';
comment on column read.loyalty_rewards.reward is 'The reward''s UUID; rwd_ and its 32 hex digits in the API.';
comment on column read.loyalty_rewards.name is 'What it is called in English; null where it has no English name.';
comment on column read.loyalty_rewards.points is 'What it costs.';
comment on column read.loyalty_rewards.tier is 'The lowest tier that gets it; null where everybody does.';
comment on column read.loyalty_rewards.retired is 'True once it cannot be had any more.';
comment on column read.loyalty_rewards.updated_at is 'When its last change was written into the log.';
