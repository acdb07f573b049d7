"""Reports: what is measured, from which facts, how sure it is, and how it is shown, exported and mailed."""
