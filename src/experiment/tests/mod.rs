//! Marks of each kind, and whole evaluations worked out by hand.

mod evaluations;
mod marks;
