//! (room: tabular)
