package checkout

import "github.com/loyaltyd/loyaltyd/loyalty"

// Catalogs are what displays say, by language.
var Catalogs = catalogs[:]

// AppWords is what is said in a language of a code of an app that is not taken.
func AppWords(in loyalty.Language, err error) string { return catalogs[in].app(err) }
