//! What each role may do: one table of permissions, of the roles that have each, and of the use cases that need it.
//!
//! Use cases ask by their own names ([`UseCase`]), so that nothing can be checked that is not in the table. Permissions
//! are finer than roles; which zone, company or person they reach is checked where the thing itself is known.

use domain::identity::Role;
use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($(
        #[doc = $what:literal]
        $permission:ident [$($role:ident)*] { $($use_case:ident)* }
    )*) => {
        /// Something that a role may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission {
            $(#[doc = $what] $permission,)*
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$permission),*];

            /// One sentence for a person.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$permission => $what.trim_ascii(),)*
                }
            }

            /// The roles that have it; the super admin's is taken for granted.
            #[must_use]
            pub const fn roles(self) -> &'static [Role] {
                match self {
                    $(Self::$permission => &[Role::SuperAdmin $(, Role::$role)*],)*
                }
            }

            /// What cannot be done without it.
            #[must_use]
            pub const fn use_cases(self) -> &'static [UseCase] {
                match self {
                    $(Self::$permission => &[$(UseCase::$use_case),*],)*
                }
            }
        }

        /// Something that is asked of Souk and that not everybody may ask.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each is the name of its function, where it is explained")]
        pub enum UseCase {
            $($($use_case,)*)*
        }

        impl UseCase {
            /// What it needs.
            #[must_use]
            pub const fn permission(self) -> Permission {
                match self {
                    $($(Self::$use_case => Permission::$permission,)*)*
                }
            }
        }
    };
}

permissions! {
    /// Register, revise and discontinue products.
    ManageCatalog [LocationAdmin Vendor] {
        RegisterProduct ChangeProduct ReviseProductsInBulk ImportProducts ProposeSlug AddSellingUnit ChangeSellingUnit
    }
    /// Upload pictures, and remove one's own.
    UploadImages [LocationAdmin StoreManager Vendor Customer Driver Analyst Auditor] { UploadImage RemoveUpload }
    /// Remove pictures that others have uploaded.
    ManageUploads [LocationAdmin] {}
    /// Create, move and remove categories; define units of measure and attributes.
    ManageCategories [] {
        CreateCategory ChangeCategory RemoveCategory DefineUnit ChangeUnit DefineAttribute ChangeAttribute
    }
    /// See how products came to be what they are; a vendor its own company's only.
    ReadProductHistory [LocationAdmin Vendor Auditor] { ReadProductHistory }
    /// Open, revise and close warehouses and stores.
    ManageWarehouses [LocationAdmin] {
        OpenWarehouse ReviseWarehouse CloseWarehouse OpenStore ReviseStore SetStoreStatus
    }
    /// Receive and adjust stock, set thresholds.
    ManageStock [LocationAdmin StoreManager Vendor] {
        ChangeStock AdjustStockInBulk TransferStock WasteStock
    }
    /// See stock, its history and its marks.
    ReadStock [LocationAdmin StoreManager Vendor Auditor] {
        ListWarehouses ShowWarehouse ShowStock StockMovements ReadShortages ListExpiring ReadStockReport
        ReadStockStatistics SuggestRestock
    }
    /// Add, revise and retire suppliers.
    ManageSuppliers [] { AddSupplier ReviseSupplier RetireSupplier }
    /// Say when more is ordered, and approve, receive and cancel what is.
    ManageReplenishment [LocationAdmin StoreManager] { SetAutoReorder MoveReorder ListReorders ListSuppliers }
    /// Hold stock for a cart.
    HoldStock [LocationAdmin StoreManager Customer] { HoldStock ReleaseHold }
    /// Place orders for oneself.
    PlaceOrders [LocationAdmin Customer] { PlaceOrder QuotePrices ShowCoupon }
    /// Place orders for somebody else.
    PlaceOrdersForOthers [LocationAdmin] {}
    /// Keep a cart of one's own, and order it.
    KeepCart [Customer] { ShowCart ChangeCart MergeCart ValidateCheckout OrderCart }
    /// Confirm orders.
    ConfirmOrders [LocationAdmin StoreManager] { ConfirmOrder }
    /// Move orders, or one's own parts of them, along the workflow.
    FulfilOrders [LocationAdmin StoreManager Vendor] { FulfilOrder }
    /// Edit orders before they ship.
    EditOrders [LocationAdmin] { EditOrder }
    /// Cancel orders.
    CancelOrders [LocationAdmin StoreManager Customer] { CancelOrder }
    /// See orders that look like fraud, clear them or call them off.
    ReviewFraud [LocationAdmin] { ListFraudFlags ReviewFraudFlag }
    /// Say what looks like fraud.
    ManageFraudRules [] { ReadFraudRules ReviseFraudRules }
    /// Ask for returns.
    RequestReturns [LocationAdmin StoreManager Customer] { RequestReturn }
    /// Approve, receive, refund and reject returns.
    ManageReturns [LocationAdmin StoreManager] { MoveReturn }
    /// See orders; which ones depends on role, zones and company.
    ReadOrders [LocationAdmin StoreManager Vendor Customer Auditor] { ListOrders ShowOrder ShowInvoice ReadOrderHistory }
    /// See figures over all orders.
    ReadAnalytics [LocationAdmin Analyst Auditor] { ReadOrderFigures ReadFigures }
    /// Read the log and histories.
    ReadAudit [Auditor] { ReadEvents ReadAuditLog ReadEvidence }
    /// Create, revise and end promotions, coupons, price lists and tax rates, see all of them, and put customers into groups.
    ManagePricing [] {
        CreatePromotion RevisePromotion EndPromotion SimulatePromotion ListCoupons CreateCoupon ReviseCoupon EndCoupon
        ListPriceLists ShowPriceList CreatePriceList RevisePriceList RetirePriceList
        ListTaxRates CreateTaxRate ReviseTaxRate
        ShowCustomerGroups GroupCustomer
    }
    /// Make accounts of any role, change what they act as, deactivate and remove them.
    ManageAccounts [] {
        RegisterAccount ReassignAccount SetAccountActive RevokePassword ListAdmins AdminStats ShowAdmin RemoveAdmin ReadPermissions
    }
    /// See the shop owners of one's zones, let them sign in or not.
    ManageShopOwners [LocationAdmin] { ListShopOwners SetShopOwnerActive }
    /// Create, list and revoke API keys.
    ManageApiKeys [] { CreateApiKey ListApiKeys RevokeApiKey }
    /// Look accounts up for another service.
    LookUpUsers [] { LookUpUser }
    /// See accounts; who looks after zones sees those inside them, and less of each.
    ReadAccounts [LocationAdmin] { ListUsers ListCustomers ShowCustomer }
    /// See where orders go; which orders, as for reading them.
    ReadDeliveryAddresses [LocationAdmin StoreManager Customer] {}
    /// Close accounts for good and erase their owners' data; which ones as for seeing them.
    EraseAccounts [LocationAdmin] { EraseAccount EraseCustomer }
    /// Take away everything that is held about somebody else.
    ExportPersons [] { ExportPerson }
    /// Keep a customer's profile of one's own.
    KeepProfile [Customer] { ShowProfile ReviseProfile }
    /// Keep addresses of one's own.
    KeepAddresses [Customer] { ReadAddresses ChangeAddresses }
    /// Write reviews, revise one's own, and say that others' should not be there.
    WriteReviews [Customer] { WriteReview ReviseReview FlagReview }
    /// Take reviews away; customers their own.
    RemoveReviews [Customer] { RemoveReview }
    /// See every review, publish and reject them.
    ModerateReviews [] { ListReviews ModerateReview }
    /// Keep favourites of one's own.
    KeepFavorites [Customer] { ListFavorites ChangeFavorites }
    /// See and spend points of one's own.
    KeepPoints [Customer] { ShowLoyalty RedeemReward }
    /// Say how points are earned and what can be had for them, and correct them.
    ManageLoyalty [] { ShowLoyaltyRules SetLoyaltyRules AddReward ReviseReward AdjustPoints }
    /// Wait for products that are out of stock.
    KeepStockAlerts [Customer] { ListStockAlerts ChangeStockAlerts }
    /// See who waits for products, tell them, and clear those who were told.
    ManageStockAlerts [] { ListWaitingCustomers ServeStockAlerts ClearServedAlerts }
    /// Ask for items that are in no catalogue.
    AskForItems [Customer] { AskForItem ListOwnNeededItems }
    /// See and answer what is asked for in one's zones.
    AnswerNeededItems [LocationAdmin] { ListNeededItems AnswerNeededItem }
    /// Order with one click.
    KeepOneClick [Customer] { ShowOneClick SetOneClick OrderInOneClick }
    /// See the projections and rebuild them, see the queues and retry what was given up.
    Operate [] { ListProjections RebuildProjection ListQueues ListDeadLetters RetryDeadLetter }
    /// Register companies and agree on their terms.
    ManageCompanies [] { ChangeCompany }
    /// Create, approve, pay and fail payouts; draw settlements up.
    ManagePayouts [] { CreatePayout SettlePayout CreateSettlement ChangeSettlement }
    /// See payouts and settlements; a vendor its own company's only.
    ReadPayouts [Vendor Auditor] {
        ListPayouts ShowPayout ListSettlements ShowSettlement ReadCompanyFigures
    }
    /// Take whole lists away as files, customers too.
    Export [] { ExportReport }
}

impl Permission {
    /// Whether `role` has it.
    #[must_use]
    pub fn is_of(self, role: Role) -> bool {
        self.roles().contains(&role)
    }
}

/// What a role may do.
pub fn permissions_of(role: Role) -> impl Iterator<Item = Permission> {
    Permission::ALL.iter().copied().filter(move |permission| permission.is_of(role))
}
