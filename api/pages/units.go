package pages

import (
	"github.com/loyaltyd/loyaltyd/internal/page"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// readerOf is the language in which whoever reads a page has amounts written; English
// where amounts know none of the page's.
func readerOf(words page.Words) loyalty.Language {
	reader, _ := loyalty.ParseLanguage(words.Lang)
	return reader
}

// amounts writes amounts as the pages in a language have them.
func (p *Pages) amounts(reader loyalty.Language) loyalty.Amounts {
	return p.Till.Programs.At(p.now()).Amounts().In(reader).Grouped()
}

// Unit is what many of a unit are called in the reader's language.
func (f frame) Unit(of ledger.Unit) string { return readerOf(f.Words).Unit(of) }
