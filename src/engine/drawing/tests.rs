//! From configurations to what is drawn.
