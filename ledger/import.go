package ledger

import "errors"

// Imported says where an opening balance came from: a line of a file, by the
// file's SHA-256. It names nobody, and nothing of the file follows from it.
type Imported struct {
	File Hash `json:"file"`
	Line int  `json:"line"`
	// EarnedOn is the day that its units count as earned on; empty where that is
	// the import's own.
	EarnedOn Date `json:"earned_on,omitempty"`
}

// checkImport wants a member, a line, and units that come from nowhere else.
func (e *Entry) checkImport() error {
	if _, ok := e.Subject.Account(); !ok || e.Import == nil || e.Import.File.IsZero() || e.Import.Line < 1 {
		return errors.New("import of nobody, or from no line of a file")
	}
	if e.Program == nil {
		return errors.New("import under no program")
	}
	for _, p := range e.Postings {
		if p.From != Issued || p.To != Available && p.To != Receivable {
			return errors.New("import that gives nothing, or takes")
		}
	}
	return nil
}
