//! Files in a folder and in a bucket: the same behaviour.

use std::net::SocketAddr;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use event_store::ids::now;
use integrations::files::{Bucket, Files, FilesError, Place};
use tempfile::TempDir;

use crate::bucket::{self, SECRET_KEY};

fn place(address: SocketAddr, secret_key: &str) -> Bucket {
    Bucket {
        name: bucket::NAME.to_owned(),
        endpoint: Some(format!("http://{address}")),
        region: "eu-central-1".to_owned(),
        access_key: bucket::ACCESS_KEY.to_owned(),
        secret_key: secret_key.to_owned(),
    }
}

async fn both() -> (TempDir, Vec<Files>) {
    let folder = TempDir::new().unwrap();
    let address = bucket::serve(&folder.path().join("s3")).await;
    let places = [
        Place::Folder(folder.path().join("here")),
        Place::Bucket(place(address, SECRET_KEY)),
    ];
    let files = places.iter().map(|place| Files::open(place).unwrap()).collect();
    (folder, files)
}

#[tokio::test]
async fn what_is_put_is_there_until_it_is_deleted() {
    let (_folder, places) = both().await;
    for files in places {
        let (key, first, second) =
            ("images/a/320.webp", Bytes::from_static(b"one"), Bytes::from_static(b"two!"));
        assert_eq!(files.get(key, 10).await, Ok(None));
        files.put(key, first.clone()).await.unwrap();
        assert_eq!(files.get(key, 10).await, Ok(Some(first)));
        files.put(key, second.clone()).await.unwrap();
        assert_eq!(files.get(key, 4).await, Ok(Some(second)));
        assert_eq!(files.get(key, 3).await, Err(FilesError::TooLarge(4)));
        assert_eq!(files.keys("images").await.unwrap(), [key]);
        files.delete(key).await.unwrap();
        files.delete(key).await.unwrap();
        assert_eq!(files.get(key, 10).await, Ok(None));
    }
}

#[tokio::test]
async fn what_is_old_is_deleted_and_nothing_else() {
    let (_folder, places) = both().await;
    for files in places {
        for key in ["incoming/a", "incoming/b", "images/c/1.webp"] {
            files.put(key, Bytes::from_static(b"x")).await.unwrap();
        }
        assert_eq!(files.delete_older("incoming", now() - TimeDelta::hours(1)).await, Ok(0));
        assert_eq!(files.delete_older("incoming", now() + TimeDelta::hours(1)).await, Ok(2));
        assert_eq!(files.keys("").await.unwrap(), ["images/c/1.webp"]);
    }
}

#[tokio::test]
async fn a_bucket_that_refuses_or_is_away_says_so() {
    let folder = TempDir::new().unwrap();
    let address = bucket::serve(folder.path()).await;
    let wrong = Files::open(&Place::Bucket(place(address, "another secret"))).unwrap();
    let refused = wrong.put("a", Bytes::from_static(b"x")).await;
    assert!(matches!(&refused, Err(FilesError::Unavailable(_))), "{refused:?}");
    assert!(!folder.path().join(bucket::NAME).join("a").exists());
    assert!(!format!("{:?}", place(address, "another secret")).contains("another secret"));
}

/// Sends a signed `PUT`; answers the status.
async fn put(url: &str, headers: &[(&str, String)], body: &'static [u8]) -> u16 {
    let mut request = reqwest::Client::new().put(url);
    for (name, value) in headers.iter().filter(|(name, _)| *name != "content-length") {
        request = request.header(*name, value);
    }
    request.body(body).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn who_has_a_signed_url_puts_what_it_says_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let address = bucket::serve(folder.path()).await;
    let files = Files::open(&Place::Bucket(place(address, SECRET_KEY))).unwrap();
    let sign = |now: DateTime<Utc>| files.sign_put("incoming/upl_1", "image/png", 5, now, 600).unwrap();
    let signed = sign(now());
    assert_eq!(put(&signed.url, &signed.headers, b"12345").await, 200);
    assert_eq!(files.get("incoming/upl_1", 9).await, Ok(Some(Bytes::from_static(b"12345"))));
    // Longer, shorter, of another type, elsewhere, too late: each is refused by the bucket itself.
    assert_eq!(put(&signed.url, &signed.headers, b"123456").await, 403);
    assert_eq!(put(&signed.url, &signed.headers, b"1234").await, 403);
    let html = [("content-type", "text/html".to_owned())];
    assert_eq!(put(&signed.url, &html, b"<b>hi").await, 403);
    assert_eq!(put(&signed.url.replace("upl_1", "upl_2"), &signed.headers, b"12345").await, 403);
    let late = sign(now() - TimeDelta::seconds(700));
    assert_eq!(put(&late.url, &late.headers, b"12345").await, 403);
    assert_eq!(files.get("incoming/upl_1", 9).await, Ok(Some(Bytes::from_static(b"12345"))));
}

#[tokio::test]
async fn a_folder_signs_nothing() {
    let folder = TempDir::new().unwrap();
    let files = Files::open(&Place::Folder(folder.path().join("new"))).unwrap();
    assert_eq!(files.sign_put("a", "image/png", 1, now(), 60), None);
}

/// The example of Amazon's documentation has no content headers; what is checked here is the shape of a URL of its own.
#[test]
fn amazons_own_buckets_stand_in_the_host() {
    let bucket = Bucket {
        endpoint: None,
        ..place(([127, 0, 0, 1], 1).into(), SECRET_KEY)
    };
    let signed = Files::open(&Place::Bucket(bucket)).unwrap();
    let time = "2026-01-02T03:04:05Z".parse().unwrap();
    let url = signed.sign_put("incoming/a b", "image/png", 5, time, 60).unwrap().url;
    let start = "https://shop.s3.eu-central-1.amazonaws.com/incoming/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256\
                 &X-Amz-Credential=AKIASHOP%2F20260102%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z\
                 &X-Amz-Expires=60&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost&X-Amz-Signature=";
    assert!(url.starts_with(start), "{url}");
}
