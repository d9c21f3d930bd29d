//! Checks a server's address, wherever it is written.

/// Why an address cannot be used. The text never shows it: it may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    #[error("expected an address that starts with http:// or https://")]
    NoScheme,
    #[error("an address with credentials is refused")]
    Credentials,
    #[error("expected an address without a query or a fragment")]
    Query,
    #[error("not a usable address")]
    Unusable,
    #[error("the port is not a number from 0 to 65535")]
    Port,
}

/// The address without white space around it and slashes at its end, its scheme in lower case.
pub fn checked_address(url: &str) -> Result<String, AddressProblem> {
    let url = url.trim();
    let Some(scheme) = ["http://", "https://"]
        .iter()
        .find(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
    else {
        return Err(AddressProblem::NoScheme);
    };
    let rest = &url[scheme.len()..];
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(AddressProblem::Credentials);
    }
    if rest.contains(['?', '#']) {
        return Err(AddressProblem::Query);
    }
    let odd = |it: char| it.is_whitespace() || it.is_control() || matches!(it, '\\' | '"' | '<' | '>' | '{' | '}');
    if authority.is_empty() || authority.starts_with(':') || rest.contains(odd) {
        return Err(AddressProblem::Unusable);
    }
    if let Some((_, port)) = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'))
        && port.parse::<u16>().is_err()
    {
        return Err(AddressProblem::Port);
    }
    Ok(format!("{scheme}{}", rest.trim_end_matches('/')))
}
