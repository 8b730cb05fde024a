create or replace view read.promotions as
select p.id, p.terms -> 'name' ->> 'en' as name, p.kind, p.priority, p.activation, p.stacking, p.valid_from,
       p.valid_until, p.ended,
       coalesce((select sum(u.orders) from promotion_usage u where u.promotion = p.id), 0)::bigint as orders,
       p.version, p.created_at, p.updated_at
from promotions p;

comment on view read.promotions is 'One row per promotion that was ever created, ended ones too.';
comment on column read.promotions.id is 'The promotion''s UUID; prm_ and its 32 hex digits in the API.';
comment on column read.promotions.name is 'Its name in English; null where it has none.';
comment on column read.promotions.kind is 'percentage, fixed, buy_x_get_y or bundle.';
comment on column read.promotions.priority is 'The greatest is applied first.';
comment on column read.promotions.activation is 'automatic, or coupon where it waits for one.';
comment on column read.promotions.stacking is 'stackable, or exclusive where it shares no line with others.';
comment on column read.promotions.valid_from is 'When it begins to run.';
comment on column read.promotions.valid_until is 'When it is over; null without an end.';
comment on column read.promotions.ended is 'True once it was ended before its time.';
comment on column read.promotions.orders is 'Orders that have it; cancelled ones do not count.';
comment on column read.promotions.version is 'Number of events of the promotion so far.';
comment on column read.promotions.created_at is 'When its creation was written into the log.';
comment on column read.promotions.updated_at is 'When its last change was written into the log.';

create or replace view read.coupons as
select c.code, c.promotion, c.valid_from, c.valid_until, c.ended,
       coalesce((select sum(u.orders) from coupon_usage u where u.code = c.code), 0)::bigint as orders,
       c.version, c.created_at, c.updated_at
from coupons c;

comment on view read.coupons is 'One row per coupon that was ever created, ended ones too.';
comment on column read.coupons.code is 'What the customer types, in capitals.';
comment on column read.coupons.promotion is 'UUID of the promotion that it stands for; null where it has an offer of its own.';
comment on column read.coupons.valid_from is 'From when on it is taken.';
comment on column read.coupons.valid_until is 'When it is over; null without an end.';
comment on column read.coupons.ended is 'True once it was ended before its time.';
comment on column read.coupons.orders is 'Orders that have it; cancelled ones do not count.';
comment on column read.coupons.version is 'Number of events of the coupon so far.';
comment on column read.coupons.created_at is 'When its creation was written into the log.';
comment on column read.coupons.updated_at is 'When its last change was written into the log.';

create or replace view read.order_discounts as
select order_id, number, promotion, coupon, currency,
       round(amount * power(10::numeric, -exponent), exponent) as amount, cancelled
from order_discounts;

comment on view read.order_discounts is 'What each promotion or coupon took off each order; part of the order''s discount.';
comment on column read.order_discounts.order_id is 'UUID of the order.';
comment on column read.order_discounts.number is 'From 1, in the order in which they were applied.';
comment on column read.order_discounts.promotion is 'UUID of the promotion; null for a coupon with an offer of its own.';
comment on column read.order_discounts.coupon is 'The coupon''s code; null where the promotion applied by itself.';
comment on column read.order_discounts.currency is 'ISO 4217 code of the amount.';
comment on column read.order_discounts.amount is 'What it took off, in units of currency (a positive number).';
comment on column read.order_discounts.cancelled is 'True once the order was cancelled.';
