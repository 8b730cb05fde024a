//! Identity: signing in and out, who one is, and what is held about people.

/// Hides what a request holds from logs.
macro_rules! hidden {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

mod admin_request;
pub(crate) mod admins;
pub(crate) mod api_keys;
pub(crate) mod data_export;
pub(crate) mod new_password;
pub(crate) mod people;
pub(crate) mod permissions;
pub(crate) mod profile;
pub(crate) mod registration;
mod request;
mod response;
pub mod routes;
pub(crate) mod second_factor;
pub(crate) mod sessions;
pub(crate) mod shop_owners;
pub(crate) mod sign_in;
pub(crate) mod users;
