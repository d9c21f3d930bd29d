//! Two small run files, compared.
