//! Read models: what people ask of a run file as typed rows, for the terminal, JSON and reports alike.
//!
//! This room reads the record through `store` and changes nothing in it. It never reads the clock, the environment or
//! randomness: the same record gives the same rows.

pub mod report;
