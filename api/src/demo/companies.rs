//! The vendor's company.

use commands::{CommandError, vendors::NewCompany};
use domain::{
    money::{BasisPoints, Currency, Money},
    text::Zone,
    vendors::{DeliveryFee, RegisterCompany},
};

use super::{
    Demo,
    accounts::vendor_company,
    goods::{BEGINNING_HOURS, localized},
    wrong,
};

/// 7.5 percent.
const COMMISSION_BASIS_POINTS: u16 = 750;

/// Zagros Foods brings its goods to Erbil for 2,000 dinars, and for nothing from 50,000 on.
pub(super) async fn seed(demo: &Demo) -> Result<(), CommandError> {
    let dinars = |amount| Money::from_minor(amount, Currency::IQD);
    let company = RegisterCompany {
        name: localized(["Zagros Foods", "أغذية زاغروس", "خۆراکی زاگرۆس"])?,
        description: None,
        zones: Vec::new(),
        commission_rate: BasisPoints::try_from(COMMISSION_BASIS_POINTS).map_err(wrong)?,
        delivery_fees: vec![DeliveryFee {
            zone: Some(Zone::parse("erbil").map_err(wrong)?),
            fee: dinars(2_000),
            free_from: Some(dinars(50_000)),
        }],
    };
    let new = NewCompany { id: Some(vendor_company()), company };
    let call = demo.step("company Zagros Foods", BEGINNING_HOURS);
    demo.vendors.register_company(&call, new).await.map(drop)
}
