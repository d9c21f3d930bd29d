//! stub
use super::model::Report;
/// stub
pub fn markdown(_report: &Report) -> String {
    String::new()
}
