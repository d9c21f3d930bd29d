//! Names of models that stand for one version today and may stand for another tomorrow: [`floating`].

use super::table::PriceTable;

/// The providers that are known to move names, by their hosts.
const VENDORS: [(&str, &str); 3] =
    [("api.openai.com", "OpenAI"), ("api.anthropic.com", "Anthropic"), ("generativelanguage.googleapis.com", "Google")];

/// A name without a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FloatingName {
    /// Who may move it.
    pub vendor: String,
    /// Names of versions that it may stand for, as far as the shipped table of prices has them.
    pub versions: Vec<String>,
}

/// Whether `model` at `host` is a name that the provider may move to another version: one that the shipped table of
/// prices has without a version, or one that ends in `-latest`. Unknown names and other hosts say nothing.
#[must_use]
pub fn floating(host: &str, model: &str) -> Option<FloatingName> {
    let vendor = VENDORS.iter().find(|(of, _)| host == *of || host.ends_with(&format!(".{of}"))).map(|(_, name)| *name);
    let table = PriceTable::built_in();
    let is_latest = model.ends_with("-latest");
    let at_host = |hosts: &Option<Vec<String>>| hosts.iter().flatten().any(|it| it == host);
    let known = table.entries().find(|entry| at_host(&entry.hosts) && entry.models.iter().any(|it| it == model));
    let is_known_host = vendor.is_some() || table.entries().any(|entry| at_host(&entry.hosts));
    let floats = is_latest && is_known_host || vendor.is_some() && known.is_some() && !has_version(model);
    let base = model.strip_suffix("-latest").unwrap_or(model);
    let is_version = |name: &&String| name.starts_with(base) && !name.contains('*') && has_version(name);
    let versions = known.iter().flat_map(|entry| &entry.models).filter(is_version).cloned().collect();
    floats.then(|| FloatingName { vendor: vendor.unwrap_or("the provider").to_owned(), versions })
}

/// Whether a name ends in a version: a date, or a number of three or four digits.
fn has_version(name: &str) -> bool {
    let last = name.rsplit('-').next().unwrap_or_default();
    let all_digits = last.bytes().all(|byte| byte.is_ascii_digit());
    let is_date_part = last.len() == 2 && name.len() > 10 && {
        let date = &name.as_bytes()[name.len() - 10..];
        date[4] == b'-' && date[7] == b'-' && date[..4].iter().all(u8::is_ascii_digit)
    };
    // `gemini-2.5-flash-preview-09-2025` has the month before the year.
    all_digits && (matches!(last.len(), 3 | 4 | 8) || is_date_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_version_floats_at_its_vendor() {
        let versions = |host: &str, model: &str| floating(host, model).map(|it| it.versions.join(" "));
        for (host, model, expected) in [
            ("api.openai.com", "gpt-4o", Some("gpt-4o-2024-08-06 gpt-4o-2024-11-20")),
            ("eu.api.openai.com", "gpt-4o-latest", Some("")),
            ("api.openai.com", "gpt-4o-mini", Some("gpt-4o-mini-2024-07-18")),
            ("api.openai.com", "gpt-4", Some("gpt-4-0613")),
            ("api.openai.com", "gpt-4o-mini-2024-07-18", None),
            ("api.openai.com", "gpt-4-0613", None),
            ("api.openai.com", "o1-2024-12-17", None),
            ("api.openai.com", "ft:gpt-4o-mini-2024-07-18:acme::id", None),
            ("api.openai.com", "my-model", None),
            ("api.anthropic.com", "claude-sonnet-4-5", Some("claude-sonnet-4-5-20250929")),
            ("api.anthropic.com", "claude-sonnet-4-5-20250929", None),
            ("api.anthropic.com", "claude-3-5-haiku-latest", Some("claude-3-5-haiku-20241022")),
            ("generativelanguage.googleapis.com", "gemini-2.5-pro", Some("")),
            ("generativelanguage.googleapis.com", "gemini-2.0-flash", Some("gemini-2.0-flash-001")),
            ("generativelanguage.googleapis.com", "gemini-2.0-flash-001", None),
            ("generativelanguage.googleapis.com", "gemini-2.5-flash-preview-09-2025", None),
            ("api.mistral.ai", "mistral-large-latest", Some("")),
            ("api.mistral.ai", "mistral-large-2512", None),
            ("localhost", "gpt-4o", None),
            ("localhost", "llama-latest", None),
            ("my.openai.azure.com", "gpt-4o", None),
        ] {
            assert_eq!(versions(host, model).as_deref(), expected, "{host} {model}");
        }
    }
}
