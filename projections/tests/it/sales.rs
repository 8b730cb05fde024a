//! Figures of sales add up, however they are grouped.

use projections::analytics::sales::{self, BestBy, Period, SalesFilter};

use crate::support::filled;

#[tokio::test]
async fn sales_are_grouped_by_period_and_product() {
    let (bench, _) = filled(19).await;
    let pool = &bench.pool();
    let filter = SalesFilter {
        from: "2010-10-01".parse().unwrap(),
        to: "2010-12-31".parse().unwrap(),
        country: None,
        currency: None,
    };
    let totals = sales::totals(pool, &filter).await.unwrap();
    assert!(totals.by_currency.len() > 1);
    for figures in &totals.by_currency {
        let only = SalesFilter { currency: Some(figures.currency), ..filter.clone() };
        for period in [Period::Day, Period::Week, Period::Month] {
            let parts = sales::by_period(pool, &only, period).await.unwrap();
            assert!(parts.is_sorted_by(|a, b| a.start < b.start));
            assert_eq!(parts.iter().map(|part| part.figures.net.minor).sum::<i128>(), figures.net.minor);
            assert_eq!(parts.iter().map(|part| part.figures.orders).sum::<i64>(), figures.orders);
        }
        let best = sales::by_product(pool, &only, BestBy::Revenue, 3).await.unwrap();
        assert!(best.len() <= 3 && best.is_sorted_by(|a, b| a.net.minor >= b.net.minor));
        assert_eq!(figures.net.minor, figures.gross.minor + figures.credited.minor);
        let charges = figures.delivery.minor + figures.tax.minor + figures.rounding.minor;
        assert_eq!(figures.gross.minor, figures.subtotal.minor - figures.discount.minor + charges);
    }
    let dashboard = sales::dashboard(pool, "2010-12-20".parse().unwrap()).await.unwrap();
    let orders = |totals: &sales::SalesTotals| totals.by_currency.iter().map(|row| row.orders).sum::<i64>();
    assert!(orders(&dashboard.today) <= orders(&dashboard.last_7_days));
    assert!(orders(&dashboard.last_7_days) < orders(&dashboard.last_30_days));
}
