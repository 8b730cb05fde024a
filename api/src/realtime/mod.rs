//! What happens, told as it happens: messages about orders and stock as server-sent events, for whoever may see them.
//!
//! Messages are nothing of their own: each is an event of the log, told again to those within whose reach it is. So any
//! of them can be asked for once more, from any position.

mod feed;
mod follower;
mod message;
mod name;
mod places;
mod reader;
mod request;
pub(crate) mod routes;

pub use feed::Feed;
pub use message::MessageBody;
pub use request::StreamParams;
pub use routes::routes;
