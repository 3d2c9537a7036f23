"""Facts in spreadsheets: templates, cells, rows."""
