//! The catalogue of permissions, as the code checks them.

use commands::{Permission, UseCase};
use domain::identity::Role;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Answer, Problem, auth::Signed};

/// Every permission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Permissions)]
pub(crate) struct PermissionsBody {
    items: Vec<PermissionBody>,
}

/// A permission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Permission, example = json!({
    "name": "manage_stock",
    "what": "Receive and adjust stock, set thresholds.",
    "roles": ["super_admin", "location_admin", "store_manager", "vendor"],
    "use_cases": ["change_stock", "adjust_stock_in_bulk"],
}))]
pub(crate) struct PermissionBody {
    /// Its name: in `GET /auth/me`, and as an API key's scope.
    #[schema(value_type = String)]
    name: Permission,
    /// What it allows.
    what: &'static str,
    /// Who has it.
    #[schema(value_type = Vec<String>)]
    roles: &'static [Role],
    /// What cannot be done without it.
    #[schema(value_type = Vec<String>)]
    use_cases: &'static [UseCase],
}

/// Permissions
///
/// What each allows, and which roles have it. Which zone, company or person a caller reaches is another question.
#[utoipa::path(
    get,
    path = "/api/v1/permissions",
    tag = "identity",
    responses(
        (status = 200, body = PermissionsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_permissions(signed: Signed) -> Result<Answer, Problem> {
    signed.require(UseCase::ReadPermissions)?;
    let items = Permission::ALL.iter().map(|permission| PermissionBody {
        name: *permission,
        what: permission.what(),
        roles: permission.roles(),
        use_cases: permission.use_cases(),
    });
    Answer::ok(&PermissionsBody { items: items.collect() })
}
