// Package release knows which release of loyaltyd this is.
package release

// Name is set by the build.
var Name = "unknown"
