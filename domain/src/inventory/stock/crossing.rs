//! Low, out, recovered: told in the same answer that caused them, once per crossing.

use super::{Level, StockMark, StockState};
use crate::{ids::WarehouseId, inventory::StockEvent};

/// The crossings that `events` cause, one per warehouse at most, in the order in which the warehouses appear.
pub(super) fn crossings(state: &StockState, events: &[StockEvent]) -> Vec<StockEvent> {
    let mut touched: Vec<(WarehouseId, Level)> = Vec::new();
    for event in events {
        event.each_movement(|movement| level(state, &mut touched, movement.warehouse).move_by(&movement));
        if let StockEvent::StockThresholdSet { warehouse, threshold } = event {
            level(state, &mut touched, *warehouse).threshold = *threshold;
        }
    }
    touched.iter().filter_map(|(warehouse, level)| crossing(*warehouse, level)).collect()
}

fn level<'a>(
    state: &StockState,
    touched: &'a mut Vec<(WarehouseId, Level)>,
    warehouse: WarehouseId,
) -> &'a mut Level {
    let index = touched.iter().position(|(id, _)| *id == warehouse).unwrap_or_else(|| {
        touched.push((warehouse, state.level(warehouse)));
        touched.len() - 1
    });
    &mut touched[index].1
}

fn crossing(warehouse: WarehouseId, level: &Level) -> Option<StockEvent> {
    let due = level.due_mark();
    if due == level.mark {
        return None;
    }
    let available = level.available();
    Some(match due {
        StockMark::Normal => StockEvent::StockRecovered { warehouse, available },
        StockMark::Low => StockEvent::StockFellLow { warehouse, available, threshold: level.threshold },
        StockMark::Out => StockEvent::StockRanOut { warehouse },
    })
}
