//! The template of the page of a work item.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use rusqlite::Connection;

use super::context;
use super::error::PageError;
use super::specimen;
use crate::record::VariantAt;
use crate::view::item::{self, ItemHistory};
use crate::view::report::show_invisible;

/// The name of the template that ships, by which another one can extend it.
const SHIPPED: &str = "casebook/page.html";
const PAGE: &str = include_str!("../../../templates/pages/page.html");
const INDEX_PAGE: &str = include_str!("../../../templates/pages/index.html");
const STYLE: &str = include_str!("../../../templates/pages/style.css");
/// The steps that a template may take for one page, so that a loop without an end is an error.
const FUEL: u64 = 50_000_000;

/// A template that is known to render.
#[derive(Clone, Debug)]
pub struct PageTemplate {
    name: String,
    text: String,
}

impl Default for PageTemplate {
    /// The template that ships.
    fn default() -> Self {
        Self { name: SHIPPED.to_owned(), text: PAGE.to_owned() }
    }
}

impl PageTemplate {
    /// Reads a template from the text of the file `name`. It is rendered for a made-up work item that has everything
    /// and for one that has nothing, so that what is wrong with it is found before there is any page.
    pub fn read(name: &str, text: &str) -> Result<Self, PageError> {
        let template = Self { name: name.to_owned(), text: text.to_owned() };
        for item in [specimen::full(), specimen::bare()] {
            template.render(&item)?;
        }
        Ok(template)
    }

    /// Makes the page of the work item with this rowid; returns its work id too.
    pub fn page(&self, connection: &Connection, item: i64) -> Result<(String, String), PageError> {
        let item = item::within(connection, item, VariantAt::BASE)?;
        let page = self.render(&item).map_err(|error| error.on(&item.work_id))?;
        Ok((item.work_id, page))
    }

    fn render(&self, item: &ItemHistory) -> Result<String, PageError> {
        let environment = environment();
        let wrong = |error| PageError::of(&self.name, &error);
        let template = environment.template_from_named_str(&self.name, &self.text).map_err(wrong)?;
        Ok(show_invisible(template.render(context::of(item)).map_err(wrong)?))
    }
}

/// Makes a page of the index.
pub(super) fn render_index(context: minijinja::Value) -> Result<String, PageError> {
    let wrong = |error| PageError::of("casebook/index.html", &error);
    let environment = environment();
    let template = environment.template_from_named_str("casebook/index.html", INDEX_PAGE).map_err(wrong)?;
    Ok(show_invisible(template.render(context).map_err(wrong)?))
}

/// The engine: everything is escaped for HTML, and what is undefined is an error unless it is only asked for.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_fuel(Some(FUEL));
    environment.add_global("style", minijinja::Value::from_safe_string(STYLE.to_owned()));
    // The shipped template compiles, which a test holds.
    let _ = environment.add_template(SHIPPED, PAGE);
    environment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    #[test]
    fn the_shipped_template_renders() {
        PageTemplate::read(SHIPPED, PAGE).unwrap();
    }

    #[test]
    fn a_template_that_is_wrong_is_said_with_its_line() {
        for (text, expected) in [
            ("one\n{{ item.work_id", "t.html:2: syntax error"),
            ("{% if item %}\n{% endfor %}", "t.html:2: syntax error"),
            ("\n\n{{ itm.work_id }}", "t.html:3: undefined value"),
            ("{{ item.work_idd }}", "t.html:1: undefined value"),
            ("{% for attempt in attempts %}\n{{ attempt.answr }}{% endfor %}", "t.html:2: undefined value"),
            ("{{ item.work_id|nothing }}", "t.html:1: unknown filter"),
            ("{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}", "t.html"),
        ] {
            let error = PageTemplate::read("t.html", text).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{text}: {error}");
            assert!(error.is_usage());
        }
        for text in [
            "{% for it in attempts %}{% if it.nothing %}x{% endif %}{% endfor %}{{ item.status }}",
            "{% for call in calls %}{{ call.cost }} {{ call.error_kind }}{% endfor %}",
            "{% extends 'casebook/page.html' %}{% block title %}mine{% endblock %}",
        ] {
            PageTemplate::read("t.html", text).unwrap();
        }
    }

    #[test]
    fn values_stay_values() {
        let connection = fixture::run_file();
        let text = "{{ item.work_id }}: {% for field in input %}{{ field.name }}={{ field.value }};{% endfor %}";
        let template = PageTemplate::read("t.html", text).unwrap();
        let (work_id, page) = template.page(&connection, 2).unwrap();
        assert_eq!(work_id, fixture::WORK_IDS[1]);
        assert!(page.contains("note=se\\u{1b}[31mcond;"), "{page}");
        let mut item = specimen::bare();
        item.reason = Some("<script>alert(1)</script>{{ 7 * 7 }}".to_owned());
        let page = PageTemplate::default().render(&item).unwrap();
        assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("{{ 7 * 7 }}"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }
}
