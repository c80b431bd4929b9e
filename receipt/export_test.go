package receipt

// Catalogs are what papers say, by language.
var Catalogs = catalogs[:]
