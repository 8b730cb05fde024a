//! What the model knows, in its table.

use domain::orders::fraud::{FEATURES, Features, FraudModel, Verdict};
use sqlx::PgConnection;

/// All that was learned.
pub(super) async fn read(connection: &mut PgConnection) -> Result<FraudModel, sqlx::Error> {
    let rows: Vec<(Vec<i16>, i64, i64)> =
        sqlx::query_as("select traits, honest, fraud from fraud_lessons").fetch_all(connection).await?;
    let mut model = FraudModel::default();
    for (traits, honest, fraud) in rows {
        if let Some(features) = features(&traits) {
            model.learn(&features, Verdict::Honest, honest.unsigned_abs());
            model.learn(&features, Verdict::Fraud, fraud.unsigned_abs());
        }
    }
    Ok(model)
}

/// Writes down that an order which looked like this turned out so.
pub(super) async fn add(
    connection: &mut PgConnection,
    traits: &[i16],
    verdict: Verdict,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into fraud_lessons as known (traits, honest, fraud) values ($1, $2, $3) \
         on conflict (traits) do update set honest = known.honest + excluded.honest, fraud = known.fraud + excluded.fraud",
    )
    .bind(traits)
    .bind(i64::from(verdict == Verdict::Honest))
    .bind(i64::from(verdict == Verdict::Fraud))
    .execute(connection)
    .await
    .map(drop)
}

/// As they are stored.
pub(super) fn stored(features: &Features) -> Vec<i16> {
    features.values().into_iter().map(i16::from).collect()
}

pub(super) fn features(stored: &[i16]) -> Option<Features> {
    let values: Vec<u8> = stored.iter().map(|value| u8::try_from(*value)).collect::<Result<_, _>>().ok()?;
    Features::from_values(<[u8; FEATURES]>::try_from(values).ok()?)
}
