"""The data set in other forms: files, tables, releases, differences."""
