//! A small marketplace: who is in it, and things of theirs that can be asked for.

use commands::{Call, Permission, orders::FraudFinding};
use domain::{
    identity::Role,
    ids::{CompanyId, EventId},
};
use serde_json::{Value, json};
use souk_tests::{Client, PASSWORD, TestApp};

/// The callers, in the order of the matrix's columns.
pub(crate) const CALLERS: [&str; 13] = [
    "none", "admin", "zone", "other", "store", "vendor", "rival", "owner", "strange", "driver", "analyst",
    "auditor", "key",
];

/// One of them.
pub(crate) struct Caller {
    pub(crate) client: Client,
    /// Of nobody: empty.
    pub(crate) id: String,
    pub(crate) email: String,
}

/// The marketplace. Erbil and Basra have a warehouse each; Zagros sells honey, its rival sells jam.
pub(crate) struct World {
    pub(crate) app: TestApp,
    callers: Vec<Caller>,
    pub(crate) warehouse: String,
    /// Another in Erbil.
    pub(crate) depot: String,
    pub(crate) store: String,
    /// More honey, for the depot.
    pub(crate) reorder: String,
    pub(crate) warehouse_in_basra: String,
    pub(crate) shop_in_basra: String,
    pub(crate) company: String,
    pub(crate) category: String,
    pub(crate) unit: String,
    pub(crate) selling_unit: String,
    pub(crate) attribute: String,
    /// What the owner wrote about honey; it is published.
    pub(crate) review: String,
    pub(crate) honey: String,
    pub(crate) jam: String,
    pub(crate) order: String,
    pub(crate) order_in_basra: String,
    pub(crate) address: String,
    pub(crate) delivered: String,
    pub(crate) returned: String,
    pub(crate) payout: String,
    pub(crate) settlement: String,
    pub(crate) promotion: String,
    pub(crate) coupon: String,
    /// Somebody who was invited, for Duhok.
    pub(crate) deputy: String,
    pub(crate) api_key: String,
    /// The name of an image of the owner's.
    pub(crate) upload: String,
}

/// The member `id`.
pub(crate) fn id(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

/// A name that nothing has yet.
pub(crate) fn fresh(prefix: &str) -> String {
    let random = event_store::ids::uuid().simple().to_string();
    format!("{prefix}-{}", random[20..].to_uppercase())
}

impl World {
    pub(crate) async fn open() -> Self {
        let app = TestApp::spawn_with(|source| source.flag("evidence_seconds", "1")).await;
        let admin = app.admin().await;
        let zagros = CompanyId::from_uuid(event_store::ids::uuid());
        let jams = CompanyId::from_uuid(event_store::ids::uuid());
        let (company, rival) = (admin.company(Some(zagros)).await, admin.company(Some(jams)).await);
        let people = [
            (Role::LocationAdmin, vec!["erbil"], None),
            (Role::LocationAdmin, vec!["basra"], None),
            (Role::StoreManager, vec!["erbil"], None),
            (Role::Vendor, vec![], Some(zagros)),
            (Role::Vendor, vec![], Some(jams)),
            (Role::Customer, vec!["erbil"], None),
            (Role::Customer, vec!["erbil"], None),
            (Role::Driver, vec!["erbil"], None),
            (Role::Analyst, vec![], None),
            (Role::Auditor, vec![], None),
        ];
        let mut clients = vec![app.anonymous(), admin.clone()];
        for (role, zones, company) in people {
            clients.push(app.account(role, &zones, company).await);
        }
        let key = json!({"name": "The matrix", "scopes": ["read_orders", "look_up_users"]});
        let key = admin.post("/api/v1/api-keys", &key).await.created();
        let text = |name: &str| key[name].as_str().expect("a key and its secret").to_owned();
        clients.push(app.anonymous().with_key(&text("id"), &text("secret")));
        let mut callers = Vec::new();
        for client in clients {
            let me = client.get("/api/v1/auth/me").await.json();
            let text = |name: &str| me[name].as_str().unwrap_or_default().to_owned();
            callers.push(Caller { id: text("id"), email: text("email"), client });
        }
        let mut world = Self {
            app,
            callers,
            warehouse: warehouse(&admin, "EBL", "erbil").await,
            depot: warehouse(&admin, "EBL-DEPOT", "erbil").await,
            reorder: String::new(),
            store: id(&admin.post("/api/v1/stores", &store("EBL-SHOP")).await.created()),
            warehouse_in_basra: warehouse(&admin, "BSR", "basra").await,
            shop_in_basra: String::new(),
            category: String::new(),
            unit: String::new(),
            selling_unit: String::new(),
            attribute: String::new(),
            review: String::new(),
            honey: admin.product_of(&company, "HONEY", "10000").await,
            jam: admin.product_of(&rival, "JAM", "5000").await,
            company,
            order: String::new(),
            order_in_basra: String::new(),
            address: String::new(),
            delivered: String::new(),
            returned: String::new(),
            payout: String::new(),
            settlement: String::new(),
            promotion: String::new(),
            coupon: String::new(),
            deputy: String::new(),
            api_key: String::new(),
            upload: String::new(),
        };
        world.fill().await;
        world.app.settle().await;
        world
    }

    async fn fill(&mut self) {
        let admin = self.caller("admin").client.clone();
        let groceries = json!({"name": {"en": "Groceries"}});
        self.category = id(&admin.post("/api/v1/categories", &groceries).await.created());
        self.unit = self.unit().await;
        self.selling_unit = self.selling_unit().await;
        self.attribute = self.attribute().await;
        self.review = self.review(&self.honey).await;
        let shop = self.app.account(Role::Customer, &["basra"], None).await;
        self.shop_in_basra = id(&shop.get("/api/v1/auth/me").await.ok());
        for (product, warehouse) in [
            (&self.honey, &self.warehouse),
            (&self.jam, &self.warehouse_in_basra),
        ] {
            admin.stock(product, warehouse, 10_000).await.ok();
        }
        self.reorder = self.reorder().await;
        self.order = self.order().await;
        self.order_in_basra = {
            let order = json!({"zone": "basra", "lines": [{"product_id": self.jam, "quantity": 1}]});
            id(&admin.post("/api/v1/orders", &order).await.created())
        };
        self.address = self.address().await;
        self.delivered = self.delivered().await;
        self.returned = self.returned().await;
        self.app.settle().await;
        self.payout =
            id(&admin.post("/api/v1/payouts", &json!({"company_id": self.company})).await.created());
        self.settlement = self.settlement().await;
        self.promotion = self.promotion().await;
        self.coupon = self.coupon().await;
        self.deputy = self.deputy().await;
        self.upload = self.upload().await;
        self.api_key = self.api_key(&["read_stock"]).await["id"].as_str().expect("an id").to_owned();
    }

    pub(crate) fn caller(&self, name: &str) -> &Caller {
        let index = CALLERS.iter().position(|caller| *caller == name).expect("a caller");
        &self.callers[index]
    }

    /// The super admin.
    pub(crate) fn admin(&self) -> &Client {
        &self.caller("admin").client
    }

    /// An order of the owner's: honey of Zagros, into Erbil.
    pub(crate) async fn order(&self) -> String {
        id(&self.caller("owner").client.post("/api/v1/orders", &self.order_body()).await.created())
    }

    /// An order that is held.
    pub(crate) async fn flagged(&self) -> String {
        let order = self.order().await;
        let found = FraudFinding {
            order: order.parse().unwrap(),
            agreement: EventId::from_uuid(event_store::ids::uuid()),
            score: 900,
            reasons: Vec::new(),
            model_version: 0,
        };
        self.app.server.souk.orders.flag(&Call::system(), found).await.unwrap();
        order
    }

    pub(crate) fn order_body(&self) -> Value {
        json!({
            "zone": "erbil",
            "payment_method": "cash",
            "lines": [{"product_id": self.honey, "quantity": 1}],
        })
    }

    /// Honey that is held: by the caller, or by the owner where the caller may hold nothing.
    pub(crate) async fn hold(&self, caller: &Caller, succeeds: bool) -> String {
        let holder = if succeeds { caller } else { self.caller("owner") };
        let body = json!({"product_id": self.honey, "quantity": 1});
        id(&holder.client.post("/api/v1/inventory/reservations", &body).await.created())
    }

    /// A supplier whom nobody else needs.
    pub(crate) async fn supplier(&self) -> String {
        let body = json!({"code": fresh("SUP"), "name": {"en": "Zagros"}, "lead_time_days": 5});
        id(&self.admin().post("/api/v1/suppliers", &body).await.created())
    }

    async fn reorder(&self) -> String {
        let rules = json!([{"product_id": self.honey, "reorder_at": 1, "quantity": 5}]);
        let path = format!("/api/v1/warehouses/{}/auto-reorder", self.depot);
        self.admin().put(&path, &json!({"rules": rules})).await.ok();
        loop {
            self.app.settle().await;
            let list = self.admin().get("/api/v1/reorders").await.ok();
            if let Some(id) = list["items"][0]["id"].as_str() {
                return id.to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// One that has arrived.
    pub(crate) async fn delivered(&self) -> String {
        let order = self.order().await;
        for status in ["processing", "shipped", "delivered"] {
            let path = format!("/api/v1/orders/{order}/status");
            self.admin().put(&path, &json!({"status": status})).await.ok();
        }
        order
    }

    /// A return that was asked for.
    pub(crate) async fn returned(&self) -> String {
        let path = format!("/api/v1/orders/{}/returns", self.delivered().await);
        let back = json!({"lines": [{"line": 1, "quantity": 1}], "reason": "torn"});
        id(&self.admin().post(&path, &back).await.created())
    }

    /// An address of the owner's.
    pub(crate) async fn address(&self) -> String {
        id(&self.caller("owner").client.post("/api/v1/addresses", &address()).await.created())
    }

    /// The name of a new image of the owner's.
    pub(crate) async fn upload(&self) -> String {
        let sent = self.caller("owner").client.request(reqwest::Method::POST, "/api/v1/upload/image");
        let reply = souk_tests::Reply::of(sent.header("content-type", "image/png").body(png())).await;
        reply.created()["name"].as_str().expect("a name").to_owned()
    }

    /// Where a caller puts an image directly.
    pub(crate) async fn signed_upload(&self, caller: &Caller) -> Value {
        let wanted = json!({"media_type": "image/png", "bytes": png().len()});
        caller.client.post("/api/v1/upload/signature", &wanted).await.ok()
    }

    pub(crate) async fn unit(&self) -> String {
        let body = json!({
            "code": fresh("U"), "name": {"en": "Box"}, "symbol": {"en": "box"}, "dimension": "count",
        });
        id(&self.admin().post("/api/v1/units", &body).await.created())
    }

    /// Something to be had for points.
    pub(crate) async fn loyalty_reward(&self, reward: &Value) -> String {
        id(&self.admin().post("/api/v1/loyalty/rewards", reward).await.created())
    }

    /// A wish of the owner.
    pub(crate) async fn needed_item(&self) -> String {
        let wish = json!({"description": "saffron, in tins"});
        id(&self.caller("owner").client.post("/api/v1/needed-items", &wish).await.created())
    }

    /// A box of honey.
    pub(crate) async fn selling_unit(&self) -> String {
        let body = json!({"product_id": self.honey, "unit_id": self.unit, "contains": {"numerator": 12}});
        id(&self.admin().post("/api/v1/product-units", &body).await.created())
    }

    pub(crate) async fn attribute(&self) -> String {
        let body = json!({"code": fresh("A"), "label": {"en": "Maker"}, "kind": "text"});
        id(&self.admin().post("/api/v1/attributes", &body).await.created())
    }

    /// The owner's review of a product, published.
    pub(crate) async fn review(&self, product: &str) -> String {
        let path = format!("/api/v1/products/{product}/reviews");
        let body = json!({"rating": 5, "text": "Sweet"});
        let review = id(&self.caller("owner").client.post(&path, &body).await.created());
        let path = format!("/api/v1/reviews/{review}/moderation");
        self.admin().patch(&path, &json!({"decision": "publish"})).await.ok();
        review
    }

    pub(crate) async fn category(&self) -> String {
        let body = json!({"name": {"en": "Sweets"}, "slug": fresh("slug").to_lowercase()});
        id(&self.admin().post("/api/v1/categories", &body).await.created())
    }

    /// Another warehouse in Erbil, with nothing in it.
    pub(crate) async fn warehouse(&self) -> String {
        warehouse(self.admin(), &fresh("W"), "erbil").await
    }

    /// A product of Zagros.
    pub(crate) async fn product(&self) -> String {
        self.admin().product_of(&self.company, &fresh("SKU"), "1000").await
    }

    pub(crate) async fn settlement(&self) -> String {
        let body = json!({"company_id": self.company});
        id(&self.admin().post("/api/v1/settlements", &body).await.created())
    }

    pub(crate) async fn promotion(&self) -> String {
        id(&self.admin().post("/api/v1/promotions", &promotion()).await.created())
    }

    pub(crate) async fn price_list(&self) -> String {
        let list = self.admin().post("/api/v1/price-lists", &price_list(self)).await.created();
        list["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn tax_rate(&self) -> String {
        id(&self.admin().post("/api/v1/tax-rates", &tax_rate()).await.created())
    }

    pub(crate) async fn coupon(&self) -> String {
        let code = fresh("C");
        self.admin().post("/api/v1/coupons", &coupon(&code)).await.created();
        code
    }

    /// A shop owner of Erbil whom nobody else needs, with a session.
    pub(crate) async fn shop_owner(&self) -> (Client, String) {
        let client = self.app.account(Role::Customer, &["erbil"], None).await;
        let me = id(&client.get("/api/v1/auth/me").await.ok());
        (client, me)
    }

    /// Somebody who was invited.
    pub(crate) async fn deputy(&self) -> String {
        id(&self.admin().post("/api/v1/admins", &invitation()).await.created())
    }

    /// A key with these scopes: its id and its secret.
    pub(crate) async fn api_key(&self, scopes: &[&str]) -> Value {
        self.admin()
            .post("/api/v1/api-keys", &json!({"name": "A program", "scopes": scopes}))
            .await
            .created()
    }

    /// A program that may all that an account of `role` may, where `confined` (`zones`, `company_id`) says.
    pub(crate) async fn program(&self, role: Role, confined: &Value) -> Caller {
        let scopes: Vec<Permission> = commands::permissions_of(role).collect();
        let mut body = json!({"name": "A program", "scopes": scopes});
        for (name, value) in confined.as_object().expect("where") {
            body[name] = value.clone();
        }
        let key = self.admin().post("/api/v1/api-keys", &body).await.created();
        let text = |name: &str| key[name].as_str().expect("a key and its secret").to_owned();
        let client = self.app.anonymous().with_key(&text("id"), &text("secret"));
        Caller { client, id: String::new(), email: String::new() }
    }

    /// The position of an event that is under a tree head.
    pub(crate) async fn sealed(&self) -> String {
        crate::operations::evidence::sealed(self.app.server.souk.log.pool()).await;
        "1".to_owned()
    }

    /// A job that was given up.
    pub(crate) async fn dead_letter(&self) -> String {
        let id = event_store::ids::uuid();
        sqlx::query(
            "insert into jobs (id, kind, payload, event_id, correlation_id, state, attempts, error) \
             values ($1, 'order_confirmation_mail', '{}', $1, $1, 'dead', 1, 'no such order')",
        )
        .bind(id)
        .execute(self.app.server.souk.log.pool())
        .await
        .expect("a dead letter");
        format!("job_{}", id.simple())
    }
}

async fn warehouse(admin: &Client, code: &str, zone: &str) -> String {
    let body = json!({"code": code, "name": {"en": code}, "zones": [zone]});
    id(&admin.post("/api/v1/warehouses", &body).await.created())
}

/// A store in Erbil.
pub(crate) fn store(code: &str) -> Value {
    json!({
        "code": code, "name": {"en": "Gulan Street"}, "zones": ["erbil"], "radius_m": 5_000,
        "location": {"latitude": 36.191113, "longitude": 44.009167}, "time_zone": "Asia/Baghdad",
    })
}

pub(crate) fn invitation() -> Value {
    json!({
        "email": format!("{}@example.com", fresh("deputy")),
        "password": PASSWORD,
        "role": "location_admin",
        "zones": ["duhok"],
    })
}

pub(crate) fn address() -> Value {
    json!({"recipient": "Shirin Aziz", "street": "Gulan Street 7", "city": "Erbil", "zone": "erbil"})
}

pub(crate) fn promotion() -> Value {
    json!({"name": {"en": "Sale"}, "reward": {"type": "percentage", "percent": "10"}})
}

pub(crate) fn price_list(world: &World) -> Value {
    json!({
        "name": {"en": "Bakeries"},
        "groups": ["bakery"],
        "currency": "IQD",
        "prices": [{"product_id": world.honey, "unit_price": "9000"}],
    })
}

/// Of a zone that nobody orders into.
pub(crate) fn tax_rate() -> Value {
    let zone = fresh("nowhere-");
    json!({"name": {"en": "VAT"}, "percent": "15", "treatment": "exclusive", "zone": zone})
}

pub(crate) fn coupon(code: &str) -> Value {
    json!({
        "code": code,
        "reward": {"type": "fixed", "amount": {"amount": "500", "currency": "IQD"}},
    })
}

/// A small picture.
pub(crate) fn png() -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let text = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAFElEQVR4nGM8oaHBgA0wYRWlkwQAppoBJCiW4EgAAAAASUVORK5CYII=";
    STANDARD.decode(text).expect("a picture")
}
