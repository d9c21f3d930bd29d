//! What generation writes to the run file and reads from it, one file per kind of row: [`requests`](request) and the
//! calls that send them, `responses`, changes of `pace`, claims of open work items ([`claim`]) and
//! [`attempts`](attempt).
//!
//! These functions only run statements, inside the transaction that the caller opened. What to do next is decided
//! elsewhere: in [`super::decide`] and [`super::item`].

mod attempts;
mod claims;
mod pace;
mod requests;
mod responses;

pub(in crate::stage) use attempts::insert_claims;
pub use attempts::{attempt, ended, past_attempts};
pub use claims::{Claim, Contexts, claim, claim_one, claim_source};
pub use pace::{PaceChange, pace};
pub use requests::{request, sending, spec, spec_of};
pub use responses::{ReceivedResponse, answer, earlier_failures, failure, received, was_answered};
pub(in crate::stage) use responses::{answer_of, kind_of};
