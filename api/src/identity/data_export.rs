//! Everything that is held about one person, as JSON.

use chrono::{DateTime, Utc};
use commands::{
    UseCase,
    identity::{Device, Held},
    jobs::HeldJob,
    vault::Keys,
};
use domain::{
    customers::{
        AddressBook, CustomerGroups, DETAILS, Favorites, LoyaltyAccount, NEEDED_ANSWER, NEEDED_DESCRIPTION,
        NeededItem, OneClick, PAYMENT_METHOD, StockAlerts, StockAlertsEvent,
    },
    decider::Decider,
    identity::{Account, DISPLAY_NAME, LOCALE, PHONE},
    ids::{AccountId, EventId, OrderId},
    orders::{DELIVERY_ADDRESS, DEVICE},
    sealed::{Place, Sealed},
};
use event_store::{AsOf, RecordedEvent};
use projections::{
    PageRequest, Sort,
    catalog::review_list,
    customers::{
        address_list,
        unmet_demand::{self, NeededItemFilter},
    },
    orders::{
        order_list::{self, OrderFilter, OrderSort},
        return_list::{self, ReturnFilter},
    },
    pricing::promotion_list,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    people::{UserBody, opened},
    users,
};
use crate::{
    cart::response::HeldItemBody,
    catalog::{review_response::OwnReviewBody, reviews::READ_MODEL as REVIEW_MODEL},
    customers::{addresses::READ_MODEL as ADDRESS_MODEL, response::AddressBody},
    http::{Answer, Id, Problem, auth::Signed, consistency::MinPosition, problem::ProblemBody},
    orders::{address, response::OrderBody},
    souk::Shared,
};

/// The fields of events that are sealed.
const SEALED_FIELDS: &[&str] = &[
    DISPLAY_NAME,
    PHONE,
    LOCALE,
    DETAILS,
    DELIVERY_ADDRESS,
    DEVICE,
    NEEDED_DESCRIPTION,
    NEEDED_ANSWER,
    PAYMENT_METHOD,
];

/// Everything that is held about one person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DataExport)]
pub(crate) struct DataExportBody {
    /// The account and its owner's profile.
    account: UserBody,
    /// How it signs in; null once it is erased. Passwords are kept only as hashes, tokens too: they are not held.
    sign_in: Option<SignInBody>,
    /// The addresses.
    addresses: Vec<AddressBody>,
    /// The orders, newest first, with their lines, discounts, returns and addresses.
    orders: Vec<OrderBody>,
    /// The reviews of products, the oldest first.
    reviews: Vec<OwnReviewBody>,
    /// What is in the cart.
    cart: Vec<HeldItemBody>,
    /// From where requests came, the latest first: a line for each device and network address.
    requests_from: Vec<OriginBody>,
    /// Mails about these orders and this account, on their way or sent in the last days.
    mails: Vec<JobBody>,
    /// What the log holds of the account and its addresses, oldest first, earlier values too.
    history: Vec<HistoryBody>,
}

/// How an account signs in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldSignIn)]
struct SignInBody {
    /// Its address.
    email: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When its password was set.
    password_changed_at: DateTime<Utc>,
    /// Since when its address is confirmed.
    verified_at: Option<DateTime<Utc>>,
    /// Whether a second factor is asked for. Its secret is not shown again.
    has_second_factor: bool,
    /// Its sessions, newest first.
    sessions: Vec<SessionBody>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldSession)]
struct SessionBody {
    /// `ses_…`
    id: String,
    /// What its device called itself last.
    user_agent: Option<String>,
    /// The network address that it was last renewed from.
    address: Option<String>,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it was last renewed.
    last_used_at: DateTime<Utc>,
    /// When it was ended.
    revoked_at: Option<DateTime<Utc>>,
}

/// From where requests came.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldOrigin)]
struct OriginBody {
    /// When a request was first seen from there, on one node and within a day.
    seen_at: DateTime<Utc>,
    /// The network address.
    address: Option<String>,
    /// What the program called itself.
    user_agent: Option<String>,
}

/// A background job about the person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldJob)]
struct JobBody {
    /// `job_…`
    id: String,
    /// What it does.
    kind: String,
    /// `waiting`, `sent`, `done` or `dead`.
    state: String,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// One event of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldEvent)]
struct HistoryBody {
    /// Where it stands in the log.
    position: i64,
    /// What happened.
    #[serde(rename = "type")]
    event_type: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Its fields; what was sealed is opened, or `{"erased": true}`.
    #[schema(value_type = Object)]
    body: Value,
}

/// Everything that is held about a person
///
/// One's own, or with the permission to take away everybody's. Passwords and tokens are not in it: they are kept only as
/// hashes.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}/data-export",
    tag = "identity",
    params(
        ("id" = String, Path, description = "`usr_…`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = DataExportBody),
        (status = 403, body = ProblemBody, description = "It is somebody else's, whom the caller may see"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn export_data(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    souk.reads
        .wait_for(
            min,
            &[
                ADDRESS_MODEL,
                REVIEW_MODEL,
                "order_list",
                "return_list",
                "promotion_list",
            ],
        )
        .await?;
    let found = users::find(&signed, &souk, id, min).await?;
    if signed.principal().account != id {
        signed.require(UseCase::ExportPerson)?;
    }
    let keys = souk.identity.vault().keys([id]).await?;
    let account = opened(&souk, vec![found]).await?.pop().ok_or_else(users::unknown)?;
    let book = address_list::of_customer(souk.reads.pool(), id).await?;
    let mut addresses = Vec::with_capacity(book.addresses.len());
    for row in &book.addresses {
        addresses.extend(AddressBody::open(row, book.version, &keys)?);
    }
    let (orders, ids) = orders_of(&souk, id).await?;
    let mut mails = souk.outside.jobs.about_orders(&ids).await?;
    mails.extend(souk.outside.jobs.mails_to(id).await?);
    let body = DataExportBody {
        account,
        sign_in: souk.identity.held(id).await?.map(Into::into),
        addresses,
        orders,
        reviews: reviews_of(&souk, id, &keys).await?,
        cart: souk.carts.held(id).await?.lines.iter().map(Into::into).collect(),
        requests_from: souk.audit.origins_of(id).await?.into_iter().map(Into::into).collect(),
        mails: mails.into_iter().map(Into::into).collect(),
        history: history_of(&souk, id, &ids, &keys).await?,
    };
    Answer::ok(&body)
}

async fn orders_of(souk: &Shared, customer: AccountId) -> Result<(Vec<OrderBody>, Vec<OrderId>), Problem> {
    let pool = souk.reads.pool();
    let filter = OrderFilter { customer: Some(customer), ..OrderFilter::default() };
    let newest = Sort { key: OrderSort::PlacedAt, descending: true };
    let (mut orders, mut ids) = (Vec::new(), Vec::new());
    let mut page = PageRequest::first(PageRequest::MAX_LIMIT);
    loop {
        let found = order_list::list(pool, &filter, newest, &page).await?;
        for order in found.items {
            let id = order.id;
            let Some(detail) = order_list::detail(pool, id).await? else {
                continue;
            };
            let discounts = promotion_list::discounts_of(pool, id).await?;
            let of_order = ReturnFilter { order: Some(id), ..ReturnFilter::default() };
            let returns =
                return_list::list(pool, &of_order, &PageRequest::first(PageRequest::MAX_LIMIT)).await?;
            let to = address::of_order(souk, id).await?;
            orders.push(OrderBody::new(detail, discounts, returns.items).delivered_to(to));
            ids.push(id);
        }
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok((orders, ids)),
        }
    }
}

async fn reviews_of(souk: &Shared, person: AccountId, keys: &Keys) -> Result<Vec<OwnReviewBody>, Problem> {
    let rows = review_list::of_customer(souk.reads.pool(), person).await?;
    rows.iter().map(|row| OwnReviewBody::open(row, keys)).collect()
}

async fn history_of(
    souk: &Shared,
    person: AccountId,
    orders: &[OrderId],
    keys: &Keys,
) -> Result<Vec<HistoryBody>, Problem> {
    let stream = person.stream();
    let reader = &souk.reads.log;
    let mut events = reader.read_stream(Account::KIND, &stream, 0, AsOf::Now).await?;
    for kind in [
        AddressBook::KIND,
        CustomerGroups::KIND,
        Favorites::KIND,
        LoyaltyAccount::KIND,
        OneClick::KIND,
    ] {
        events.extend(reader.read_stream(kind, &stream, 0, AsOf::Now).await?);
    }
    events.extend(wishes_of(souk, person).await?);
    events.extend(address::placements_from_devices(souk, orders).await?);
    events.sort_by_key(|event| event.position);
    events.iter().map(|event| history(event, keys)).collect()
}

/// What a person wanted and could not have. It stands in the streams of products and of the wishes themselves.
async fn wishes_of(souk: &Shared, person: AccountId) -> Result<Vec<RecordedEvent>, Problem> {
    let (reader, pool) = (&souk.reads.log, souk.reads.pool());
    let mut events = Vec::new();
    let own = NeededItemFilter { customer: Some(person), ..NeededItemFilter::default() };
    let mut page = PageRequest::first(PageRequest::MAX_LIMIT);
    loop {
        let found = unmet_demand::needed_items(pool, &own, &page).await?;
        for row in found.items {
            events.extend(reader.read_stream(NeededItem::KIND, &row.id.stream(), 0, AsOf::Now).await?);
        }
        page.after = found.next;
        if page.after.is_none() {
            break;
        }
    }
    loop {
        let found = unmet_demand::alerts_of_customer(pool, person, &page).await?;
        for row in found.items {
            let alerts = reader.read_stream(StockAlerts::KIND, &row.product.stream(), 0, AsOf::Now).await?;
            events.extend(alerts.into_iter().filter(|event| is_about(event, person)));
        }
        page.after = found.next;
        if page.after.is_none() {
            return Ok(events);
        }
    }
}

fn is_about(event: &RecordedEvent, person: AccountId) -> bool {
    event.typed::<StockAlertsEvent>().is_ok_and(|alert| {
        let (StockAlertsEvent::StockAlertRequested { customer }
        | StockAlertsEvent::StockAlertWithdrawn { customer }
        | StockAlertsEvent::StockAlertServed { customer }) = alert;
        *customer == person
    })
}

fn history(event: &RecordedEvent, keys: &Keys) -> Result<HistoryBody, Problem> {
    let payload: Value = serde_json::from_str(&event.payload).map_err(|error| Problem::internal(&error))?;
    let mut body = payload.get(&event.event_type).cloned().unwrap_or_else(|| Value::Object(Map::new()));
    for field in SEALED_FIELDS {
        let Some(member) = body.pointer_mut(field) else {
            continue;
        };
        let Ok(sealed) = serde_json::from_value::<Sealed>(member.clone()) else {
            continue;
        };
        let place = Place { event: EventId::from_uuid(event.metadata.event_id), field };
        *member = match keys.open(place, &sealed)?.text() {
            // An address is JSON, the others are texts.
            Some(text) if [DETAILS, DELIVERY_ADDRESS].contains(field) => {
                serde_json::from_str(&text).unwrap_or(Value::String(text))
            }
            Some(text) => Value::String(text),
            None => serde_json::json!({"erased": true}),
        };
    }
    Ok(HistoryBody {
        position: event.position,
        event_type: event.event_type.clone(),
        recorded_at: event.recorded_at,
        body,
    })
}

impl From<(DateTime<Utc>, Device)> for OriginBody {
    fn from((seen_at, device): (DateTime<Utc>, Device)) -> Self {
        Self {
            seen_at,
            address: device.address,
            user_agent: device.user_agent,
        }
    }
}

impl From<Held> for SignInBody {
    fn from(held: Held) -> Self {
        let sessions = held.sessions.into_iter().map(|session| SessionBody {
            id: session.session.to_string(),
            user_agent: session.device.user_agent,
            address: session.device.address,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            revoked_at: session.revoked_at,
        });
        Self {
            email: held.email,
            created_at: held.created_at,
            password_changed_at: held.password_changed_at,
            verified_at: held.verified_at,
            has_second_factor: held.has_second_factor,
            sessions: sessions.collect(),
        }
    }
}

impl From<HeldJob> for JobBody {
    fn from(job: HeldJob) -> Self {
        Self {
            id: job.id.to_string(),
            kind: job.kind,
            state: job.state,
            created_at: job.created_at,
        }
    }
}
