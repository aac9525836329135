"""The page of the whole API: merged OpenAPI, a viewer without a CDN, and the catalogue of problems."""
