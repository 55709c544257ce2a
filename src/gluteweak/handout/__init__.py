"""A two-page handout for patients: numbers of one scenario, words of a translation file, a PDF; only user of typst."""
