//! The cells of the record that is being read, with room that is used again for the next one.

/// The cells of one record. A reader either starts its cells one after the other ([`Self::start`]), or all at once to
/// set them in any order ([`Self::start_all`]).
pub(super) struct Cells {
    fields: Vec<String>,
    used: usize,
    limit: usize,
    /// Indexes of the cells that are not normalised, because they hold JSON.
    verbatim: Vec<usize>,
    /// For each cell of a JSON file whether it is something else than a text there.
    json: Vec<bool>,
}

impl Cells {
    /// Cells of which at most `limit` are kept.
    pub(super) fn new(limit: usize) -> Self {
        Self { fields: Vec::new(), used: 0, limit, verbatim: Vec::new(), json: Vec::new() }
    }

    /// Begins the next record in the memory of `fields`.
    pub(super) fn reuse(&mut self, fields: Vec<String>) {
        self.fields = fields;
        self.used = 0;
        self.verbatim.clear();
        self.json.clear();
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// How many cells were started, those above the limit included.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// Starts the next cell. All cells above the limit share one string: they are counted and not kept.
    pub(super) fn start(&mut self) -> &mut String {
        let index = self.used.min(self.limit);
        self.used += 1;
        if index == self.fields.len() {
            self.fields.push(String::new());
        }
        let cell = &mut self.fields[index];
        cell.clear();
        cell
    }

    /// Starts all cells of an object in a JSON file, to be set in any order. One that is not set is `null`.
    pub(super) fn start_object(&mut self) {
        self.json.resize(self.limit, true);
        self.start_all();
    }

    /// Starts all cells as empty ones, to be set in any order.
    pub(super) fn start_all(&mut self) {
        self.used = self.limit;
        self.fields.iter_mut().for_each(String::clear);
        self.fields.resize_with(self.limit, String::new);
    }

    /// Sets a cell to a text after [`Self::start_object`].
    pub(super) fn set_text(&mut self, index: usize, text: String) {
        self.fields[index] = text;
        self.json[index] = false;
    }

    /// Sets a cell after [`Self::start_all`], or to a number, true or false after [`Self::start_object`].
    pub(super) fn set(&mut self, index: usize, text: String) {
        self.fields[index] = text;
    }

    /// Sets a cell whose text is not normalised.
    pub(super) fn set_verbatim(&mut self, index: usize, text: String) {
        self.fields[index] = text;
        self.verbatim.push(index);
    }

    /// The first `count` cells, each with whether it is verbatim.
    pub(super) fn iter_mut(&mut self, count: usize) -> impl Iterator<Item = (&mut String, bool)> {
        let verbatim = &self.verbatim;
        self.fields.iter_mut().take(count).enumerate().map(|(index, cell)| (cell, verbatim.contains(&index)))
    }

    /// The indexes of cells that are no texts in a JSON file.
    pub(super) fn json(&self) -> Vec<usize> {
        self.json.iter().enumerate().filter(|(_, is_json)| **is_json).map(|(index, _)| index).collect()
    }

    /// Takes the cells out, the shared one above the limit included if there is one.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.fields)
    }
}
