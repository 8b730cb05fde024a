//! Images are uploaded, shown to everybody, used by products and categories, and deleted when nothing shows them.

use std::{fs, io::Cursor, path::Path, time::Duration};

use domain::{identity::Role, ids::CompanyId};
use image::{ImageFormat, Rgb, RgbImage};
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

/// A picture with no two rows alike.
pub(super) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixel = |x: u32, y: u32| {
        let part = |a: u32, of: u32| u8::try_from(a * 255 / of).unwrap();
        Rgb([part(x, width), part(y, height), 90])
    };
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(width, height, pixel).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(super) async fn send(client: &Client, kind: &str, body: impl Into<reqwest::Body>) -> Reply {
    let sent = client.request(Method::POST, "/api/v1/upload/image");
    Reply::of(sent.header("content-type", kind).body(body)).await
}

async fn upload(client: &Client, width: u32) -> Value {
    send(client, "image/jpeg", picture(width, width / 2, ImageFormat::Jpeg)).await.created()
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap()
}

/// A form with these files.
async fn send_form(client: &Client, path: &str, files: &[&[u8]]) -> Reply {
    let mut body = Vec::new();
    for (number, file) in files.iter().enumerate() {
        // The name says something else than the bytes.
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"f{number}\"; filename=\"../{number}.svg\"\r\n\
             Content-Type: image/svg+xml\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    let sent = client.request(Method::POST, path).header("content-type", "multipart/form-data; boundary=b");
    Reply::of(sent.body(body)).await
}

fn files_below(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| {
            if entry.path().is_dir() {
                files_below(&entry.path())
            } else {
                1
            }
        })
        .sum()
}

/// Until nothing is kept any more that was not recorded.
async fn assert_no_files(app: &TestApp) {
    for _ in 0..200 {
        if files_below(&app.data_dir().join("files")) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("files stay that nothing records");
}

#[tokio::test]
async fn an_image_is_uploaded_shown_and_deleted() {
    let app = TestApp::spawn().await;
    let (owner, nobody) = (app.customer().await, app.anonymous());
    let sent = picture(700, 500, ImageFormat::Png);
    // What the header says it is does not matter.
    let reply = send(&owner, "image/gif", sent).await;
    let body = reply.created();
    assert_eq!((&body["width"], &body["height"]), (&json!(700), &json!(500)));
    assert_eq!(reply.header("location"), text(&body, "url"));
    let widths: Vec<_> = body["variants"].as_array().unwrap().iter().map(|one| &one["width"]).collect();
    assert_eq!(widths, [320, 640]);
    let urls = body["variants"].as_array().unwrap().iter().chain([&body]);
    for (url, width) in urls.map(|one| text(one, "url")).zip([320, 640, 700]) {
        let shown = nobody.get(url).await;
        assert_eq!(shown.status, 200, "{url}");
        let read = image::load_from_memory_with_format(&shown.bytes, ImageFormat::WebP).unwrap();
        assert_eq!(read.width(), width);
        assert_eq!(shown.header("content-type"), "image/webp");
        assert_eq!(shown.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(shown.header("x-content-type-options"), "nosniff");
        assert_eq!(shown.header("cross-origin-resource-policy"), "cross-origin");
        assert!(shown.header("content-security-policy").starts_with("default-src 'none'"));
        let known = nobody.get_with(url, "If-None-Match", shown.header("etag")).await;
        assert_eq!((known.status.as_u16(), known.bytes.len()), (304, 0));
    }
    let name = text(&body, "name");
    for wrong in [
        name.replace("-700", "-1280"),
        name.replace("-700", "-0700"),
        "x".to_owned(),
        format!("..%2F{name}"),
        format!("..%2F..%2Fimages%2F{name}"),
    ] {
        nobody.get(&format!("/api/v1/upload/{wrong}")).await.problem(404, "catalog.upload_not_found");
    }
    nobody.get(&format!("{}?width=3", text(&body, "url"))).await.problem(400, "invalid-parameter");
    let path = format!("/api/v1/upload/{name}");
    // A narrower size is not the image.
    let narrow = path.replace("-700", "-320");
    owner.delete(&narrow).await.problem(404, "catalog.upload_not_found");
    app.customer().await.delete(&path).await.problem(403, "permission_denied");
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 204);
    nobody.get(&path).await.problem(404, "catalog.upload_not_found");
    nobody.get(&narrow).await.problem(404, "catalog.upload_not_found");
    assert_no_files(&app).await;
}

#[tokio::test]
async fn what_is_no_image_or_too_much_is_refused_and_leaves_nothing() {
    let app = TestApp::spawn().await;
    let client = app.customer().await;
    let refused = |kind, body: &'static [u8]| send(&client, kind, body);
    refused("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        .await
        .problem(422, "catalog.image_format");
    refused("image/png", b"\x89PNG\r\n\x1A\nand then nothing")
        .await
        .problem(422, "catalog.image_unreadable");
    refused("image/png", b"").await.problem(422, "catalog.image_bytes");
    refused("text/html", b"<b>").await.problem(415, "unsupported-media-type");
    let large = vec![0xFF; 4 * 1024 * 1024 + 1];
    send(&client, "image/jpeg", large.clone()).await.problem(413, "body-too-large");
    // Nobody said how long it would be.
    let pieces =
        large.chunks(65_536).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>();
    let streamed = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    send(&client, "image/jpeg", streamed).await.problem(413, "body-too-large");
    send_form(&client, "/api/v1/upload/image", &[&large]).await.problem(413, "body-too-large");
    // Three hundred bytes that would be 20,000 x 20,000 pixels.
    let mut bomb = b"GIF89a\x20\x4E\x20\x4E\x80\0\0\0\0\0\xFF\xFF\xFF\x2C\0\0\0\0\x20\x4E\x20\x4E\0".to_vec();
    bomb.extend_from_slice(b"\x02\x02\x4C\x01\0\x3B");
    let problem = send(&client, "image/gif", bomb).await.problem(422, "catalog.image_too_many_pixels");
    assert_eq!(problem["errors"][0]["numbers"]["width"], 20_000, "{problem}");
    assert_eq!(problem["errors"][0]["numbers"]["max_pixels"], 40_000_000, "{problem}");
    let small = picture(40, 30, ImageFormat::Png);
    send_form(&client, "/api/v1/upload/image", &[&small, &small]).await.problem(422, "invalid-request");
    send_form(&client, "/api/v1/upload/image", &[]).await.problem(422, "catalog.upload_count");
    let sent =
        client.request(Method::POST, "/api/v1/upload/image?name=a").header("content-type", "image/png");
    Reply::of(sent.body(small.clone())).await.problem(400, "invalid-parameter");
    send(&app.anonymous(), "image/png", small).await.problem(401, "identity.token_missing");
    assert_no_files(&app).await;
}

#[tokio::test]
async fn many_are_uploaded_all_or_none() {
    let app = TestApp::spawn().await;
    let client = app.customer().await;
    let files: Vec<Vec<u8>> = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
    ]
    .into_iter()
    .zip(20..)
    .map(|(format, width)| picture(width, 30, format))
    .collect();
    let all: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let path = "/api/v1/upload/multiple";
    let mixed = send_form(&client, path, &[all[0], b"no picture", all[1]]).await;
    let problem = mixed.problem(422, "catalog.image_format");
    assert_eq!(problem["errors"][0]["pointer"], "/1");
    send_form(&client, path, &[all[0]; 11]).await.problem(422, "invalid-request");
    send_form(&client, path, &[]).await.problem(422, "catalog.upload_count");
    assert_no_files(&app).await;
    let body = send_form(&client, path, &all).await.created();
    let widths: Vec<_> = body["items"].as_array().unwrap().iter().map(|item| &item["width"]).collect();
    assert_eq!(widths, [20, 21, 22, 23]);
    let single = send_form(&client, "/api/v1/upload/image", &[all[0]]).await.created();
    assert_eq!(app.anonymous().get(text(&single, "url")).await.status, 200);
    let ten = send_form(&client, path, &[all[0]; 10]).await.created();
    assert_eq!(ten["items"].as_array().unwrap().len(), 10);
}

fn product(sku: &str, urls: &[&str]) -> Value {
    let images: Vec<Value> = urls
        .iter()
        .map(|url| json!({"url": url, "alt": {"en": format!("{sku} from above"), "ar": "من فوق"}}))
        .collect();
    json!({
        "sku": sku, "title": {"en": sku}, "images": images, "prices": {"base": {"amount": "10", "currency": "IQD"}},
    })
}

#[tokio::test]
async fn a_product_shows_its_images_in_order_and_keeps_them() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (first, second) = (upload(&admin, 400).await, upload(&admin, 300).await);
    let urls = [
        text(&second, "url"),
        "https://images.example/c.jpg",
        text(&first, "url"),
    ];
    let id = admin.post("/api/v1/products", &product("RICE", &urls)).await.created();
    let path = format!("/api/v1/products/{}", text(&id, "id"));
    app.settle().await;
    let shown = app.anonymous().get(&format!("{path}?locale=ar")).await.ok();
    let images = shown["images"].as_array().unwrap();
    assert_eq!(images.iter().map(|image| text(image, "url")).collect::<Vec<_>>(), urls);
    assert_eq!(images[0]["alt"], "من فوق");
    assert_eq!((&images[0]["variants"], &images[1]["variants"]), (&Value::Null, &Value::Null));
    assert_eq!(images[2]["variants"], first["variants"]);
    assert_eq!(images[2]["variants"][0]["width"], 320);
    let delete = |image: &Value| format!("/api/v1/upload/{}", text(image, "name"));
    let problem = admin.delete(&delete(&first)).await.problem(409, "catalog.upload_in_use");
    assert_eq!(problem["errors"][0]["numbers"]["users"], 1);
    let revise = |urls: &[&str]| {
        let product = product("RICE", urls);
        json!({"title": product["title"], "images": product["images"]})
    };
    admin.put(&path, &revise(&urls[..1])).await.ok();
    assert_eq!(admin.delete(&delete(&first)).await.status, 204);
    // What is gone is not shown again, and what never was neither.
    for wrong in [urls[2], &urls[0].replace("-300", "-200"), "/api/v1/upload/x"] {
        let problem = admin.put(&path, &revise(&[urls[0], wrong])).await;
        assert_eq!(problem.status, 422, "{wrong}");
        assert_eq!(problem.json()["errors"][0]["pointer"], "/images/1/url", "{wrong}");
    }
    let eleven = [urls[1]; 11];
    admin.put(&path, &revise(&eleven)).await.problem(422, "catalog.too_many_images");
    admin.delete(&delete(&second)).await.problem(409, "catalog.upload_in_use");
    let problem = admin.post("/api/v1/products", &product("TEA", &[urls[2]])).await;
    problem.problem(422, "catalog.upload_unknown");
}

#[tokio::test]
async fn a_category_keeps_its_image_until_it_goes() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (first, second) = (upload(&admin, 64).await, upload(&admin, 66).await);
    let category = |image: &Value| json!({"name": {"en": "Rice"}, "image": {"url": image["url"]}});
    let id = admin.post("/api/v1/categories", &category(&first)).await.created();
    let path = format!("/api/v1/categories/{}", text(&id, "id"));
    let delete = |image: &Value| format!("/api/v1/upload/{}", text(image, "name"));
    admin.delete(&delete(&first)).await.problem(409, "catalog.upload_in_use");
    admin.put(&path, &category(&second)).await.ok();
    assert_eq!(admin.delete(&delete(&first)).await.status, 204);
    let problem = admin.put(&path, &category(&first)).await.problem(422, "catalog.upload_unknown");
    assert_eq!(problem["errors"][0]["pointer"], "/image/url");
    admin.delete(&delete(&second)).await.problem(409, "catalog.upload_in_use");
    admin.delete(&path).await.ok();
    assert_eq!(admin.delete(&delete(&second)).await.status, 204);
}

#[tokio::test]
async fn a_vendor_shows_its_own_companys_images_only() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let companies: Vec<_> = (0..2).map(|_| CompanyId::from_uuid(event_store::ids::uuid())).collect();
    for company in &companies {
        admin.company(Some(*company)).await;
    }
    let vendor = app.account(Role::Vendor, &[], Some(companies[0])).await;
    let colleague = app.account(Role::Vendor, &[], Some(companies[0])).await;
    let rival = app.account(Role::Vendor, &[], Some(companies[1])).await;
    let image = upload(&vendor, 64).await;
    let url = text(&image, "url");
    rival.post("/api/v1/products", &product("R1", &[url])).await.problem(422, "catalog.upload_unknown");
    let id = colleague.post("/api/v1/products", &product("V1", &[url])).await.created();
    // An administrator revises it without owning the image; nobody deletes it now.
    let revision = json!({"title": {"en": "Better"}, "images": [{"url": url}]});
    admin.put(&format!("/api/v1/products/{}", text(&id, "id")), &revision).await.ok();
    let path = format!("/api/v1/upload/{}", text(&image, "name"));
    rival.delete(&path).await.problem(403, "permission_denied");
    admin.delete(&path).await.problem(409, "catalog.upload_in_use");
    let unused = upload(&vendor, 66).await;
    assert_eq!(colleague.delete(&format!("/api/v1/upload/{}", text(&unused, "name"))).await.status, 204);
}

#[tokio::test]
async fn nothing_shows_an_image_that_is_deleted_at_the_same_moment() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for round in 0..12 {
        let image = upload(&admin, 40).await;
        let path = format!("/api/v1/upload/{}", text(&image, "name"));
        let body = product(&format!("P{round}"), &[text(&image, "url")]);
        let (deleted, made) = tokio::join!(admin.delete(&path), admin.post("/api/v1/products", &body));
        match (deleted.status.as_u16(), made.status.as_u16()) {
            (204, 422) => assert_eq!(app.anonymous().get(&path).await.status, 404),
            (409, 201) => assert_eq!(app.anonymous().get(&path).await.status, 200),
            both => panic!("{both:?}"),
        }
    }
}
