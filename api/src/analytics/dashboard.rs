//! The dashboard as answers show it.

use chrono::NaiveDate;
use domain::{money::Currency, orders::OrderStatus};
use projections::analytics::sales::SalesTotals;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    figures::{FiguresBody, TotalsBody},
    response::ProductSalesBody,
};

/// The shop at a glance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dashboard)]
pub struct DashboardBody {
    /// The business day that is today.
    pub date: NaiveDate,
    /// Today.
    pub today: DashboardSalesBody,
    /// Today and the six days before.
    pub last_7_days: DashboardSalesBody,
    /// Today and the 29 days before.
    pub last_30_days: DashboardSalesBody,
    /// Orders of the last 30 days by status; every status is there.
    pub orders_by_status: Vec<StatusCountBody>,
    /// The five products with the most net units of the last 30 days.
    pub best_sellers: Vec<ProductSalesBody>,
    /// Products that are short, by warehouse.
    pub stock: StockAlertsBody,
}

/// Sales of a part of the dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DashboardSales)]
pub struct DashboardSalesBody {
    /// In the store's currency, or the one that most was sold in.
    pub totals: TotalsBody,
    /// The figures of every other currency.
    pub other_currencies: Vec<FiguresBody>,
}

impl DashboardSalesBody {
    pub(super) fn new(totals: &SalesTotals, store: Currency) -> Self {
        let (totals, other_currencies) = TotalsBody::split(totals, None, None, store);
        Self { totals, other_currencies }
    }
}

/// How many orders are in one status.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatusCount, example = json!({"status": "pending", "orders": 3}))]
pub struct StatusCountBody {
    /// `pending`, `confirmed`, `processing`, `shipped`, `delivered` or `cancelled`.
    #[schema(value_type = String)]
    pub status: OrderStatus,
    /// Orders in it, whatever the currency.
    pub orders: i64,
}

impl StatusCountBody {
    /// Every status, in order of progress.
    pub(super) fn all(counts: impl Iterator<Item = (OrderStatus, i64)> + Clone) -> Vec<Self> {
        let of = |status| counts.clone().filter(move |(own, _)| *own == status).map(|(_, orders)| orders);
        OrderStatus::ALL.iter().map(|status| Self { status: *status, orders: of(*status).sum() }).collect()
    }
}

/// Products that are short.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockAlerts, example = json!({"low": 4, "out": 1}))]
pub struct StockAlertsBody {
    /// Below their threshold.
    pub low: i64,
    /// Not to be had any more.
    pub out: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_counted_once_over_all_currencies() {
        let counts = [
            (OrderStatus::Pending, 2),
            (OrderStatus::Cancelled, 1),
            (OrderStatus::Pending, 3),
        ];
        let all = StatusCountBody::all(counts.into_iter());
        let orders: Vec<i64> = all.iter().map(|count| count.orders).collect();
        assert_eq!(orders, [5, 0, 0, 0, 0, 1]);
    }
}
