//! (room: transport)
