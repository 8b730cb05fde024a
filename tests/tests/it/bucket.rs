//! A bucket that speaks S3: a server that others have written, which checks every signature.

use std::{net::SocketAddr, path::Path};

use api::config::Source;
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

/// The bucket; what is put there lies in a folder of this name.
pub(crate) const NAME: &str = "shop";
pub(crate) const ACCESS_KEY: &str = "AKIASHOP";
pub(crate) const SECRET_KEY: &str = "a secret";

/// Serves it from a folder.
pub(crate) async fn serve(folder: &Path) -> SocketAddr {
    std::fs::create_dir_all(folder.join(NAME)).unwrap();
    let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let http = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                drop(http.serve_connection(TokioIo::new(socket), service).await);
            });
        }
    });
    address
}

/// The settings `{prefix}s3_…` of whoever uses it.
pub(crate) fn settings(source: Source, prefix: &str, address: SocketAddr) -> Source {
    let settings = [
        ("s3_bucket", NAME.to_owned()),
        ("s3_endpoint", format!("http://{address}")),
        ("s3_access_key", ACCESS_KEY.to_owned()),
        ("s3_secret_key", SECRET_KEY.to_owned()),
    ];
    settings
        .into_iter()
        .fold(source, |source, (name, value)| source.flag(&format!("{prefix}{name}"), value))
}
