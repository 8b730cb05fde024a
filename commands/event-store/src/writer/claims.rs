//! Writing what an append changed of the claims, and which it gave up.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::decision::ClaimChange;

/// A claim that was held and given up in one batch: scope, key, holder, from and until which position.
type Brief<'a> = (&'a str, &'a str, &'a str, i64, i64);

/// What a batch leaves of each claim: one key may be taken, given up and taken again.
#[derive(Default)]
struct Left<'a> {
    /// By scope and key: who holds it, since when; `None` where it was given up.
    last: HashMap<(&'a str, &'a str), Option<(&'a str, i64)>>,
    /// Those of earlier batches, and where they were given up; of some nothing is kept.
    given_up: HashMap<(&'a str, &'a str), (i64, bool)>,
    brief: Vec<Brief<'a>>,
}

impl<'a> Left<'a> {
    fn of(changes: &'a [(ClaimChange, i64)]) -> Self {
        let mut left = Self::default();
        for (change, position) in changes {
            match change {
                ClaimChange::Take { scope, key, holder } => {
                    left.last.insert((scope, key), Some((holder, *position)));
                }
                ClaimChange::Release { scope, key, is_kept } => match left.last.insert((scope, key), None) {
                    Some(Some((holder, from))) if *is_kept => {
                        left.brief.push((scope, key, holder, from, *position));
                    }
                    Some(_) => {}
                    None => drop(left.given_up.insert((scope, key), (*position, *is_kept))),
                },
            }
        }
        left
    }
}

/// Writes the claims that changed.
pub(super) async fn change(
    connection: &mut PgConnection,
    changes: &[(ClaimChange, i64)],
) -> Result<(), sqlx::Error> {
    let left = Left::of(changes);
    release(connection, &left).await?;
    let taken: Vec<_> = left.last.into_iter().filter_map(|(claim, holder)| Some((claim, holder?))).collect();
    if taken.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into claims (scope, key, holder, position)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])",
    )
    .bind(taken.iter().map(|((scope, _), _)| *scope).collect::<Vec<_>>())
    .bind(taken.iter().map(|((_, key), _)| *key).collect::<Vec<_>>())
    .bind(taken.iter().map(|(_, (holder, _))| *holder).collect::<Vec<_>>())
    .bind(taken.iter().map(|(_, (_, position))| *position).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

async fn release(connection: &mut PgConnection, left: &Left<'_>) -> Result<(), sqlx::Error> {
    if !left.given_up.is_empty() {
        let rows: Vec<_> = left.given_up.iter().collect();
        sqlx::query(
            "with gone as (
                 delete from claims c
                  using unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[]) w (scope, key, until, is_kept)
                  where c.key = w.key and c.scope = w.scope
                 returning c.scope, c.key, c.holder, c.position, w.until, w.is_kept)
             insert into claims_past (scope, key, holder, position, until)
             select scope, key, holder, position, until from gone where is_kept and position < until",
        )
        .bind(rows.iter().map(|((scope, _), _)| *scope).collect::<Vec<_>>())
        .bind(rows.iter().map(|((_, key), _)| *key).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, (until, _))| *until).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, (_, is_kept))| *is_kept).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
    }
    let brief: Vec<_> = left.brief.iter().filter(|(_, _, _, from, until)| from < until).collect();
    if brief.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into claims_past (scope, key, holder, position, until)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])",
    )
    .bind(brief.iter().map(|(scope, ..)| *scope).collect::<Vec<_>>())
    .bind(brief.iter().map(|(_, key, ..)| *key).collect::<Vec<_>>())
    .bind(brief.iter().map(|(_, _, holder, ..)| *holder).collect::<Vec<_>>())
    .bind(brief.iter().map(|(_, _, _, from, _)| *from).collect::<Vec<_>>())
    .bind(brief.iter().map(|(.., until)| *until).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(key: &str, position: i64) -> (ClaimChange, i64) {
        let (scope, key, holder) = ("s".to_owned(), key.to_owned(), format!("h{position}"));
        (ClaimChange::Take { scope, key, holder }, position)
    }

    fn release(key: &str, is_kept: bool, position: i64) -> (ClaimChange, i64) {
        (ClaimChange::Release { scope: "s".to_owned(), key: key.to_owned(), is_kept }, position)
    }

    #[test]
    fn a_batch_leaves_the_last_word_on_each_claim_and_what_it_held_for_a_while() {
        let changes = [
            take("new", 1),
            release("old", true, 2),
            release("old", true, 3),
            take("old", 4),
            take("brief", 5),
            release("brief", true, 6),
            release("person", false, 7),
            take("stranger", 8),
            release("stranger", false, 9),
        ];
        let left = Left::of(&changes);
        assert_eq!(left.last[&("s", "new")], Some(("h1", 1)));
        assert_eq!(left.last[&("s", "old")], Some(("h4", 4)));
        assert_eq!(left.last[&("s", "brief")], None);
        let given_up = HashMap::from([(("s", "old"), (2, true)), (("s", "person"), (7, false))]);
        assert_eq!(left.given_up, given_up);
        assert_eq!(left.brief, [("s", "brief", "h5", 5, 6)]);
    }
}
