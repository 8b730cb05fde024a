//! The category: a node of the catalogue's tree. Each is a stream of its own; that the tree has no cycle and that
//! nothing hangs on a category that goes is the use case's to see to, because it takes several streams.

use super::{
    CategoryCommand, CategoryDetails, CategoryError, CategoryEvent, ReviseCategory, rules::is_safe_url,
};
use crate::{decider::Decider, ids::CategoryId};

/// A node of the catalogue's tree.
#[derive(Debug)]
pub struct Category;

/// What is known of a category.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CategoryState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It is in the tree.
    Present(Box<Node>),
    /// It was removed.
    Removed,
}

/// A category in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// How it is described.
    pub details: CategoryDetails,
    /// Below which it hangs; `None` at the top.
    pub parent: Option<CategoryId>,
}

impl CategoryState {
    /// What there is of it now.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        match self {
            Self::Present(node) => Some(node),
            Self::Absent | Self::Removed => None,
        }
    }
}

impl Decider for Category {
    const KIND: &'static str = "category";

    type State = CategoryState;
    type Command = CategoryCommand;
    type Event = CategoryEvent;
    type Error = CategoryError;

    fn decide(state: &CategoryState, command: CategoryCommand) -> Result<Vec<CategoryEvent>, CategoryError> {
        match command {
            CategoryCommand::Create { details, parent } => create(state, details, parent),
            CategoryCommand::Revise(revision) => revise(state, revision),
            CategoryCommand::Remove => match state {
                CategoryState::Absent => Err(CategoryError::NotFound),
                CategoryState::Present(_) => Ok(vec![CategoryEvent::CategoryRemoved]),
                CategoryState::Removed => Ok(Vec::new()),
            },
        }
    }

    fn evolve(state: &mut CategoryState, event: &CategoryEvent) {
        match event {
            CategoryEvent::CategoryCreated { details, parent } => {
                let node = Node { details: details.clone(), parent: *parent };
                *state = CategoryState::Present(Box::new(node));
            }
            CategoryEvent::CategoryDescribed { details } => {
                if let CategoryState::Present(node) = state {
                    node.details = details.clone();
                }
            }
            CategoryEvent::CategoryMoved { parent } => {
                if let CategoryState::Present(node) = state {
                    node.parent = *parent;
                }
            }
            CategoryEvent::CategoryRemoved => *state = CategoryState::Removed,
        }
    }
}

fn create(
    state: &CategoryState,
    details: CategoryDetails,
    parent: Option<CategoryId>,
) -> Result<Vec<CategoryEvent>, CategoryError> {
    if *state != CategoryState::Absent {
        return Err(CategoryError::AlreadyCreated);
    }
    check(&details)?;
    Ok(vec![CategoryEvent::CategoryCreated { details, parent }])
}

fn revise(state: &CategoryState, revision: ReviseCategory) -> Result<Vec<CategoryEvent>, CategoryError> {
    let node = state.node().ok_or(CategoryError::NotFound)?;
    let mut events = Vec::new();
    if let Some(details) = revision.details.filter(|details| *details != node.details) {
        check(&details)?;
        events.push(CategoryEvent::CategoryDescribed { details });
    }
    if let Some(parent) = revision.parent.filter(|parent| *parent != node.parent) {
        events.push(CategoryEvent::CategoryMoved { parent });
    }
    Ok(events)
}

fn check(details: &CategoryDetails) -> Result<(), CategoryError> {
    match &details.image {
        Some(image) if !is_safe_url(&image.url) => Err(CategoryError::InvalidImageUrl),
        Some(_) | None => Ok(()),
    }
}
