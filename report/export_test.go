package report

// Catalogs are what reports say, by language.
var Catalogs = catalogs[:]
