//! What auditors are shown of the tree over the log.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use event_store::evidence::{Hash, Inclusion, SealedHead};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// How tree heads are asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListCheckpointsParams {
    /// `-tree_size` (the newest first) or `tree_size`.
    #[param(default = "-tree_size")]
    pub sort: Option<String>,
    /// Heads per page, 1 to 200.
    #[param(default = 20, maximum = 200, minimum = 1)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How a proof of inclusion is asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InclusionParams {
    /// In the tree of the head of this size; without it, of the newest head.
    pub tree_size: Option<i64>,
}

/// How a proof of consistency is asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyParams {
    /// The size of the older head.
    #[param(default = 1, minimum = 1)]
    pub from: Option<i64>,
    /// The size of the newer one; without it, of the newest.
    pub to: Option<i64>,
}

/// A signed tree head.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Checkpoint, example = json!({
    "tree_size": 1000,
    "epoch": 1,
    "root_hash": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "signed_at": "2026-01-31T12:00:00Z",
    "key": "shop.example/log+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "note": "shop.example/log\n1000\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nepoch 1\n\
             time 2026-01-31T12:00:00Z\n\n— shop.example/log x08go/ZJkuBS9UG/SffcvIAQxVBtiFup…\n",
}))]
pub struct CheckpointBody {
    /// How many events it covers, from the first one on: the last position.
    pub tree_size: i64,
    /// The log's epoch in which it was signed.
    pub epoch: i32,
    /// The root of the tree, in base64.
    pub root_hash: String,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// The public key that it was signed with, as c2sp.org/signed-note has it. Believe one that you got elsewhere.
    pub key: String,
    /// The signed note itself (c2sp.org/tlog-checkpoint): keep it.
    pub note: String,
}

impl From<SealedHead> for CheckpointBody {
    fn from(head: SealedHead) -> Self {
        Self {
            tree_size: head.size,
            epoch: head.epoch,
            root_hash: STANDARD.encode(head.root),
            signed_at: head.signed_at,
            key: head.key,
            note: head.note,
        }
    }
}

/// That an event is in the tree of a head.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InclusionProof)]
pub struct InclusionBody {
    /// The event.
    pub position: i64,
    /// Its place in the tree: one less than its position.
    pub leaf_index: i64,
    /// The hash of its stored bytes (docs/evidence.md), in base64.
    pub leaf_hash: String,
    /// The audit path of RFC 6962, section 2.1.1, from the leaf up, in base64.
    pub audit_path: Vec<String>,
    /// The head.
    pub checkpoint: CheckpointBody,
}

impl InclusionBody {
    pub(super) fn new(position: i64, proof: Inclusion) -> Self {
        Self {
            position,
            leaf_index: position - 1,
            leaf_hash: proof.leaf.to_string(),
            audit_path: proof.path.iter().map(Hash::to_string).collect(),
            checkpoint: proof.head.into(),
        }
    }
}

/// That one tree begins with another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsistencyProof, example = json!({
    "from": 1000, "to": 2000, "path": ["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="],
}))]
pub struct ConsistencyBody {
    /// The size of the older tree.
    pub from: i64,
    /// The size of the newer one.
    pub to: i64,
    /// The consistency proof of RFC 6962, section 2.1.2, in base64.
    pub path: Vec<String>,
}
