//! Explanations of a small run file.
