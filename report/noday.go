package report

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// NoDay says that nothing can be told of a day: it is still to come, or is before what
// the till's journal has.
type NoDay struct {
	Day, Today ledger.Date
	First      ledger.Date // of the journal; empty where it has none
}

// CheckDay tells a quiet day, whose report is one of zeros, from one of which a journal
// that begins on first can know nothing: *NoDay.
func CheckDay(day, today, first ledger.Date) error {
	if day > today || first == "" && day < today || day < first {
		return &NoDay{day, today, first}
	}
	return nil
}

// ToCome reports whether the day is still to come.
func (e *NoDay) ToCome() bool { return e.Day > e.Today }

func (e *NoDay) Error() string {
	switch {
	case e.ToCome():
		return fmt.Sprintf("%s is still to come: today is %s", e.Day, e.Today)
	case e.First == "":
		return fmt.Sprintf("nothing is known of %s: this till's journal is empty", e.Day)
	}
	return fmt.Sprintf("nothing is known of %s: this till's journal begins on %s", e.Day, e.First)
}
