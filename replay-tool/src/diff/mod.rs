//! `diff A B`: what changed between two moments, in a stream or in a whole projection.

pub(crate) mod leaves;
mod projection;
mod stream;

use crate::{
    cli,
    failure::{Code, failure},
    moment,
    source::Source,
};

/// Two positions: everything after the first, up to and including the second.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: i64,
    to: i64,
}

pub(crate) async fn run(source: &Source, wanted: cli::Diff, is_json: bool) -> anyhow::Result<()> {
    let from = moment::resolve(Some(wanted.from), source).await?;
    let to = moment::resolve(Some(wanted.to), source).await?;
    if from > to {
        return Err(failure(Code::Usage, format!("the first moment ({from}) comes after the second ({to})")));
    }
    let span = Span { from, to };
    match (wanted.stream, wanted.projection) {
        (Some(stream), _) => stream::run(source, stream, span, is_json).await,
        (None, Some(name)) => projection::run(source, &name, span, wanted.rows, is_json).await,
        (None, None) => Err(failure(Code::Usage, "say --stream or --projection")),
    }
}
