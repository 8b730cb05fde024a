create index promotions_created on promotions (created_at, id);
create index promotions_priority on promotions (priority, id);
create index promotions_from on promotions (valid_from, id);
create index coupons_created on coupons (created_at, id);
create index coupons_of_promotion on coupons (promotion) where promotion is not null;
create index order_discounts_of_promotion on order_discounts (promotion) where promotion is not null;
create index order_discounts_of_coupon on order_discounts (coupon) where coupon is not null;
