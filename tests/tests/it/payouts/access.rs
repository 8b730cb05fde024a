use domain::{identity::Role, ids::CompanyId};
use serde_json::json;
use uuid::Uuid;

use super::shop::Market;

#[tokio::test]
async fn a_vendor_sees_its_own_companys_payouts_and_settlements_only() {
    let market = Market::open().await;
    market.delivered(1).await;
    let payout = market.pay().await.created()["id"].as_str().unwrap().to_owned();
    let settlement = market.settlement().await["id"].as_str().unwrap().to_owned();
    market.app.settle().await;
    let paths = [
        format!("/api/v1/payouts/{payout}"),
        format!("/api/v1/settlements/{settlement}"),
    ];
    let account = format!("/api/v1/companies/{}/payouts", market.company);
    let own = market.app.account(Role::Vendor, &[], Some(market.company.parse().unwrap())).await;
    for path in &paths {
        own.get(path).await.ok();
    }
    own.get(&account).await.ok();
    for list in ["payouts", "settlements"] {
        assert_eq!(own.get(&format!("/api/v1/{list}")).await.ok()["items"].as_array().unwrap().len(), 1);
    }
    own.post("/api/v1/payouts", &json!({"company_id": market.company}))
        .await
        .problem(403, "permission_denied");

    let other = market.app.account(Role::Vendor, &[], Some(CompanyId::from_uuid(Uuid::from_u128(9)))).await;
    other.get(&paths[0]).await.problem(404, "payouts.payout_not_found");
    other.get(&paths[1]).await.problem(404, "payouts.settlement_not_found");
    other.get(&account).await.problem(404, "vendors.company_not_found");
    for list in ["payouts", "settlements"] {
        assert_eq!(other.get(&format!("/api/v1/{list}")).await.ok()["items"], json!([]));
        let asked = format!("/api/v1/{list}?filter[company]={}", market.company);
        assert_eq!(other.get(&asked).await.ok()["items"], json!([]));
    }
    let customer = market.app.customer().await;
    for path in paths.iter().chain([&account]) {
        customer.get(path).await.problem(403, "forbidden");
    }
    assert_eq!(market.app.anonymous().get("/api/v1/payouts").await.status.as_u16(), 401);
    let auditor = market.app.account(Role::Auditor, &[], None).await;
    auditor.get(&paths[0]).await.ok();
}
