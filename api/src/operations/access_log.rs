//! One line of JSON per request. Lines are gathered in memory and written by a thread of their own, a tenth of a second
//! later at most, so that no request waits for the disk or the terminal. What a killed process had not written yet is
//! gone; the log of events is the record, not this one.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::http::{Method, StatusCode};
use chrono::{DateTime, SecondsFormat, Utc};
use event_store::Actor;
use uuid::Uuid;

/// How long lines are gathered.
const GATHER_FOR: Duration = Duration::from_millis(100);
/// Lines that nobody takes away must not fill the memory: beyond this many bytes they are counted and dropped.
const CAPACITY_BYTES: usize = 4 * 1_024 * 1_024;
/// Longer than any line.
const LINE_BYTES: usize = 512;

/// What there is to say about one request. Nothing of what it carried: a path or a query may hold personal data.
#[derive(Debug, Clone, Copy)]
pub struct RequestLine<'a> {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// Its id.
    pub request: Uuid,
    /// Its method.
    pub method: &'a Method,
    /// The pattern of the path; `None` where no route matched.
    pub route: Option<&'a str>,
    /// The status of the answer.
    pub status: StatusCode,
    /// How long it took until the answer was ready to be sent.
    pub took: Duration,
    /// Who was signed in.
    pub actor: Option<Actor>,
}

/// The log of requests. It is written out when the last clone is dropped.
#[derive(Clone)]
pub struct AccessLog(Arc<Writer>);

struct Writer {
    lines: Arc<Lines>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Lines {
    state: Mutex<State>,
    is_there_work: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    is_closed: bool,
}

impl AccessLog {
    /// Writes to `sink`.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn to(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let lines = Arc::new(Lines::default());
        let work = Arc::clone(&lines);
        let thread = thread::Builder::new().name("souk-requests".to_owned()).spawn(move || work.run(sink))?;
        Ok(Self(Arc::new(Writer { lines, thread: Mutex::new(Some(thread)) })))
    }

    /// Notes one request.
    pub fn note(&self, line: &RequestLine<'_>) {
        let lines = &self.0.lines;
        let mut state = lines.lock();
        if state.bytes.len() > CAPACITY_BYTES {
            drop(state);
            metrics::counter!("souk_request_lines_dropped_total").increment(1);
            return;
        }
        let is_first = state.bytes.is_empty();
        state.bytes.reserve(LINE_BYTES);
        // Writing into memory does not fail.
        drop(line.write(&mut state.bytes));
        drop(state);
        if is_first {
            lines.is_there_work.notify_one();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.lines.lock().is_closed = true;
        self.lines.is_there_work.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            drop(thread.join());
        }
    }
}

impl Lines {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut sink: impl Write) {
        let mut taken = Vec::new();
        loop {
            let state = self.lock();
            let idle = |state: &mut State| state.bytes.is_empty() && !state.is_closed;
            let state = self.is_there_work.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
            // More will come soon: one write for all of it. A close cuts the wait short.
            let waited = self.is_there_work.wait_timeout_while(state, GATHER_FOR, |state| !state.is_closed);
            let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut taken, &mut state.bytes);
            let is_closed = state.is_closed;
            drop(state);
            // Where the log cannot be written there is nobody to tell.
            drop(sink.write_all(&taken).and_then(|()| sink.flush()));
            taken.clear();
            if is_closed {
                return;
            }
        }
    }
}

impl RequestLine<'_> {
    /// One JSON object and a line feed. No value needs escaping: a method consists of token characters, a route is
    /// our own text.
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        write!(
            out,
            r#"{{"timestamp":"{at}","level":"INFO","target":"souk::requests","message":"answered","request.id":"{}","http.method":"{}","http.route":"#,
            self.request, self.method,
        )?;
        match self.route {
            Some(route) => write!(out, "\"{route}\"")?,
            None => out.extend_from_slice(b"null"),
        }
        write!(out, r#","http.status":{},"duration_us":{}"#, self.status.as_u16(), self.took.as_micros())?;
        if let Some(actor) = self.actor {
            write!(out, r#","actor.id":"{actor}""#)?;
        }
        out.extend_from_slice(b"}\n");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App, HttpMessage, HttpRequest,
        test::{TestRequest, call_service, init_service},
    };
    use domain::ids::AccountId;
    use serde_json::{Value, json};

    use super::*;
    use crate::http::{Answer, Problem, envelope::Envelope, routes::Routes};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        fn lines(&self) -> Vec<Value> {
            let bytes = self.0.lock().unwrap().clone();
            let text = String::from_utf8(bytes).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
    }

    fn line(actor: Option<Actor>, route: Option<&str>) -> RequestLine<'_> {
        RequestLine {
            at: DateTime::from_timestamp_micros(1_290_000_000_000_001).unwrap(),
            request: Uuid::from_u128(7),
            method: &Method::GET,
            route,
            status: StatusCode::OK,
            took: Duration::from_micros(42),
            actor,
        }
    }

    #[test]
    fn every_request_is_one_json_object() {
        let sink = Sink::default();
        let log = AccessLog::to(sink.clone()).unwrap();
        let actor = Actor::account(AccountId::from_uuid(Uuid::from_u128(9)));
        log.note(&line(Some(actor), Some("/api/v1/products/{id}")));
        log.note(&line(None, None));
        drop(log);
        assert_eq!(
            sink.lines(),
            [
                json!({
                    "timestamp": "2010-11-17T13:20:00.000001Z",
                    "level": "INFO",
                    "target": "souk::requests",
                    "message": "answered",
                    "request.id": "00000000-0000-0000-0000-000000000007",
                    "http.method": "GET",
                    "http.route": "/api/v1/products/{id}",
                    "http.status": 200,
                    "duration_us": 42,
                    "actor.id": "usr_00000000000000000000000000000009",
                }),
                json!({
                    "timestamp": "2010-11-17T13:20:00.000001Z",
                    "level": "INFO",
                    "target": "souk::requests",
                    "message": "answered",
                    "request.id": "00000000-0000-0000-0000-000000000007",
                    "http.method": "GET",
                    "http.route": null,
                    "http.status": 200,
                    "duration_us": 42,
                }),
            ]
        );
    }

    #[test]
    fn lines_are_written_without_anybody_closing_it() {
        let sink = Sink::default();
        let log = AccessLog::to(sink.clone()).unwrap();
        for round in 1..=3 {
            log.note(&line(None, None));
            let deadline = std::time::Instant::now() + Duration::from_secs(10);
            while sink.lines().len() < round && std::time::Instant::now() < deadline {
                thread::sleep(Duration::from_millis(5));
            }
            assert_eq!(sink.lines().len(), round);
        }
    }

    #[test]
    fn many_threads_write_whole_lines() {
        let sink = Sink::default();
        let log = AccessLog::to(sink.clone()).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                let log = log.clone();
                scope.spawn(move || (0..1_000).for_each(|_| log.note(&line(None, Some("/x")))));
            }
        });
        drop(log);
        assert_eq!(sink.lines().len(), 4_000);
    }

    async fn act(request: HttpRequest) -> Result<Answer, Problem> {
        request.extensions_mut().insert(Actor::SYSTEM);
        Ok(Answer::no_content())
    }

    #[actix_web::test]
    async fn a_request_is_noted_with_its_route_and_whoever_made_it() {
        let sink = Sink::default();
        let envelope = Envelope {
            traffic: Arc::default(),
            gate: Arc::default(),
            time_limit: Duration::from_secs(5),
            requests: Some(AccessLog::to(sink.clone()).unwrap()),
            audit: None,
        };
        let id = Uuid::from_u128(7).to_string();
        {
            let table = |config: &mut actix_web::web::ServiceConfig| {
                let mut routes = Routes::default();
                routes.post("/things/{id}", act);
                routes.register(config);
            };
            let app = init_service(App::new().wrap(envelope).configure(table)).await;
            let post =
                TestRequest::post().uri("/things/5?secret=1").insert_header(("x-request-id", id.as_str()));
            call_service(&app, post.to_request()).await;
            call_service(&app, TestRequest::get().uri("/nowhere/secret").to_request()).await;
        }
        let lines = sink.lines();
        let [post, get] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        let member = |line: &Value, name: &str| line[name].clone();
        assert_eq!(member(post, "http.route"), "/things/{id}");
        assert_eq!(
            (member(post, "http.status"), member(post, "http.method"), member(post, "actor.id")),
            (json!(204), json!("POST"), json!("system"))
        );
        assert_eq!((member(post, "request.id"), member(get, "http.status")), (json!(id), json!(404)));
        assert_eq!((member(get, "http.route"), get.get("actor.id")), (Value::Null, None));
    }

    /// Blocks at the first write until it is let go.
    struct Stuck(Arc<(Mutex<bool>, Condvar)>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (is_free, changed) = &*self.0;
            drop(changed.wait_while(is_free.lock().unwrap(), |is_free| !*is_free).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_sink_that_is_stuck_fills_no_memory() {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let log = AccessLog::to(Stuck(Arc::clone(&gate))).unwrap();
        for _ in 0..40_000 {
            log.note(&line(None, Some("/api/v1/products/{id}")));
        }
        assert!(log.0.lines.lock().bytes.len() <= CAPACITY_BYTES + LINE_BYTES);
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
    }
}
