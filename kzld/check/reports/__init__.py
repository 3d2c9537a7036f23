"""The forms of a report: for people, GitHub, SARIF and SHACL tools."""
