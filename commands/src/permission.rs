//! What each role may do. Permissions are finer than roles; which zone, company or person they reach is checked where
//! the thing itself is known.

use domain::identity::Role;
use serde::{Deserialize, Serialize};

/// Something that a role may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Register, revise and discontinue products.
    ManageCatalog,
    /// Open and close warehouses.
    ManageWarehouses,
    /// Receive and adjust stock, set thresholds.
    ManageStock,
    /// See stock, its history and its marks.
    ReadStock,
    /// Hold stock for a cart.
    HoldStock,
    /// Place orders for oneself.
    PlaceOrders,
    /// Place orders for somebody else.
    PlaceOrdersForOthers,
    /// Confirm orders.
    ConfirmOrders,
    /// Move orders, or one's own parts of them, along the workflow.
    FulfilOrders,
    /// Cancel orders.
    CancelOrders,
    /// Ask for returns.
    RequestReturns,
    /// Approve, receive, refund and reject returns.
    ManageReturns,
    /// See orders; which ones depends on role, zones and company.
    ReadOrders,
    /// See figures over all orders.
    ReadAnalytics,
    /// Read the log and histories.
    ReadAudit,
    /// Create, revise and end promotions and coupons, and see all of them.
    ManagePricing,
    /// Make accounts of any role, deactivate them.
    ManageAccounts,
    /// See accounts; who looks after zones sees those inside them, and less of each.
    ReadAccounts,
    /// See where orders go; which orders, as for reading them.
    ReadDeliveryAddresses,
    /// Close accounts for good and erase their owners' data; which ones as for seeing them.
    EraseAccounts,
    /// Take away everything that is held about somebody else.
    ExportPersons,
    /// Keep addresses of one's own.
    KeepAddresses,
    /// See the projections and rebuild them.
    Operate,
    /// Register companies and agree on their terms.
    ManageCompanies,
    /// Create, approve, pay and fail payouts; draw settlements up.
    ManagePayouts,
    /// See payouts and settlements; a vendor its own company's only.
    ReadPayouts,
    /// Take whole lists away as files, customers too.
    Export,
}

use Permission as P;

impl Permission {
    /// Every permission.
    pub const ALL: &'static [Self] = &[
        P::ManageCatalog,
        P::ManageWarehouses,
        P::ManageStock,
        P::ReadStock,
        P::HoldStock,
        P::PlaceOrders,
        P::PlaceOrdersForOthers,
        P::ConfirmOrders,
        P::FulfilOrders,
        P::CancelOrders,
        P::RequestReturns,
        P::ManageReturns,
        P::ReadOrders,
        P::ReadAnalytics,
        P::ReadAudit,
        P::ManagePricing,
        P::ManageAccounts,
        P::ReadAccounts,
        P::ReadDeliveryAddresses,
        P::EraseAccounts,
        P::ExportPersons,
        P::KeepAddresses,
        P::Operate,
        P::ManageCompanies,
        P::ManagePayouts,
        P::ReadPayouts,
        P::Export,
    ];
}

const LOCATION_ADMIN: &[P] = &[
    P::ManageCatalog,
    P::ManageWarehouses,
    P::ManageStock,
    P::ReadStock,
    P::HoldStock,
    P::PlaceOrders,
    P::PlaceOrdersForOthers,
    P::ConfirmOrders,
    P::FulfilOrders,
    P::CancelOrders,
    P::RequestReturns,
    P::ManageReturns,
    P::ReadOrders,
    P::ReadAnalytics,
    P::ReadAccounts,
    P::ReadDeliveryAddresses,
    P::EraseAccounts,
];

const STORE_MANAGER: &[P] = &[
    P::ManageStock,
    P::ReadStock,
    P::HoldStock,
    P::ConfirmOrders,
    P::FulfilOrders,
    P::CancelOrders,
    P::RequestReturns,
    P::ManageReturns,
    P::ReadOrders,
    P::ReadDeliveryAddresses,
];

const VENDOR: &[P] = &[
    P::ManageCatalog,
    P::ManageStock,
    P::ReadStock,
    P::FulfilOrders,
    P::ReadOrders,
    P::ReadPayouts,
];

const CUSTOMER: &[P] = &[
    P::KeepAddresses,
    P::ReadDeliveryAddresses,
    P::HoldStock,
    P::PlaceOrders,
    P::CancelOrders,
    P::RequestReturns,
    P::ReadOrders,
];

/// What a role may do.
#[must_use]
pub const fn permissions_of(role: Role) -> &'static [Permission] {
    match role {
        Role::SuperAdmin => Permission::ALL,
        Role::LocationAdmin => LOCATION_ADMIN,
        Role::StoreManager => STORE_MANAGER,
        Role::Vendor => VENDOR,
        Role::Customer => CUSTOMER,
        Role::Driver => &[],
        Role::Analyst => &[P::ReadAnalytics],
        Role::Auditor => &[
            P::ReadAudit,
            P::ReadOrders,
            P::ReadStock,
            P::ReadAnalytics,
            P::ReadPayouts,
        ],
    }
}
