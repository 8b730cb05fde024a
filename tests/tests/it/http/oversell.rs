//! Many want what few can have.

use futures_util::future::join_all;
use souk_tests::TestApp;

#[tokio::test]
async fn nothing_is_sold_twice() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (near, far) = (admin.warehouse("NEAR").await, admin.warehouse("FAR").await);
    let rice = admin.product("RICE", "100").await;
    let tea = admin.product("TEA", "100").await;
    for warehouse in [&near, &far] {
        admin.stock(&rice, warehouse, 20).await.ok();
        admin.stock(&tea, warehouse, 500).await.ok();
    }
    let customers = join_all((0..4).map(|_| app.customer())).await;
    let orders = (0..64).map(|number| {
        let (customer, rice, tea) = (&customers[number % 4], &rice, &tea);
        async move { customer.order(&[(rice, 3), (tea, 1)]).await }
    });
    let mut placed = 0;
    for reply in join_all(orders).await {
        if reply.status == 201 {
            placed += 1;
        } else {
            reply.problem(409, "inventory.insufficient_stock");
        }
    }
    assert_eq!(placed, 13);
    app.settle().await;
    let stock = admin.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok();
    assert_eq!((&stock["available"], &stock["reserved"]), (&1.into(), &39.into()));
    // Who was refused rice has taken no tea.
    let stock = admin.get(&format!("/api/v1/inventory/stock/{tea}")).await.ok();
    assert_eq!(stock["reserved"], 13);
}
