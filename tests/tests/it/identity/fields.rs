//! What of a person each caller reads on each route, against the table that a person has written: fields.txt.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, PASSWORD, Reply};

use super::{
    matrix::rows,
    requests::request,
    world::{CALLERS, World, fresh},
};

const FIELDS: &str = include_str!("fields.txt");

/// Lists that may be longer than a page.
const LISTS: [&str; 5] = ["users", "customers", "admins", "admins/shop-owners", "orders"];

/// What is looked for, and the letter that stands for it.
type Data = Vec<(char, String)>;

/// The lines of the table: a route, and for each caller the letters of what it shows.
fn table() -> BTreeMap<String, Vec<String>> {
    let lines = FIELDS.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let mut lines = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(lines.next().expect("a line with the callers"), CALLERS);
    lines
        .map(|cells| {
            let letters = cells[2..].iter().map(|cell| cell.replace('-', ""));
            (format!("{} {}", cells[0], cells[1]), letters.collect())
        })
        .collect()
}

fn text(name: &str, email: &str, phone: &str, locale: &str) -> [(char, String); 4] {
    [
        ('n', name.to_owned()),
        ('p', phone.to_owned()),
        ('e', email.to_owned()),
        ('l', format!("\"{locale}\"")),
    ]
}

/// The owner tells everything, and orders something.
async fn owner(world: &mut World) -> Data {
    const DEVICE: &str = "Quillon-Telephone/77.3";
    let (shirin, email) = {
        let owner = world.caller("owner");
        (owner.client.clone(), owner.email.clone())
    };
    let profile = json!({"display_name": "Shirin Quillon", "phone": "+9647501110001", "locale": "ar-SY"});
    shirin.put("/api/v1/customers/profile", &profile).await.ok();
    let address = json!({
        "recipient": "Recipient Quillon", "phone": "+9647501110003",
        "street": "Wisteria Passage 77", "city": "Erbil", "zone": "erbil",
    });
    let address = id(&shirin.post("/api/v1/addresses", &address).await.created());
    let mut order = world.order_body();
    order["address_id"] = json!(address);
    world.order = id(&shirin.post("/api/v1/orders", &order).await.created());
    world.address = address;
    let login = json!({"email": email, "password": PASSWORD});
    let login = shirin.request(Method::POST, "/api/v1/auth/login").header("User-Agent", DEVICE).json(&login);
    Reply::of(login).await.ok();
    let mut data = text("Shirin Quillon", &email, "+9647501110001", "ar-SY").to_vec();
    data.push(('a', "Wisteria Passage 77".to_owned()));
    data.push(('d', DEVICE.to_owned()));
    data
}

async fn deputy(world: &mut World) -> Data {
    let email = format!("{}@example.com", fresh("narin").to_lowercase());
    let invited = json!({
        "email": email, "password": PASSWORD, "role": "location_admin", "zones": ["duhok"],
        "display_name": "Narin Quillon", "phone": "+9647501110002", "locale": "fr-DJ",
    });
    world.deputy = id(&world.admin().post("/api/v1/admins", &invited).await.created());
    let data = text("Narin Quillon", &email, "+9647501110002", "fr-DJ");
    data.map(|(letter, value)| (letter.to_ascii_uppercase(), value)).to_vec()
}

fn id(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

async fn shown(client: &Client, path: &str, data: &Data) -> String {
    let reply = client.get(path).await;
    let body = String::from_utf8_lossy(&reply.bytes).into_owned();
    // Where an address is shown, the whole of it is.
    for part in ["Recipient Quillon", "+9647501110003"] {
        assert_eq!(body.contains(part), body.contains("Wisteria Passage 77"), "{path}: {body}");
    }
    data.iter().filter(|(_, value)| body.contains(value)).map(|(letter, _)| *letter).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_shows_of_a_person_what_the_table_says() {
    let mut world = World::open().await;
    let mut data = owner(&mut world).await;
    data.extend(deputy(&mut world).await);
    world.app.settle().await;
    let mut table = table();
    let mut wrong = Vec::new();
    for (route, statuses) in rows().into_iter().filter(|(route, _)| route.starts_with("GET ")) {
        let expected = table.remove(&route).unwrap_or_else(|| vec![String::new(); CALLERS.len()]);
        assert_eq!(expected.len(), CALLERS.len(), "{route}");
        for ((name, status), letters) in CALLERS.iter().zip(&statuses).zip(&expected) {
            let caller = world.caller(name);
            let mut path = request(&world, caller, &route, (200..300).contains(status)).await.path;
            if path == "/api/v1/audit/log" {
                path.push_str("?limit=200&filter[route]=/api/v1/auth/login");
            }
            if LISTS.iter().any(|list| path == format!("/api/v1/{list}")) {
                path.push_str("?limit=200");
            }
            let found = shown(&caller.client, &path, &data).await;
            if found != *letters {
                wrong.push(format!("{route}  {name}: {letters:?} expected, got {found:?}"));
            }
        }
    }
    assert!(table.is_empty(), "no routes that read: {:?}", table.keys());
    assert!(wrong.is_empty(), "{} differ from the table:\n{}", wrong.len(), wrong.join("\n"));
}
