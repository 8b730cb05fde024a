//! Direct uploads: put where a signed URL says, by this server or by a bucket, and looked at before anybody sees them.

use image::ImageFormat;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};
use tempfile::TempDir;

use super::uploads::picture;
use crate::bucket::{self, NAME};

async fn sign(client: &Client, kind: &str, bytes: usize) -> Value {
    client.post("/api/v1/upload/signature", &json!({"media_type": kind, "bytes": bytes})).await.ok()
}

/// Puts a body where a signed upload says, at this node.
async fn put(app: &TestApp, signed: &Value, kind: &str, body: Vec<u8>) -> Reply {
    let path = format!("/api/v1/upload/direct/{}", signed["ticket"].as_str().unwrap());
    assert!(signed["url"].as_str().unwrap().ends_with(&path), "{signed}");
    Reply::of(app.anonymous().request(Method::PUT, &path).header("content-type", kind).body(body)).await
}

async fn finish(client: &Client, signed: &Value) -> Reply {
    client.post("/api/v1/upload/image", &json!({"ticket": signed["ticket"]})).await
}

#[tokio::test]
async fn what_was_put_directly_is_kept_when_its_owner_comes_back() {
    let app = TestApp::spawn().await;
    let (owner, stranger) = (app.customer().await, app.customer().await);
    let png = picture(400, 300, ImageFormat::Png);
    let signed = sign(&owner, "image/png", png.len()).await;
    assert_eq!((&signed["method"], &signed["headers"]["content-type"]), (&json!("PUT"), &json!("image/png")));
    finish(&owner, &signed).await.problem(409, "catalog.upload_missing");
    assert_eq!(put(&app, &signed, "image/png", png.clone()).await.status, 204);
    finish(&stranger, &signed).await.problem(403, "catalog.upload_ticket_invalid");
    let first = finish(&owner, &signed).await.created();
    assert_eq!((&first["width"], &first["height"]), (&json!(400), &json!(300)));
    // Whoever asks again, also after putting something else, gets the same.
    assert_eq!(finish(&owner, &signed).await.created(), first);
    assert_eq!(put(&app, &signed, "image/png", png).await.status, 204);
    assert_eq!(finish(&owner, &signed).await.created(), first);
    let url = first["url"].as_str().unwrap();
    assert_eq!(app.anonymous().get(url).await.status, 200);
    assert_eq!(owner.delete(url).await.status, 204);
    finish(&owner, &signed).await.problem(404, "catalog.upload_not_found");
    let left = std::fs::read_dir(app.data_dir().join("files/incoming")).unwrap().count();
    assert_eq!(left, 0, "what arrived is fetched");
}

#[tokio::test]
async fn only_what_was_announced_is_taken() {
    let app = TestApp::spawn().await;
    let owner = app.customer().await;
    let png = picture(40, 30, ImageFormat::Png);
    let signed = sign(&owner, "image/png", png.len()).await;
    put(&app, &signed, "image/jpeg", png.clone()).await.problem(422, "catalog.upload_mismatch");
    put(&app, &signed, "image/png", png[1..].to_vec()).await.problem(422, "catalog.upload_mismatch");
    let longer = [png.as_slice(), b"x"].concat();
    put(&app, &signed, "image/png", longer).await.problem(413, "body-too-large");
    // The bytes say what it is: a page as long as the picture is no picture.
    let page = vec![b'<'; png.len()];
    assert_eq!(put(&app, &signed, "image/png", page).await.status, 204);
    finish(&owner, &signed).await.problem(422, "catalog.upload_mismatch");
    finish(&owner, &signed).await.problem(409, "catalog.upload_missing");
    let forged = json!({"ticket": "AAAA.BBBB", "url": "/api/v1/upload/direct/AAAA.BBBB"});
    put(&app, &forged, "image/png", png.clone()).await.problem(403, "catalog.upload_ticket_invalid");
    finish(&owner, &forged).await.problem(403, "catalog.upload_ticket_invalid");
    for (body, pointer) in [
        (json!({"media_type": "image/svg+xml", "bytes": 9}), "/media_type"),
        (json!({"media_type": "image/png", "bytes": 0}), "/bytes"),
        (json!({"media_type": "image/png", "bytes": 4_194_305}), "/bytes"),
    ] {
        let reply = owner.post("/api/v1/upload/signature", &body).await;
        assert_eq!(reply.status, 422, "{body}");
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn with_a_bucket_images_are_put_there_and_served_from_there() {
    let folder = TempDir::new().unwrap();
    let address = bucket::serve(folder.path()).await;
    let app = TestApp::spawn_with(|source| bucket::settings(source, "", address)).await;
    let owner = app.customer().await;
    let png = picture(700, 300, ImageFormat::Png);
    let signed = sign(&owner, "image/png", png.len()).await;
    let url = signed["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("http://{address}/{NAME}/incoming/")), "{url}");
    let put = |kind: &'static str, body: Vec<u8>| {
        reqwest::Client::new().put(url).header("content-type", kind).body(body).send()
    };
    assert_eq!(put("text/html", png.clone()).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(put("image/png", png[1..].to_vec()).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(put("image/png", png).await.unwrap().status(), StatusCode::OK);
    let kept = finish(&owner, &signed).await.created();
    assert_eq!(kept["variants"].as_array().unwrap().len(), 2);
    let images = folder.path().join(NAME).join("images").join(kept["id"].as_str().unwrap());
    assert_eq!(std::fs::read_dir(&images).unwrap().count(), 3);
    let path = kept["url"].as_str().unwrap();
    assert_eq!(app.anonymous().get(path).await.status, 200);
    assert_eq!(owner.delete(path).await.status, 204);
    assert_eq!(app.anonymous().get(path).await.status, 404);
    assert!(!app.data_dir().join("files").exists(), "nothing is kept on this node");
}
