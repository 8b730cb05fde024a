//! What messages are called: one table, for every way by which they are sent.

use commands::UseCase;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    OrderNew,
    OrderUpdated,
    OrderFlagged,
    OrderReviewed,
    StockLow,
    StockOut,
    StockRecovered,
}

/// Which events are told, and as what. Those of the log that are not here are nobody's news.
pub(super) const EVENTS: &[(&str, Name)] = &[
    ("OrderPlaced", Name::OrderNew),
    ("OrderEdited", Name::OrderUpdated),
    ("OrderConfirmed", Name::OrderUpdated),
    ("PartProcessed", Name::OrderUpdated),
    ("PartShipped", Name::OrderUpdated),
    ("PartDelivered", Name::OrderUpdated),
    ("OrderCancelled", Name::OrderUpdated),
    ("LinesReturned", Name::OrderUpdated),
    ("ReturnWithdrawn", Name::OrderUpdated),
    ("OrderFlagged", Name::OrderFlagged),
    ("FlagCleared", Name::OrderReviewed),
    ("FraudConfirmed", Name::OrderReviewed),
    ("StockFellLow", Name::StockLow),
    ("StockRanOut", Name::StockOut),
    ("StockRecovered", Name::StockRecovered),
];

impl Name {
    const ALL: [Self; 7] = [
        Self::OrderNew,
        Self::OrderUpdated,
        Self::OrderFlagged,
        Self::OrderReviewed,
        Self::StockLow,
        Self::StockOut,
        Self::StockRecovered,
    ];

    /// As clients see it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::OrderNew => "order:new",
            Self::OrderUpdated => "order:updated",
            Self::OrderFlagged => "order:flagged",
            Self::OrderReviewed => "order:reviewed",
            Self::StockLow => "stock:low",
            Self::StockOut => "stock:out",
            Self::StockRecovered => "stock:recovered",
        }
    }

    /// Whoever may do this may hear it, of what is within reach.
    pub(super) const fn use_case(self) -> UseCase {
        match self {
            Self::OrderNew | Self::OrderUpdated => UseCase::ListOrders,
            Self::OrderFlagged | Self::OrderReviewed => UseCase::ListFraudFlags,
            Self::StockLow | Self::StockOut | Self::StockRecovered => UseCase::ReadShortages,
        }
    }

    /// What an event is told as; `None` where it is not told.
    pub(super) fn of_event(event_type: &str) -> Option<Self> {
        EVENTS.iter().find(|(known, _)| *known == event_type).map(|(_, name)| *name)
    }

    /// Names with commas between them.
    pub(super) fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let known = |word: &str| Self::ALL.into_iter().find(|name| name.as_str() == word.trim());
        text.split(',').map(known).collect::<Option<_>>().ok_or_else(|| {
            let names: Vec<_> = Self::ALL.into_iter().map(Self::as_str).collect();
            format!("must be some of {}, with commas between them", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::{decider::Event, inventory::StockEvent, orders::OrderEvent};

    use super::*;

    #[test]
    fn every_event_of_an_order_is_told_and_nothing_that_does_not_exist() {
        let orders: Vec<&str> = OrderEvent::CATALOGUE.iter().map(|(name, _)| *name).collect();
        let stock: Vec<&str> = StockEvent::CATALOGUE.iter().map(|(name, _)| *name).collect();
        let told: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
        assert!(orders.iter().all(|name| told.contains(name)));
        assert!(told.iter().all(|name| orders.contains(name) || stock.contains(name)));
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        let list = Name::ALL.map(Name::as_str).join(",");
        assert_eq!(Name::parse_list(&list), Ok(Name::ALL.to_vec()));
        assert!(Name::parse_list("order:new,stock").is_err() && Name::parse_list("").is_err());
    }
}
