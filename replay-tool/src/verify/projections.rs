//! Every projection against its replay: at the position where the live one stands, in one snapshot, row by row. The
//! live ones go on meanwhile.

use std::{collections::BTreeMap, sync::Arc};

use event_store::{
    LogReader,
    subscription::{KEPT, Projection, Replay, ReplayError, Standing, SubscriptionState},
};
use serde::Serialize;

use super::report::{Fault, Place, Report, Stream};
use crate::{
    cli,
    failure::{Code, failure},
    output::{self, counted},
    tables::{self, Cell, Column, Counts, Difference, Pair, Table, What},
};

/// So many rows of a table are told one by one; the others are counted.
const ROWS: i64 = 20;

/// Rebuilds that may come between before this is given up.
const ATTEMPTS: usize = 10;

/// As many characters of a value as a person wants to see.
const VALUE_CHARS: usize = 120;

/// What became of one projection.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    name: &'static str,
    schema: String,
    /// Where it stands; absent where it was never filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<String>,
    tables: u64,
    rows: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// Every row is what the log says.
    Equal,
    Differs,
    /// The log cannot be projected.
    NotReplayable,
    /// This database has no tables of this version.
    Absent,
}

/// Those that are to be looked at.
pub(super) fn choose(wanted: &cli::Verify) -> anyhow::Result<Vec<Arc<dyn Projection>>> {
    if wanted.no_projections {
        return Ok(Vec::new());
    }
    let all = projections::all();
    if let Some(unknown) =
        wanted.projections.iter().find(|name| !all.iter().any(|projection| projection.name() == **name))
    {
        let names: Vec<&str> = all.iter().map(|projection| projection.name()).collect();
        let message = format!("there is no projection {unknown}; there are {}", names.join(", "));
        return Err(failure(Code::NotFound, message));
    }
    let is_wanted = |projection: &Arc<dyn Projection>| {
        wanted.projections.is_empty() || wanted.projections.iter().any(|name| projection.name() == name)
    };
    Ok(all.into_iter().filter(is_wanted).collect())
}

/// # Errors
/// When the database fails: what was not compared is never counted as sound.
pub(super) async fn check(
    reader: &LogReader,
    chosen: Vec<Arc<dyn Projection>>,
    report: &mut Report,
) -> anyhow::Result<Vec<Checked>> {
    let mut checked = Vec::new();
    for projection in chosen {
        let found = check_one(reader, &projection, report).await?;
        let (name, rows, tables) = (found.name, counted(found.rows, "row"), counted(found.tables, "table"));
        let at = found.position.clone().unwrap_or_default();
        match found.state {
            State::Equal => report.say(&format!("{name} at {at}: {rows} in {tables}, as replayed\n")),
            State::Absent => report.say(&format!("{name}: no tables of {} in this database\n", found.schema)),
            State::Differs | State::NotReplayable => {}
        }
        checked.push(found);
    }
    Ok(checked)
}

async fn check_one(
    reader: &LogReader,
    projection: &Arc<dyn Projection>,
    report: &mut Report,
) -> anyhow::Result<Checked> {
    let (mut replay, standing) = begin(reader, projection).await?;
    let mut checked = Checked {
        name: projection.name(),
        schema: projection.schema(),
        position: None,
        tables: 0,
        rows: 0,
        state: State::Absent,
    };
    let faults = report.faults;
    let Some(standing) = standing else {
        let stored = tables::of_schema(replay.connection(), &checked.schema).await?;
        if !stored.is_empty() {
            checked.state = State::Differs;
            let message = format!("{}: its tables have no checkpoint", checked.name);
            report.fault(Fault::new("checkpoint-missing", message).place(place(&checked)));
        }
        replay.end().await;
        return Ok(checked);
    };
    checked.position = Some(standing.position.to_string());
    let head = reader.refresh_head().await?;
    checked.state = if standing.position.position > head.position {
        let message =
            format!("{} stands at {}, beyond the log's end at {head}", checked.name, standing.position);
        report.fault(Fault::new("beyond-the-log", message).place(place(&checked)));
        State::Differs
    } else if fill(&mut replay, &standing, &checked, report).await? {
        compare(reader, &mut replay, projection, &standing, &mut checked, report).await?;
        if report.faults == faults {
            State::Equal
        } else {
            State::Differs
        }
    } else {
        State::NotReplayable
    };
    replay.end().await;
    Ok(checked)
}

/// A replay whose snapshot has the live tables in it.
async fn begin(
    reader: &LogReader,
    projection: &Arc<dyn Projection>,
) -> anyhow::Result<(Replay, Option<Standing>)> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let mut replay = Replay::begin(reader, Arc::clone(projection)).await?;
        match replay.live().await {
            Ok(standing) => return Ok((replay, standing)),
            Err(ReplayError::Replaced) if attempts < ATTEMPTS => replay.end().await,
            Err(error) => return Err(error.into()),
        }
    }
}

/// False when the log cannot be projected, which is a fault.
async fn fill(
    replay: &mut Replay,
    standing: &Standing,
    checked: &Checked,
    report: &mut Report,
) -> anyhow::Result<bool> {
    let to = standing.position.position;
    let bar = output::progress(checked.name, u64::try_from(to)?);
    let filled = replay.advance(to, |position| bar.set_position(u64::try_from(position).unwrap_or(0))).await;
    bar.finish_and_clear();
    let fault = match filled {
        Ok(()) => {
            if standing.state == SubscriptionState::Stopped {
                let before = standing.failed_position.map(|position| format!(" before event {position}"));
                let name = checked.name;
                report.say(&format!("{name}: it has stopped{}\n", before.unwrap_or_default()));
            }
            return Ok(true);
        }
        Err(ReplayError::Poison { position, error }) => {
            let message = format!("{}: event {position} cannot be projected: {error}", checked.name);
            Fault::new("not-replayable", message).at(position)
        }
        Err(ReplayError::Log(error)) if !matches!(error, event_store::LogError::Database(_)) => {
            Fault::new("not-replayable", format!("{}: {error}", checked.name))
        }
        Err(error) => return Err(error.into()),
    };
    report.fault(fault.place(place(checked)));
    Ok(false)
}

fn place(checked: &Checked) -> Place {
    Place { projection: checked.name.to_owned(), ..Place::default() }
}

async fn compare(
    reader: &LogReader,
    replay: &mut Replay,
    projection: &Arc<dyn Projection>,
    standing: &Standing,
    checked: &mut Checked,
    report: &mut Report,
) -> anyhow::Result<()> {
    let connection = replay.connection();
    let temporary = tables::temporary_schema(&mut *connection).await?;
    let mut replayed = tables::of_schema(&mut *connection, &temporary).await?;
    replayed.retain(|name, _| !name.ends_with(KEPT));
    let stored = tables::of_schema(&mut *connection, &checked.schema).await?;
    for name in stored.keys().filter(|name| !replayed.contains_key(*name)) {
        let place = Place { table: Some(name.clone()), ..place(checked) };
        let message = format!("{}.{name}: this table is none of the projection's", checked.name);
        report.fault(Fault::new("table-unknown", message).place(place));
    }
    for (name, table) in &replayed {
        checked.tables += 1;
        let place = Place { table: Some(name.clone()), ..place(checked) };
        let Some(stored) = stored.get(name) else {
            let message = format!("{}.{name}: the table is missing", checked.name);
            report.fault(Fault::new("table-missing", message).place(place));
            continue;
        };
        let Some(columns) = common_columns(stored, table, &place, report) else {
            continue;
        };
        let live = tables::qualified(&checked.schema, name);
        let pair = Pair::new(live, tables::qualified(&temporary, name), &columns)?;
        let counts = pair.count(replay.connection()).await?;
        checked.rows += u64::try_from(counts.right)?;
        let rows = if counts.differing() > 0 {
            pair.differences(replay.connection(), ROWS).await?
        } else {
            Vec::new()
        };
        let told = Told { reader, projection, up_to: standing.position.position, place };
        told.tell(&counts, &rows, report).await?;
    }
    Ok(())
}

/// The columns that both have; each that is not as the projection makes it is a fault. `None` where not even the key
/// is the same.
fn common_columns(
    stored: &Table,
    replayed: &Table,
    place: &Place,
    report: &mut Report,
) -> Option<Vec<Column>> {
    let mut common = Vec::new();
    let mut is_comparable = true;
    let at = format!("{}.{}", place.projection, place.table.as_deref().unwrap_or_default());
    let mut fault = |column: &str, what: &str| {
        let place = Place { column: Some(column.to_owned()), ..place.clone() };
        report.fault(Fault::new("column-differs", format!("{at}: the column {column} {what}")).place(place));
    };
    for column in &replayed.columns {
        match stored.columns.iter().find(|stored| stored.name == column.name) {
            Some(same) if same.kind == column.kind => common.push(column.clone()),
            other => {
                fault(
                    &column.name,
                    if other.is_some() {
                        "has another type"
                    } else {
                        "is missing"
                    },
                );
                is_comparable &= !column.is_key;
            }
        }
    }
    for column in &stored.columns {
        if !replayed.columns.iter().any(|replayed| replayed.name == column.name) {
            fault(&column.name, "is none of the projection's");
        }
    }
    is_comparable.then_some(common)
}

/// What is said of the rows of one table.
struct Told<'a> {
    reader: &'a LogReader,
    projection: &'a Arc<dyn Projection>,
    up_to: i64,
    place: Place,
}

impl Told<'_> {
    fn table(&self) -> String {
        format!("{}.{}", self.place.projection, self.place.table.as_deref().unwrap_or_default())
    }

    async fn tell(&self, counts: &Counts, rows: &[Difference], report: &mut Report) -> anyhow::Result<()> {
        for row in rows {
            self.tell_row(row, report).await?;
        }
        let untold = u64::try_from(counts.differing())?.saturating_sub(u64::try_from(rows.len())?);
        if untold > 0 {
            let message = format!("{}: {untold} more rows differ", self.table());
            report.faults(Fault::new("rows-differ", message).place(self.place.clone()), untold);
        }
        if counts.repeated() != 0 {
            let message = format!("{}: a primary key stands there more than once", self.table());
            report.fault(Fault::new("key-repeated", message).place(self.place.clone()));
        }
        Ok(())
    }

    async fn tell_row(&self, row: &Difference, report: &mut Report) -> anyhow::Result<()> {
        let streams = self.streams(row).await?;
        let key: Vec<String> = row.key.iter().map(|(column, value)| format!("{column}={value}")).collect();
        let at = format!("{} {}", self.table(), key.join(" "));
        let behind: Vec<String> = streams
            .iter()
            .map(|stream| format!("{}/{} at {}", stream.aggregate_type, stream.aggregate_id, stream.position))
            .collect();
        let behind = if behind.is_empty() {
            String::new()
        } else {
            format!(" (newest events: {})", behind.join(", "))
        };
        let place = Place {
            key: Some(row.key.iter().cloned().collect::<BTreeMap<_, _>>()),
            streams,
            ..self.place.clone()
        };
        match &row.what {
            What::OnlyLeft(_) => {
                let message = format!("{at}: the log knows no such row{behind}");
                report.fault(Fault::new("row-added", message).place(place));
            }
            What::OnlyRight(_) => {
                let message = format!("{at}: the row is missing{behind}");
                report.fault(Fault::new("row-missing", message).place(place));
            }
            What::Changed(cells) => {
                for Cell { column, left, right } in cells {
                    let (is, says) = (shown(left.as_deref()), shown(right.as_deref()));
                    let message = format!("{at}: {column} is {is}, its replay says {says}{behind}");
                    let place = Place {
                        column: Some(column.clone()),
                        stored: left.clone(),
                        replayed: right.clone(),
                        ..place.clone()
                    };
                    report.fault(Fault::new("row-changed", message).place(place));
                }
            }
        }
        Ok(())
    }

    /// Streams whose id stands in the key, and the event whose position does.
    async fn streams(&self, row: &Difference) -> anyhow::Result<Vec<Stream>> {
        let position = row.key.iter().find(|(column, _)| column == "position");
        let position = position.and_then(|(_, value)| value.parse::<i64>().ok());
        let ids: Vec<&str> = row.key.iter().map(|(_, value)| value.as_str()).collect();
        let types: Vec<&str> = self.projection.event_types().to_vec();
        let newest: Vec<(String, String, i64)> = sqlx::query_as(
            "select aggregate_type, aggregate_id, max(position) from events \
              where ((aggregate_id = any($1) and $2::bigint is null) or position = $2) \
                and position <= $3 and event_type = any($4) \
              group by 1, 2 order by 3 desc limit 5",
        )
        .bind(&ids)
        .bind(position)
        .bind(self.up_to)
        .bind(&types)
        .fetch_all(self.reader.pool())
        .await?;
        let stream =
            |(aggregate_type, aggregate_id, position)| Stream { aggregate_type, aggregate_id, position };
        Ok(newest.into_iter().map(stream).collect())
    }
}

fn shown(value: Option<&str>) -> String {
    let Some(value) = value else {
        return "null".to_owned();
    };
    match value.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or(value)),
        None => value.to_owned(),
    }
}
