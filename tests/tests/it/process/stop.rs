//! Stopping: what is under way is finished, unless somebody is in a hurry.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use super::{PASSWORD, Server, is_alive, postmaster};

/// A request whose body is on its way, and the rest of it.
fn half_a_request(server: &Server) -> (TcpStream, String) {
    let body = format!(r#"{{"email":"admin@souk.example","password":"{PASSWORD}"}}"#);
    let (first, rest) = body.split_at(10);
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{first}",
        body.len()
    )
    .unwrap();
    // So that the server has begun with it.
    thread::sleep(Duration::from_millis(300));
    (stream, rest.to_owned())
}

#[test]
fn a_request_under_way_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut server = Server::start(folder.path(), &["--demo"]);
        let postgres = postmaster(folder.path());
        let (mut stream, rest) = half_a_request(&server);
        server.signal(signal);
        thread::sleep(Duration::from_millis(500));
        assert!(server.child.try_wait().unwrap().is_none(), "it does not wait for the request");
        stream.write_all(rest.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        drop(stream);
        assert_eq!(server.wait().code(), Some(0));
        assert!(!is_alive(postgres), "PostgreSQL is left behind");
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &["--demo"]);
    let postgres = postmaster(folder.path());
    let (_stream, _) = half_a_request(&server);
    server.signal(Signal::SIGINT);
    thread::sleep(Duration::from_millis(300));
    assert!(server.child.try_wait().unwrap().is_none());
    let asked = Instant::now();
    server.signal(Signal::SIGINT);
    let status = server.wait();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert!(!status.success(), "an end in a hurry is not a clean one");
    super::wait_until("PostgreSQL is gone", || !is_alive(postgres));
}
